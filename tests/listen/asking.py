"""What clients of `glue-ls local` have in common: boto3, which finds it in the environment.

All requests and answers are held against AWS's own description of its services. What came of it is told at the end, as JSON.
"""

import json
import sys
import time
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support" / "moto"))

import boto3  # noqa: E402
from botocore.config import Config  # noqa: E402
from botocore.exceptions import ClientError  # noqa: E402

from wire import Wire  # noqa: E402

# How long anything may take, in seconds. A guard against hanging.
PATIENCE = 60

wire = Wire()
operations = set()
session = boto3.session.Session()
# One try: what is refused for being too fast, or is lost, would not be seen.
config = Config(retries={"total_max_attempts": 1}, parameter_validation=False)


def client(service, **more):
    """Returns a client whose exchanges are looked at."""
    made = session.client(service, config=config, **more)
    sent = {}

    def send(request, **_):
        body = request.body or b""
        sent["body"] = body.decode() if isinstance(body, bytes) else body

    def parse(operation_model, response_dict, **_):
        operations.add(operation_model.name)
        exchange = {"service": service, "operation": operation_model.name, "request": sent["body"]}
        wire.take({**exchange, "status": response_dict["status_code"], "answer": response_dict["body"].decode()})

    made.meta.events.register("before-send", send)
    made.meta.events.register("before-parse", parse)
    return made


def refused(code, call, **members):
    """Calls what must be refused with this code. Returns the message."""
    try:
        answer = call(**members)
    except ClientError as error:
        found = error.response["Error"]
        assert found["Code"] == code, found
        assert len(found["Message"]) > 10 and error.response["ResponseMetadata"]["RequestId"], error.response
        return found["Message"]
    raise AssertionError(f"{members} was not refused with {code}: {answer}")


def until(call, wanted):
    """Calls until the answer is as wanted."""
    end = time.monotonic() + PATIENCE
    while True:
        answer = call()
        if wanted(answer):
            return answer
        assert time.monotonic() < end, answer
        # Slower than what the service bounds, for all that ask at the same time.
        time.sleep(0.03)


def report():
    """Says what was called, and what was wrong."""
    wrong = [f"{operation}, {what}: {how}" for (operation, what, how) in sorted(wire.wrong)]
    print(json.dumps({"operations": sorted(operations), "requests": wire.requests, "answers": wire.answers, "wrong": wrong}))
