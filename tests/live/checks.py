"""What is tried on the service, and what each answer says of the facts of docs/unverified.md."""

import json
import os
import re
import subprocess
import time
import uuid
from pathlib import Path

from aws import Refused, Unreachable
from stopper import OVER, stop

# One session each, but `refusals`, which should make none.
STEPS = ("early", "main", "idle", "refusals")

# The names of docs/unverified.md.
FACTS = {
    "get-session-at-once": "GetSession knows a session as soon as CreateSession has answered",
    "create-twice": "CreateSession with an id that exists is refused with AlreadyExistsException or IdempotentParameterMismatchException",
    "plan-fields": "CreateSession takes every member that `glue-ls plan` names, and GetSession tells them again",
    "request-origin": "sessions with and without RequestOrigin are listed and described alike",
    "session-type": "a session made without SessionType is told as LIVY, or without a type",
    "progress": "Progress is between 0 and 1",
    "dpu-seconds": "DPUSeconds is told and grows while a session runs",
    "live-tags": "tags added to a session that runs are on it",
    "list-by-tag": "ListSessions by a tag finds the session",
    "private-members": "a statement's Data has members that the published model lacks",
    "uri-list": "where MimeType is text/uri-list, the other members are S3 addresses",
    "matplot-image": "`%matplot plt` gives an image/png in Result",
    "stderr-member": "what code writes to standard error comes in StdErr",
    "final-states": "a statement ends in AVAILABLE, ERROR, CANCELLED, COMPLETED or FAILED",
    "error-output": "an exception comes as ErrorName, ErrorValue and Traceback",
    "traceback-stdin": "tracebacks name the statement's own code <stdin>",
    "cancel-statement": "a cancelled statement ends as CANCELLED",
    "cancel-ended": "CancelStatement of a statement that has ended is no failure",
    "list-statements": "ListStatements returns code as it was sent, and numbers of statements grow",
    "statement-after-end": "GetStatement answers for statements of a session that has ended",
    "stop-provisioning": "StopSession of a session that is being started is refused for a while, or accepted and obeyed",
    "stop-again": "StopSession can be repeated",
    "unknown-session": "an unknown session is EntityNotFoundException",
    "dashboard-url": "GetDashboardUrl gives an https address for a session, or says in words that there is none",
    "log-groups": "/aws-glue/sessions/error and /output have streams whose names begin with the session's id",
    "idle-timeout": "a session without statements ends as TIMEOUT after IdleTimeout minutes",
    "create-refusals": "CreateSession refuses what the error rules of glue-ls say that it refuses",
    "throttling": "throttling is ThrottlingException or the like, and Retry-After is in seconds",
    "denied-text": "a refusal names the action: is not authorized to perform: glue:…",
    "explicit-deny-text": "a deny of a policy says so: with an explicit deny",
    "attach": "glue-ls runs cells in a session that exists, and shows and lists it",
}

THROTTLED = ("ThrottlingException", "Throttling", "TooManyRequestsException", "RequestLimitExceeded", "SlowDown")
ENDS = ("AVAILABLE", "ERROR", "CANCELLED", "COMPLETED", "FAILED")
MODEL = ("TextPlain",)
READY_WITHIN, STATEMENT_WITHIN = 600, 240


def holds(told, sent):
    """Whether an answer has what was sent; it may have more."""
    if isinstance(sent, dict):
        return isinstance(told, dict) and all(holds(told.get(name), value) for name, value in sent.items())
    return told == sent


class Live:
    """The steps, and what has been found out."""

    def __init__(self, client, stopper, run, given, owner, home, glue_ls, pause):
        self.client, self.stopper, self.run, self.given = client, stopper, run, given
        self.owner, self.home, self.glue_ls, self.pause = owner, Path(home), glue_ls, pause
        self.minutes = 5
        self.verdicts = {}

    # ---- Helpers ----

    def fact(self, name, holds, remark=""):
        """Notes what was seen of a fact: `None` is nothing. What refutes it stays."""
        assert name in FACTS, name
        if holds is not None and self.verdicts.get(name, ("",))[0] != "refuted":
            remark = self.client.recorder.text(" ".join(str(remark).split()))[:200]
            self.verdicts[name] = ("confirmed" if holds else "refuted", remark)

    def call(self, operation, once=False, **members):
        """Calls; what can be repeated is, where the service is too busy."""
        for attempt in range(6):
            try:
                return self.client(operation, **members)
            except Refused as refused:
                self.learn(refused)
                busy = refused.code in THROTTLED or refused.status >= 500
                if once or not busy or attempt == 5:
                    raise
            except Unreachable:
                if once or attempt == 5:
                    raise
            time.sleep(self.pause * 2 ** attempt)

    def learn(self, refused):
        """Notes what a refusal says about refusals."""
        if refused.code in THROTTLED:
            after = refused.headers.get("retry-after")
            self.fact("throttling", after is None or after.isdigit(), f"{refused.code}, Retry-After {after}")
        if refused.code == "AccessDeniedException":
            self.fact("denied-text", bool(re.search(r"is not authorized to perform: \w+:\w+", refused.message)), refused.message)
            if "explicit" in refused.message.lower():
                self.fact("explicit-deny-text", "with an explicit deny" in refused.message, refused.message)

    def create(self, minutes=None, **members):
        """Asks for a session; the stopper knows of it first. Returns its id, the request and the answer."""
        session = f"{self.run}-{uuid.uuid4().hex[:6]}"
        tags = {**members.pop("Tags", {}), "glue-ls-live": self.run, "owner": self.owner}
        small = {"Command": {"Name": "glueetl", "PythonVersion": "3"}, "WorkerType": "G.1X", "NumberOfWorkers": 2}
        request = {"Id": session, "Role": self.given.role, "GlueVersion": self.given.glue_version, **(members or small)}
        request.update(Tags=tags, Timeout=minutes or self.minutes)
        self.stopper.watch(session)
        try:
            answer = self.client("CreateSession", **request)
        except Refused as refused:
            self.learn(refused)
            if refused.status < 500:
                self.stopper.done(session)
            raise
        print(f"  session {session}", flush=True)
        return session, request, answer

    def end(self, session):
        state = stop(self.client, session, self.pause)
        self.stopper.done(session)
        return state

    def wait(self, session, states, within=READY_WITHIN):
        """Waits for a state of a session, or its end; returns what the service tells, and checks Progress."""
        until = time.monotonic() + within
        while True:
            told = self.call("GetSession", Id=session)["Session"]
            progress = told.get("Progress")
            self.fact("progress", None if progress is None else 0 <= progress <= 1, progress)
            if told.get("Status") in (*states, *OVER):
                return told
            assert time.monotonic() < until, f"{session} is {told.get('Status')} after {within} s"
            time.sleep(self.pause)

    def ready(self, session):
        told = self.wait(session, ["READY"])
        assert told["Status"] == "READY", f"{session} is {told['Status']}: {told.get('ErrorMessage')}"
        return told

    def start(self, session, code):
        return self.call("RunStatement", once=True, SessionId=session, Code=code)["Id"]

    def statement(self, session, number, states=()):
        """Waits for a state or the end of a statement."""
        until = time.monotonic() + STATEMENT_WITHIN
        while True:
            told = self.call("GetStatement", SessionId=session, Id=number)["Statement"]
            state, progress = told.get("State"), told.get("Progress")
            self.fact("progress", None if progress is None else 0 <= progress <= 1, progress)
            known = state in ("WAITING", "RUNNING", "CANCELLING", *ENDS)
            self.fact("final-states", None if known and state not in ENDS else known, state)
            if state in (*states, *ENDS):
                return told
            assert time.monotonic() < until, f"statement {number} is {state} after {STATEMENT_WITHIN} s"
            time.sleep(self.pause)

    def evaluate(self, session, title, code):
        told = self.statement(session, self.start(session, code))
        print(f"  statement {title}: {told['State']}", flush=True)
        output = told.get("Output") or {}
        return told, output, output.get("Data") or {}

    def program(self, *words, **files):
        """Runs glue-ls with the caller's credentials and a home of its own; returns exit code, output and messages."""
        for name, text in files.items():
            (self.home / f"{name}.py").write_text(text, encoding="utf-8")
        key, secret, token = self.client.keys
        env = {
            "HOME": str(self.home), "XDG_STATE_HOME": str(self.home / "state"), "PATH": os.environ.get("PATH", ""),
            "AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret, "AWS_REGION": self.client.region,
            **({"AWS_SESSION_TOKEN": token} if token else {}),
            **({"AWS_ENDPOINT_URL": self.client.endpoint} if self.client.endpoint else {}),
        }
        done = subprocess.run([self.glue_ls, *words], cwd=self.home, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300)
        return done.returncode, done.stdout, done.stderr

    def planned(self):
        """Returns what `glue-ls plan` says that a notebook with settings sends."""
        given = self.given
        lines = ["# %%", f"%glue_version {given.glue_version}", "%worker_type G.1X", "%number_of_workers 2", f"%iam_role {given.role}",
                 f"%region {self.client.region}", "%idle_timeout 15", f"%timeout {self.minutes}", "%spark_conf spark.sql.shuffle.partitions=4"]
        lines += [f"%connections {','.join(given.connection)}"] if given.connection else []
        lines += [f"%security_config {given.security_configuration}"] if given.security_configuration else []
        lines += ["# %%", "%%tags", json.dumps({"glue-ls-live-of": "plan"}), "# %%", "print(1)", ""]
        code, out, said = self.program("plan", "--format", "json", "plan.py", plan="\n".join(lines))
        assert code == 0, f"glue-ls plan: {said}"
        plan = json.loads(out)
        return {**plan["sends"], **plan["create_session"]}

    # ---- Steps ----

    def early(self):
        """A session that is stopped before it is ready."""
        session, _, _ = self.create(
            Command={"Name": "glueetl", "PythonVersion": "3"}, WorkerType="G.1X", NumberOfWorkers=2, RequestOrigin="glue-ls-live")
        try:
            told = self.call("GetSession", Id=session)["Session"]
            self.fact("get-session-at-once", True, told.get("Status"))
        except Refused as refused:
            told = {}
            self.fact("get-session-at-once", False, refused.code)
        # A list may be behind the times, and what has ended may be on none.
        for _ in range(5):
            listed = self.listed()
            if session in listed:
                break
            time.sleep(self.pause)
        self.fact("request-origin", session in listed, "" if session in listed else "not listed")
        self.with_origin = set(listed.get(session, {}))
        first = "accepted"
        try:
            self.call("StopSession", once=True, Id=session)
        except Refused as refused:
            first = f"{refused.code}: {refused.message}"
        state = self.end(session)
        if told.get("Status", "PROVISIONING") == "PROVISIONING":
            self.fact("stop-provisioning", state in OVER, f"{first}; in the end {state}")
        try:
            self.call("StopSession", once=True, Id=session)
            self.fact("stop-again", True)
        except Refused as refused:
            self.fact("stop-again", False, f"{refused.code}: {refused.message}")

    def listed(self):
        """Returns the sessions of this run by id, as ListSessions describes them."""
        found, token = {}, None
        while True:
            answer = self.call("ListSessions", Tags={"glue-ls-live": self.run}, **({"NextToken": token} if token else {}))
            found.update({one["Id"]: one for one in answer.get("Sessions", [])})
            token = answer.get("NextToken")
            if not token:
                return found

    def main(self):
        """A session with all that a plan sends, and statements of all kinds."""
        session, request, _ = self.create(**self.planned())
        try:
            self.call("CreateSession", once=True, **request)
            self.fact("create-twice", False, "accepted")
        except Refused as refused:
            known = ("AlreadyExistsException", "IdempotentParameterMismatchException")
            self.fact("create-twice", refused.code in known, refused.code)
        told = self.ready(session)
        # Tags and Timeout are members of no answer.
        wrong = [name for name, value in request.items() if name not in ("Tags", "Timeout") and not holds(told.get(name), value)]
        self.fact("plan-fields", not wrong, f"told otherwise: {', '.join(wrong)}" if wrong else ", ".join(sorted(request)))
        self.fact("session-type", told.get("SessionType", "LIVY") == "LIVY", told.get("SessionType", "not told"))
        listed = self.listed()
        self.fact("list-by-tag", session in listed)
        if getattr(self, "with_origin", None):
            # Times and messages come and go with the state.
            few = {"CompletedOn", "Progress", "ErrorMessage", "ExecutionTime", "DPUSeconds", "DefaultArguments", "Connections", "SecurityConfiguration", "IdleTimeout", "ProfileName"}
            other = (set(listed.get(session, {})) ^ self.with_origin) - few
            self.fact("request-origin", not other, f"members that only one has: {sorted(other)}" if other else "")
        self.statements(session)
        self.tags(session)
        self.pages(session)
        self.attach(session)
        told = self.call("GetSession", Id=session)["Session"]
        seconds = told.get("DPUSeconds")
        # A service that counts nothing, as one on this machine, refutes nothing.
        self.fact("dpu-seconds", None if seconds == 0 else seconds is not None, seconds)
        last = self.call("ListStatements", SessionId=session).get("Statements", [{}])[-1].get("Id")
        assert self.end(session) == "STOPPED", f"{session} did not stop"
        try:
            answer = self.call("GetStatement", SessionId=session, Id=last)
            self.fact("statement-after-end", "Statement" in answer)
        except Refused as refused:
            self.fact("statement-after-end", False, refused.code)
        try:
            self.call("GetSession", Id=f"{session}-not-there")
        except Refused as refused:
            self.fact("unknown-session", refused.code == "EntityNotFoundException", refused.code)

    def statements(self, session):
        codes = []

        def evaluate(title, code):
            codes.append(code)
            return self.evaluate(session, title, code)

        told, output, data = evaluate("ok", "print('größe 𝕏')\n40 + 2")
        assert told["State"] == "AVAILABLE" and output.get("Status") == "ok", f"an addition failed: {output}"
        members = set(data) - set(MODEL)
        _, _, streams = evaluate("stderr", "import sys\nprint('to stderr', file=sys.stderr)\nprint('to stdout')")
        self.fact("stderr-member", "to stderr" in (streams.get("StdErr") or ""), ", ".join(sorted(streams)))
        told, output, _ = evaluate("error", "def divided():\n    return 1 / 0\n\ndivided()")
        traceback = "\n".join(output.get("Traceback") or [])
        named = output.get("ErrorName") == "ZeroDivisionError" and "division" in (output.get("ErrorValue") or "") and bool(traceback)
        self.fact("error-output", named, f"{told['State']}, {output.get('Status')}, {output.get('ErrorName')}")
        self.fact("traceback-stdin", "<stdin>" in traceback if traceback else None, traceback[-120:])
        # `import` first: a magic in the first line would be the notebook's.
        told, output, image = evaluate("image", "import matplotlib.pyplot as plt\nplt.plot([1, 2])\n%matplot plt")
        if output.get("Status") == "ok":
            has = "image/png" in (image.get("MimeType") or "") and bool(image.get("Result"))
            self.fact("matplot-image", has, f"{image.get('MimeType')}, {', '.join(sorted(image))}")
        _, _, large = evaluate("large", "print('abcdefghij' * 200_000)")
        members |= (set(image) | set(streams) | set(large)) - set(MODEL)
        self.fact("private-members", bool(members), ", ".join(sorted(members)))
        for one in (data, streams, image, large):
            if one.get("MimeType") == "text/uri-list":
                places = [value for name, value in one.items() if name != "MimeType" and value]
                self.fact("uri-list", all(place.startswith("s3://") for place in places), ", ".join(sorted(one)))
        self.cancel(session, codes)
        self.order(session, codes)

    def cancel(self, session, codes):
        codes.append("import time\nfor _ in range(1200):\n    time.sleep(0.1)")
        number = self.start(session, codes[-1])
        self.statement(session, number, ["RUNNING"])
        self.call("CancelStatement", SessionId=session, Id=number)
        state = self.statement(session, number)["State"]
        print(f"  statement cancelled: {state}", flush=True)
        self.fact("cancel-statement", state == "CANCELLED", state)
        try:
            self.call("CancelStatement", SessionId=session, Id=number)
            self.fact("cancel-ended", True)
        except Refused as refused:
            self.fact("cancel-ended", False, f"{refused.code}: {refused.message}")

    def order(self, session, codes):
        found, token = [], None
        while True:
            answer = self.call("ListStatements", SessionId=session, **({"NextToken": token} if token else {}))
            found += answer.get("Statements", [])
            token = answer.get("NextToken")
            if not token:
                break
        numbers = [one.get("Id") for one in found]
        way = "oldest first" if numbers == sorted(numbers) else "newest first" if numbers == sorted(numbers, reverse=True) else "in no order"
        texts = [one.get("Code") for one in sorted(found, key=lambda one: one.get("Id", 0))]
        same = len(set(numbers)) == len(codes) and [(text or "").rstrip() for text in texts] == [code.rstrip() for code in codes]
        self.fact("list-statements", same, way)

    def tags(self, session):
        region = self.client.region
        partition = "aws-cn" if region.startswith("cn-") else "aws-us-gov" if region.startswith("us-gov-") else "aws"
        arn = f"arn:{partition}:glue:{region}:{self.client.caller()[0]}:session/{session}"
        self.call("TagResource", ResourceArn=arn, TagsToAdd={"glue-ls-live-later": "yes"})
        now = self.call("GetTags", ResourceArn=arn).get("Tags", {})
        self.fact("live-tags", now.get("glue-ls-live-later") == "yes", ", ".join(sorted(now)))

    def pages(self, session):
        try:
            url = self.call("GetDashboardUrl", ResourceId=session, ResourceType="SESSION").get("Url", "")
            self.fact("dashboard-url", url.startswith("https://"), "with a query" if "?" in url else "without a query")
        except Refused as refused:
            none = refused.code == "OperationNotSupportedException" and bool(refused.message)
            self.fact("dashboard-url", True if none else None, f"{refused.code}: {refused.message}")
        for group in ("error", "output"):
            try:
                streams = self.call(
                    "DescribeLogStreams", service="logs", logGroupName=f"/aws-glue/sessions/{group}", logStreamNamePrefix=session)
                names = [one.get("logStreamName", "").replace(session, "ID") for one in streams.get("logStreams", [])]
                # A group may get its first stream later.
                self.fact("log-groups", True if names else None, f"{group}: {', '.join(names)}")
            except Refused as refused:
                missing = refused.code == "ResourceNotFoundException"
                self.fact("log-groups", False if missing and group == "error" else None, f"{group}: {refused.code}")

    def attach(self, session):
        """The same session through the program."""
        code, out, said = self.program("sessions", "show", session, "--format", "json")
        shown = json.loads(out) if code == 0 else {}
        cells = f"# %%\n%reconnect {session}\n# %%\nprint('by', 'glue-ls')\n"
        ran, printed, told = self.program("run", "attach.py", attach=cells)
        listed = self.program("sessions", "list", "--tag", f"glue-ls-live={self.run}", "--format", "json")
        ids = [one["id"] for one in json.loads(listed[1] or "[]")]
        good = shown.get("status") == "READY" and ran == 0 and "by glue-ls" in printed and session in ids
        self.fact("attach", good, "" if good else f"show {code} {said}, run {ran} {told}, list {listed[0]} {listed[2]}")

    def idle(self):
        """A session that nobody uses."""
        session, _, _ = self.create(
            Command={"Name": "glueetl", "PythonVersion": "3"}, WorkerType="G.1X", NumberOfWorkers=2, IdleTimeout=1)
        self.ready(session)
        print("  nobody uses it", flush=True)
        told = self.wait(session, [], within=300)
        self.fact("idle-timeout", told["Status"] == "TIMEOUT", f"{told['Status']}: {told.get('ErrorMessage')}")
        self.stopper.done(session)

    def refusals(self):
        """Requests that the service should refuse. One that is accepted is stopped at once."""
        command = {"Name": "glueetl", "PythonVersion": "3"}
        other = "arn:aws-cn" if self.given.role.startswith("arn:aws:") else "arn:aws"
        wrong = {
            "needs-newer-glue": {"GlueVersion": "3.0", "WorkerType": "R.1X", "NumberOfWorkers": 2},
            "both-capacities": {"MaxCapacity": 2.0, "WorkerType": "G.1X", "NumberOfWorkers": 2},
            "too-few-workers": {"WorkerType": "G.1X", "NumberOfWorkers": 1},
            "end-of-life-version": {"GlueVersion": "2.0", "WorkerType": "G.1X", "NumberOfWorkers": 2},
            "wrong-partition": {"Role": other + ":" + self.given.role.split(":", 2)[2], "WorkerType": "G.1X", "NumberOfWorkers": 2},
            "argument-limits": {"DefaultArguments": {"--a b": "1"}, "WorkerType": "G.1X", "NumberOfWorkers": 2},
        }
        accepted = []
        for rule, members in wrong.items():
            try:
                session, _, _ = self.create(minutes=2, Command=command, **members)
            except Refused as refused:
                print(f"  {rule}: {refused.code}: {self.client.recorder.text(refused.message)}", flush=True)
                continue
            accepted.append(rule)
            self.end(session)
        self.fact("create-refusals", not accepted, f"accepted: {', '.join(accepted)}" if accepted else "")
