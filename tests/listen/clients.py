"""Calls every operation of sessions of `glue-ls local`. The last line has what came of it, as JSON."""

import concurrent.futures

from asking import client, refused, report, session, until

glue = client("glue")


def create(name, **more):
    command = {"Name": "glueetl", "PythonVersion": "3"}
    return glue.create_session(Id=name, Role=role, Command=command, **more)["Session"]


def status(name, wanted):
    return until(lambda: glue.get_session(Id=name)["Session"], lambda found: found["Status"] == wanted)


def run(name, code):
    number = glue.run_statement(SessionId=name, Code=code)["Id"]
    return statement(name, number, ("AVAILABLE", "ERROR", "CANCELLED"))


def statement(name, number, states):
    found = until(lambda: glue.get_statement(SessionId=name, Id=number), lambda found: found["Statement"]["State"] in states)
    return found["Statement"]


def arn(name):
    return f"arn:aws:glue:us-east-1:{account}:session/{name}"


# Who calls.
caller = client("sts").get_caller_identity()
account = caller["Account"]
assert len(account) == 12 and ":assumed-role/" in caller["Arn"], caller
iam = client("iam")
role = iam.get_role(RoleName=caller["Arn"].split("/")[1])["Role"]
assert role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] == {"Service": "glue.amazonaws.com"}, role
role = role["Arn"]
refused("NoSuchEntity", iam.get_role, RoleName="nobody")

# A session from its start to its end.
made = create("one", IdleTimeout=11, Timeout=120, Description="the first", Tags={"team": "data", "n": "1"}, GlueVersion="5.0",
              WorkerType="G.1X", NumberOfWorkers=2, DefaultArguments={"--answer": "42"}, RequestOrigin="test")
assert made["Status"] == "PROVISIONING" and made["IdleTimeout"] == 11 and made["Progress"] == 0, made
refused("IllegalSessionStateException", glue.delete_session, Id="one")
ready = status("one", "READY")
for name, value in {"Description": "the first", "WorkerType": "G.1X", "NumberOfWorkers": 2, "GlueVersion": "5.0", "Progress": 1,
                    "Command": {"Name": "glueetl", "PythonVersion": "3"}, "DefaultArguments": {"--answer": "42"}}.items():
    assert ready[name] == value, (name, ready)
assert "CompletedOn" not in ready and "ErrorMessage" not in ready and ready["CreatedOn"].timestamp() > 1e9, ready

# Statements.
done = run("one", "import sys\nx = 1\nprint(sys.argv[1:])\nx + 41")
assert done["State"] == "AVAILABLE" and done["Progress"] == 1 and done["Id"] == 0, done
assert done["Output"]["Data"]["TextPlain"] == "['--answer', '42']\n42" and done["Output"]["Status"] == "ok", done
assert done["CompletedOn"] >= done["StartedOn"] > 1e12, done
failed = run("one", "def f():\n    raise ValueError('no')\nf()")
assert failed["State"] == "AVAILABLE", failed
output = failed["Output"]
assert (output["Status"], output["ErrorName"], output["ErrorValue"]) == ("error", "ValueError", "no"), output
assert any("in f" in line for line in output["Traceback"]), output
assert run("one", "x")["Output"]["Data"]["TextPlain"] == "1"
assert run("one", "this is no python")["Output"]["ErrorName"] == "SyntaxError"
assert run("one", "'ü €  \U0001f600' * 2")["Output"]["Data"]["TextPlain"] == repr("ü €  \U0001f600" * 2)

# Cancelled: one that runs, and one that waits behind it.
long = glue.run_statement(SessionId="one", Code="import time\nwhile True:\n    time.sleep(0.01)")["Id"]
behind = glue.run_statement(SessionId="one", Code="x = 2")["Id"]
assert statement("one", long, ("RUNNING",))["Progress"] == 0
assert statement("one", behind, ("WAITING",))["Code"] == "x = 2"
glue.cancel_statement(SessionId="one", Id=behind)
glue.cancel_statement(SessionId="one", Id=long)
assert statement("one", behind, ("CANCELLED",)) and statement("one", long, ("CANCELLED",))
assert run("one", "x")["Output"]["Data"]["TextPlain"] == "1"
glue.cancel_statement(SessionId="one", Id=long)
refused("EntityNotFoundException", glue.cancel_statement, SessionId="one", Id=99)
refused("EntityNotFoundException", glue.get_statement, SessionId="one", Id=99)
listed = glue.list_statements(SessionId="one")["Statements"]
assert [found["Id"] for found in listed] == list(range(8)), listed
assert [found["State"] for found in listed].count("CANCELLED") == 2, listed

# Many sessions, in pages and by tags.
create("two", Tags={"team": "data", "n": "2"})
made = create("three", Tags={"n": "3"})
# What was not said is there as well: the kernel reads it.
assert made["WorkerType"] == "G.1X" and made["NumberOfWorkers"] == 5 and made["GlueVersion"], made
pages = [glue.list_sessions(MaxResults=2)]
while "NextToken" in pages[-1]:
    pages.append(glue.list_sessions(MaxResults=2, NextToken=pages[-1]["NextToken"]))
assert [page["Ids"] for page in pages] == [["one", "two"], ["three"]], pages
assert [found["Id"] for page in pages for found in page["Sessions"]] == ["one", "two", "three"], pages
assert glue.list_sessions(MaxResults=1)["NextToken"]
assert glue.list_sessions(Tags={"team": "data"})["Ids"] == ["one", "two"]
assert glue.list_sessions(Tags={"team": "data", "n": "2"})["Ids"] == ["two"]
assert glue.list_sessions(Tags={"team": "other"})["Ids"] == []
refused("InvalidInputException", glue.list_sessions, NextToken="of another service")

# Tags.
assert glue.get_tags(ResourceArn=arn("one"))["Tags"] == {"team": "data", "n": "1"}
glue.tag_resource(ResourceArn=arn("one"), TagsToAdd={"n": "one", "more": "", "ü:/=+-@ _.": "ü"})
glue.untag_resource(ResourceArn=arn("one"), TagsToRemove=["team", "unknown"])
assert glue.get_tags(ResourceArn=arn("one"))["Tags"] == {"n": "one", "more": "", "ü:/=+-@ _.": "ü"}
assert glue.list_sessions(Tags={"n": "one"})["Ids"] == ["one"]
refused("EntityNotFoundException", glue.get_tags, ResourceArn=arn("nobody"))
refused("InvalidInputException", glue.tag_resource, ResourceArn=arn("one"), TagsToAdd={str(n): "" for n in range(49)})
refused("InvalidInputException", glue.tag_resource, ResourceArn=arn("one"), TagsToAdd={"x" * 129: ""})

# What is refused.
refused("AlreadyExistsException", create, name="two", Tags={"team": "data", "n": "2"})
refused("IdempotentParameterMismatchException", create, name="two")
refused("InvalidInputException", create, name="bad", GlueVersion="1.0")
refused("InvalidInputException", create, name="bad", NumberOfWorkers=0, WorkerType="G.1X")
refused("InvalidInputException", create, name="bad", MaxCapacity=10.0, WorkerType="G.1X")
refused("ValidationException", create, name="bad", IdleTimeout=0)
refused("ValidationException", create, name="", IdleTimeout=1)
refused("ValidationException", glue.create_session, Id="bad", Command={"Name": "glueetl"})
refused("InvalidInputException", glue.create_session, Id="bad", Role=role, Command={"Name": "nothing"})
refused("ValidationException", create, name="bad", WorkerType="G.0X")
refused("EntityNotFoundException", glue.get_session, Id="nobody")
refused("EntityNotFoundException", glue.run_statement, SessionId="nobody", Code="1")
refused("EntityNotFoundException", glue.list_statements, SessionId="nobody")
refused("InvalidInputException", glue.stop_session, Id="nobody")
refused("InvalidInputException", glue.delete_session, Id="nobody")
refused("OperationNotSupportedException", glue.get_dashboard_url, ResourceId="one", ResourceType="SESSION")
refused("EntityNotFoundException", glue.get_dashboard_url, ResourceId="nobody", ResourceType="SESSION")
refused("UnknownOperationException", glue.get_jobs)

# Who has another key.
wrong = client("glue", aws_access_key_id=session.get_credentials().access_key, aws_secret_access_key="wrong")
assert "AWS_SECRET_ACCESS_KEY" in refused("InvalidSignatureException", wrong.list_sessions)
other = client("glue", aws_access_key_id="AKIAOTHER", aws_secret_access_key="wrong")
assert "glue-ls local" in refused("UnrecognizedClientException", other.list_sessions)
refused("SignatureDoesNotMatch", client("sts", aws_access_key_id=session.get_credentials().access_key,
                                        aws_secret_access_key="wrong").get_caller_identity)
refused("InvalidClientTokenId", client("sts", aws_access_key_id="AKIAOTHER", aws_secret_access_key="x").get_caller_identity)
# Another region is as good, and so is a token of other keys.
assert client("glue", region_name="ap-southeast-2").list_sessions()["Ids"] == ["one", "two", "three"]

# At the same time.
status("two", "READY")
status("three", "READY")


def count(name):
    found = client("glue")
    for _ in range(10):
        number = found.run_statement(SessionId=name, Code="1 + 1")["Id"]
        call = lambda: found.get_statement(SessionId=name, Id=number)["Statement"]  # noqa: E731
        assert until(call, lambda found: found["State"] == "AVAILABLE")["Output"]["Data"]["TextPlain"] == "2"


with concurrent.futures.ThreadPoolExecutor() as pool:
    for counted in [pool.submit(count, name) for name in ("one", "two", "three", "one")]:
        counted.result()

# The end.
assert glue.stop_session(Id="one")["Id"] == "one"
stopped = status("one", "STOPPED")
assert stopped["CompletedOn"] >= stopped["CreatedOn"] and stopped["ExecutionTime"] > 0, stopped
refused("IllegalSessionStateException", glue.run_statement, SessionId="one", Code="1")
refused("IllegalSessionStateException", glue.cancel_statement, SessionId="one", Id=0)
glue.stop_session(Id="one")
assert glue.get_statement(SessionId="one", Id=0)["Statement"]["Output"]["Data"]["TextPlain"]
assert glue.delete_session(Id="one")["Id"] == "one"
refused("EntityNotFoundException", glue.get_session, Id="one")
assert glue.list_sessions()["Ids"] == ["two", "three"]
# A session whose Python ends by itself.
glue.run_statement(SessionId="two", Code="import os\nos._exit(3)")
lost = status("two", "FAILED")
assert lost["ErrorMessage"] and statement("two", len(glue.list_statements(SessionId="two")["Statements"]) - 1, ("ERROR",)), lost
refused("IllegalSessionStateException", glue.stop_session, Id="two")

report()
