"""Calls every operation that tells what a project's `[local]` has, as the user and as roles of two accounts.

The last line has what came of it, as JSON.
"""

from asking import client, refused, report, until

OWN, OTHER = "111111111111", "222222222222"


def pages(call, member, **members):
    """Calls for all pages, each with one item."""
    found, token = [], {}
    while True:
        page = call(MaxResults=1, **token, **members)
        assert len(page[member]) <= 1, page
        found += page[member]
        if not page.get("NextToken"):
            return found
        token = {"NextToken": page["NextToken"]}


def names(items):
    return [item["Name"] for item in items]


def assume(role, account=OTHER, **more):
    """Returns what clients of a role's session are made with."""
    answer = client("sts").assume_role(RoleArn=f"arn:aws:iam::{account}:role/{role}", RoleSessionName="try-1", **more)
    keys = answer["Credentials"]
    assert keys["AccessKeyId"].startswith("ASIA") and keys["Expiration"].year >= 2024, answer
    assert answer["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{account}:assumed-role/{role}/try-1", answer
    return {
        "aws_access_key_id": keys["AccessKeyId"],
        "aws_secret_access_key": keys["SecretAccessKey"],
        "aws_session_token": keys["SessionToken"],
    }


glue, iam, ec2 = client("glue"), client("iam"), client("ec2")
assert client("sts").get_caller_identity()["Account"] == OWN

# The Data Catalog.
database = glue.get_database(Name="Shop")["Database"]
assert (database["Name"], database["Description"], database["CatalogId"]) == ("shop", "What <is> sold & when", OWN), database
assert names(glue.get_databases()["DatabaseList"]) == ["empty", "shop"]
assert names(pages(glue.get_databases, "DatabaseList")) == ["empty", "shop"]
assert names(glue.get_databases(CatalogId="333333333333")["DatabaseList"]) == []
table = glue.get_table(DatabaseName="shop", Name="orders")["Table"]
assert table["StorageDescriptor"]["Columns"] == [{"Name": "id", "Type": "bigint"}, {"Name": "name", "Type": "string"}], table
assert table["StorageDescriptor"]["Location"] == "s3://lake/orders/" and table["TableType"] == "EXTERNAL_TABLE", table
assert table["CreateTime"].year == 2020 and table["PartitionKeys"] == [], table
events = glue.get_table(DatabaseName="shop", Name="events", CatalogId=OWN)["Table"]
assert events["PartitionKeys"] == [{"Name": "day", "Type": "string"}], events
assert names(glue.get_tables(DatabaseName="shop")["TableList"]) == ["events", "orders", "orders_old"]
assert names(pages(glue.get_tables, "TableList", DatabaseName="shop")) == ["events", "orders", "orders_old"]
assert names(glue.get_tables(DatabaseName="shop", Expression="orders.*")["TableList"]) == ["orders", "orders_old"]
assert glue.get_tables(DatabaseName="empty")["TableList"] == []
assert glue.get_tables(DatabaseName="shop", AttributesToGet=["NAME"])["TableList"][0] == {"Name": "events"}
refused("EntityNotFoundException", glue.get_database, Name="nothing")
refused("EntityNotFoundException", glue.get_table, DatabaseName="shop", Name="nothing")
refused("EntityNotFoundException", glue.get_tables, DatabaseName="nothing")
refused("InvalidInputException", glue.get_tables, DatabaseName="shop", Expression="(")
refused("InvalidInputException", glue.get_databases, NextToken="of another service")

# Connections, and where they lead.
connection = glue.get_connection(Name="store")["Connection"]
assert connection["ConnectionType"] == "JDBC" and connection["ConnectionProperties"]["PASSWORD"] == "none", connection
assert "PASSWORD" not in glue.get_connection(Name="store", HidePassword=True)["Connection"]["ConnectionProperties"]
assert connection["PhysicalConnectionRequirements"]["SecurityGroupIdList"] == ["sg-1", "sg-2"], connection
assert names(glue.get_connections()["ConnectionList"]) == ["home", "store"]
assert names(pages(glue.get_connections, "ConnectionList")) == ["home", "store"]
assert names(glue.get_connections(Filter={"ConnectionType": "JDBC"})["ConnectionList"]) == ["store"]
refused("EntityNotFoundException", glue.get_connection, Name="session_vpc")
subnets = ec2.describe_subnets()["Subnets"]
assert [(found["SubnetId"], found["VpcId"]) for found in subnets][-1] == ("subnet-a", "vpc-a") and len(subnets) == 2, subnets
one = ec2.describe_subnets(SubnetIds=["subnet-a"])["Subnets"]
assert [(found["AvailabilityZone"], found["OwnerId"]) for found in one] == [("us-east-1a", OWN)], one
inside = [{"Name": "vpc-id", "Values": ["vpc-a"]}]
assert [found["SubnetId"] for found in ec2.describe_subnets(Filters=inside)["Subnets"]] == ["subnet-a"]
refused("InvalidParameterValue", ec2.describe_subnets, Filters=[{"Name": "state", "Values": ["available"]}])
refused("InvalidAction", ec2.describe_vpcs)

# Security configurations.
assert glue.get_security_configuration(Name="sealed")["SecurityConfiguration"]["Name"] == "sealed"
assert names(glue.get_security_configurations()["SecurityConfigurations"]) == ["open", "sealed"]
assert names(pages(glue.get_security_configurations, "SecurityConfigurations")) == ["open", "sealed"]
refused("EntityNotFoundException", glue.get_security_configuration, Name="nothing")

# Roles.
listed = iam.list_roles()["Roles"]
assert [role["RoleName"] for role in listed] == ["Analyst", "GlueLocal"], listed
first = iam.list_roles(MaxItems=1)
rest = iam.list_roles(MaxItems=1, Marker=first["Marker"])
assert first["IsTruncated"] and not rest["IsTruncated"] and first["Roles"] + rest["Roles"] == listed, (first, rest)
analyst = iam.get_role(RoleName="Analyst")["Role"]
assert analyst["Arn"] == f"arn:aws:iam::{OWN}:role/Analyst", analyst
refused("NoSuchEntity", iam.get_role, RoleName="GlueSessionCreationRole")

# A role of another account: its connections, its roles, its subnets and its sessions, and the tables of the user.
keys = assume("GlueSessionCreationRole", DurationSeconds=900)
theirs = client("glue", **keys)
assert client("sts", **keys).get_caller_identity()["Account"] == OTHER
assert names(theirs.get_connections()["ConnectionList"]) == ["session_vpc"]
assert [found["SubnetId"] for found in client("ec2", **keys).describe_subnets()["Subnets"]] == ["subnet-d"]
assert [role["RoleName"] for role in client("iam", **keys).list_roles()["Roles"]] == ["GlueSessionCreationRole", "Worker"]
assert theirs.get_table(DatabaseName="shop", Name="orders")["Table"]["CatalogId"] == OWN

# A session of that account, which has to be in the network.
command = {"Name": "glueetl", "PythonVersion": "3"}
worker = f"arn:aws:iam::{OTHER}:role/Worker"
said = refused("AccessDeniedException", theirs.create_session, Id="one", Role=worker, Command=command)
assert "with an explicit deny" in said and "GlueSessionCreationRole/try-1" in said, said
refused("AccessDeniedException", theirs.create_session, Id="one", Role=analyst["Arn"], Command=command)
wanted = {"Connections": {"Connections": ["session_vpc"]}, "SecurityConfiguration": "sealed"}
theirs.create_session(Id="one", Role=worker, Command=command, Tags={"team": "data"}, **wanted)
until(lambda: theirs.get_session(Id="one")["Session"], lambda found: found["Status"] == "READY")
theirs.run_statement(SessionId="one", Code="6 * 7")
done = until(lambda: theirs.get_statement(SessionId="one", Id=0)["Statement"], lambda found: found["State"] == "AVAILABLE")
assert done["Output"]["Data"]["TextPlain"] == "42", done
tags = theirs.get_tags(ResourceArn=f"arn:aws:glue:us-east-1:{OTHER}:session/one")
assert tags["Tags"] == {"team": "data"}, tags
# The user himself sees it in no way, and what he makes is not seen there.
assert glue.list_sessions()["Ids"] == [] and theirs.list_sessions()["Ids"] == ["one"]
refused("EntityNotFoundException", glue.get_session, Id="one")
refused("InvalidInputException", glue.create_session, Id="two", Role=analyst["Arn"], Command=command,
        Connections={"Connections": ["session_vpc"]})
glue.create_session(Id="two", Role=analyst["Arn"], Command=command)
assert theirs.list_sessions()["Ids"] == ["one"]

# A role of the user's own account.
mine = assume("Analyst", OWN)
assert client("sts", **mine).get_caller_identity()["Arn"] == f"arn:aws:sts::{OWN}:assumed-role/Analyst/try-1"
assert client("glue", **mine).list_sessions()["Ids"] == ["two"]
# It may not do everything.
assert "with an explicit deny" in refused("AccessDeniedException", client("glue", **mine).stop_session, Id="two")
refused("UnauthorizedOperation", client("ec2", **mine).describe_subnets)

# Who may not.
sts = client("sts")
for role in (worker, f"arn:aws:iam::{OTHER}:role/Nobody"):
    assert "sts:AssumeRole" in refused("AccessDenied", sts.assume_role, RoleArn=role, RoleSessionName="try-1")
refused("ValidationError", sts.assume_role, RoleArn=analyst["Arn"], RoleSessionName="not good")
refused("ValidationError", sts.assume_role, RoleArn=analyst["Arn"], RoleSessionName="try-1", DurationSeconds=60)
# Keys that are not whole.
refused("InvalidSignatureException", client("glue", **{**keys, "aws_secret_access_key": "wrong"}).list_sessions)
for wrong in ({"aws_session_token": "wrong"}, {"aws_session_token": mine["aws_session_token"]}):
    refused("UnrecognizedClientException", client("glue", **{**keys, **wrong}).list_sessions)
refused("InvalidClientTokenId", client("ec2", **{**keys, "aws_session_token": "wrong"}).describe_subnets)
refused("SignatureDoesNotMatch", client("ec2", **{**keys, "aws_secret_access_key": "wrong"}).describe_subnets)

for made, name in ((theirs, "one"), (glue, "two")):
    until(lambda: made.get_session(Id=name)["Session"], lambda found: found["Status"] == "READY")
    made.stop_session(Id=name)
    until(lambda: made.get_session(Id=name)["Session"], lambda found: found["Status"] == "STOPPED")
    made.delete_session(Id=name)

report()
