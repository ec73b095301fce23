"""`aws SERVICE OPERATION --option value …`, as far as commands that are printed to be pasted need it.

The real botocore reads the names of operations and options from AWS's own description; what it does not know is an error.
"""

import os
import sys

import boto3
from botocore import xform_name


def main(service, operation, *options):
    client = boto3.client(
        service, endpoint_url=os.environ["AWS_ENDPOINT_URL"], region_name="eu-west-1",
        aws_access_key_id=os.environ["AWS_ACCESS_KEY_ID"], aws_secret_access_key=os.environ["AWS_SECRET_ACCESS_KEY"])
    model = client.meta.service_model
    names = {xform_name(name, "-"): name for name in model.operation_names}
    shape = model.operation_model(names[operation]).input_shape
    members = {f"--{xform_name(name, '-')}": name for name in shape.members}
    if len(options) % 2:
        sys.exit(f"an option without a value: {options}")
    values = {members[option]: value for option, value in zip(options[::2], options[1::2])}
    getattr(client, xform_name(names[operation]))(**values)


if __name__ == "__main__":
    main(*sys.argv[1:])
