"""Makes accounts from a description.

The description is a list, one object for each account: `user` with its `policies`; `enforce`, to hold its requests against
signatures and policies; what is not of a region (`roles`, `buckets`); and under `regions` what each of them has. What AWS
has a name for is written as AWS's own calls take it. `{account}` and `{account:1}` stand for the number of this account,
and of the second one.
"""

import datetime
import json
import re
import secrets
import threading
from unittest import mock

import amend

from moto.core.utils import utcnow
from moto.ec2.models import ec2_backends, subnets, vpcs
from moto.glue import models as glue_models
from moto.glue.models import glue_backends
from moto.iam import models as iam_models
from moto.iam.models import iam_backends
from moto.iam.utils import random_role_id
from moto.s3.models import s3_backends

EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}

lock = threading.Lock()


def accounts(descriptions):
    """Makes and fills new accounts, and returns the number and the key of each."""
    numbers = [str(secrets.randbelow(8 * 10**11) + 2 * 10**11) for _ in descriptions]
    with lock:
        return [account(description, number, numbers) for description, number in zip(descriptions, numbers)]


def account(description, number, numbers):
    def numbered(found):
        return numbers[int(found.group(1))] if found.group(1) else number

    description = json.loads(re.sub(r"\{account(?::(\d+))?\}", numbered, json.dumps(description)))
    iam = iam_backends[number]["aws"]
    user = description.get("user", {})
    made = iam.create_user(region_name="us-east-1", user_name=user.get("name", "ana"))
    for name, policy in user.get("policies", {"all": EVERYTHING}).items():
        iam.put_user_policy(made.name, name, json.dumps(policy))
    key = iam.create_access_key(user_name=made.name, prefix="AKIA")
    for role in description.get("roles", []):
        add_role(iam, **role)
    many = description.get("many_roles", 0)
    for index in range(many):
        service = ("glue", "lambda", "ec2", "glue")[index % 4]
        add_role(iam, f"role-{index:05}", trust_of(f"{service}.amazonaws.com"), description=f"The role {index} of {many}")
    for name, objects in description.get("buckets", {}).items():
        s3 = s3_backends[number]["aws"]
        s3.create_bucket(name, "us-east-1")
        for path, content in objects.items():
            s3.put_object(name, path, content.encode())
    for region, content in description.get("regions", {}).items():
        fill_region(number, region, content)
    if description.get("enforce"):
        amend.enforced.add(number)
    return {"id": number, "arn": made.arn, "key": key.access_key_id, "secret": key.secret_access_key}


def trust_of(service):
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def add_role(iam, name, trust, path="/", description="", policies=None, managed=()):
    # Not by create_role, which compares the name with that of every other role.
    role_id = random_role_id(iam.account_id)
    role = iam_models.Role(
        account_id=iam.account_id, partition=iam.partition, role_id=role_id, name=name,
        assume_role_policy_document=json.dumps(trust), path=path, permissions_boundary=None, description=description,
        tags=[], max_session_duration="3600")
    iam.roles[role_id] = role
    for policy_name, policy in (policies or {}).items():
        role.put_policy(policy_name, json.dumps(policy))
    for arn in managed:
        policy = iam.managed_policies.setdefault(arn, managed_policy(iam, arn))
        policy.attach_to(role)


def managed_policy(iam, arn):
    """Returns one of AWS's own policies; moto loads all or none."""
    name = arn.rsplit("/", 1)[1]
    data = json.loads(iam_models.aws_managed_policies_data)[name]
    return iam_models.AWSManagedPolicy.from_data(name, iam.account_id, iam.region_name, data)


def fill_region(number, region, content):
    glue = glue_backends[number][region]
    for connection in content.get("connections", []):
        glue.create_connection(number, connection, connection.pop("Tags", {}))
    for index in range(content.get("many_connections", 0)):
        glue.create_connection(number, a_connection(index), {})
    for name, configuration in content.get("security_configurations", {}).items():
        glue.create_security_configuration(name, configuration)
    for database in content.get("databases", []):
        tables, many = database.pop("Tables", []), database.pop("ManyTables", 0)
        glue.create_database(database["Name"], database, {})
        for table in [*tables, *(a_table(index) for index in range(many))]:
            glue.create_table(database["Name"], table["Name"], table)
    for session in content.get("sessions", []):
        add_session(glue, **session)
    for subnet in content.get("subnets", []):
        add_subnet(ec2_backends[number][region], **subnet)


def a_connection(index):
    secret = {"USERNAME": "etl", "PASSWORD": f"hunter2-{index}", "JDBC_CONNECTION_URL": f"jdbc:mysql://db-{index}:3306/shop"}
    return {
        "Name": f"connection-{index:05}", "ConnectionType": "JDBC", "Description": f"The connection {index}",
        "ConnectionProperties": secret,
        "PhysicalConnectionRequirements": {
            "SubnetId": f"subnet-{index % 50:08x}", "SecurityGroupIdList": [f"sg-{index:08x}"], "AvailabilityZone": "eu-west-1a"},
    }


def a_table(index):
    columns = [{"Name": f"column_{number:02}", "Type": "string", "Comment": "a comment"} for number in range(20)]
    storage = {
        "Columns": columns, "Location": f"s3://data/table_{index:05}/",
        "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
        "SerdeInfo": {"SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"},
    }
    return {
        "Name": f"table_{index:05}", "Description": f"The table {index}", "TableType": "EXTERNAL_TABLE",
        "Parameters": {"classification": "parquet"}, "StorageDescriptor": storage,
        "PartitionKeys": [{"Name": "day", "Type": "date"}],
    }


def add_session(glue, Id, Status="READY", AgeSeconds=60, Tags=None, Description=None, Role="", Command=None, Timeout=None,
                IdleTimeout=None, DefaultArguments=None, Connections=None, MaxCapacity=None, NumberOfWorkers=None,
                WorkerType=None, SecurityConfiguration=None, GlueVersion=None, RequestOrigin=None):
    session = glue_models.FakeSession(
        Id, Description, Role, Command or {"Name": "glueetl"}, Timeout, IdleTimeout, DefaultArguments or {},
        Connections or {"Connections": []}, MaxCapacity, NumberOfWorkers, WorkerType, SecurityConfiguration, GlueVersion,
        Tags or {}, RequestOrigin, glue)
    session.state = Status
    session.creation_time = utcnow() - datetime.timedelta(seconds=AgeSeconds)
    glue.sessions[Id] = session


def add_subnet(ec2, id, vpc, zone):
    """Adds a subnet, and its VPC if that is a new one, with the ids that are asked for."""
    if vpc not in ec2.vpcs:
        with mock.patch.object(vpcs, "random_vpc_id", return_value=vpc):
            ec2.create_vpc("10.0.0.0/16")
    count = sum(1 for zones in ec2.subnets.values() for subnet in zones.values() if subnet.vpc_id == vpc)
    with mock.patch.object(subnets, "random_subnet_id", return_value=id):
        ec2.create_subnet(vpc, f"10.0.{count}.0/24", availability_zone=zone)
