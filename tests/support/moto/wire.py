"""Holds requests and answers that tests have put on record against AWS's own description of its services.

  wire.py FOLDER

Says what is wrong, each thing once, with how often it was seen; the last line has the counts. A request may be wrong where
the service refused it. Exit 0: nothing is wrong; 1: something is; 2: nothing was on record.
"""

import json
import re
import sys
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path

sys.dont_write_bytecode = True

from botocore.model import OperationNotFoundError  # noqa: E402
from botocore.parsers import create_parser  # noqa: E402
from botocore.validate import ParamValidator  # noqa: E402

from checks import Checks, Request, beyond  # noqa: E402

# Errors that every operation has, and that are no part of its description.
COMMON = {
    "AccessDeniedException", "IncompleteSignature", "InternalFailure", "InvalidSignatureException", "MissingAction",
    "RequestEntityTooLargeException", "SerializationException", "ThrottlingException", "UnknownOperationException",
    "UnrecognizedClientException", "ValidationException",
}

# What only the kernel's own description of a statement's output has.
PRIVATE = ("Result", "MimeType", "StdOut", "StdErr")
PRIVATE_STATUS = ("ok", "error")


def without_private(value):
    """Takes out of the answers about statements what no public description has."""
    for statement in [value.get("Statement"), *(value.get("Statements") or [])]:
        output = (statement or {}).get("Output") or {}
        if output.get("Status") in PRIVATE_STATUS:
            del output["Status"]
        for name in PRIVATE:
            (output.get("Data") or {}).pop(name, None)

# Services that are asked as well, and that the loopback Glue does not stand in for: it has refused them.
ELSEWHERE = ("ec2", "logs", "s3")

# The longest text about one thing that is wrong, in characters.
LONGEST = 2000


class Wire:
    def __init__(self):
        self.checks = Checks()
        self.requests = self.answers = 0
        self.known = {}  # a request that came before
        self.wrong = {}

    def read(self, path):
        for line in path.read_text(encoding="utf-8").splitlines():
            try:
                exchange = json.loads(line)
            except ValueError:
                continue  # of a test that was killed while it wrote
            if exchange["service"] in ("glue", "sts", "iam"):
                self.take(exchange)
            elif exchange["service"] not in ELSEWHERE:
                self.note(exchange, "request", f"it is for the service {exchange['service']!r}")

    def take(self, exchange):
        self.requests += 1
        key = (exchange["service"], exchange["operation"], exchange["request"])
        if key not in self.known:
            self.known[key] = self.of_request(exchange)
        status = exchange["status"]
        if self.known[key] and (status is None or status == 200):
            self.note(exchange, "request", self.known[key])
        if status is not None:
            self.answers += 1
            wrong = self.of_answer(exchange, status)
            if wrong:
                self.note(exchange, "answer", wrong)

    def note(self, exchange, what, wrong):
        # The same in every item of a list is one thing.
        lines = dict.fromkeys(re.sub(r"\[\d+\]", "[]", wrong.strip()).splitlines())
        key = (f"{exchange['service']}:{exchange['operation']}", what, "\n".join(lines)[:LONGEST])
        self.wrong[key] = self.wrong.get(key, 0) + 1

    def of_request(self, exchange):
        environ = {
            "HTTP_X_AMZ_TARGET": f"AWSGlue.{exchange['operation']}" if exchange["service"] == "glue" else "",
            "HTTP_AUTHORIZATION": f"Credential=key/date/region/{exchange['service']}/aws4_request",
        }
        return self.checks.of(Request(environ, exchange["request"].encode()))

    def of_answer(self, exchange, status):
        try:
            model = self.checks.model(exchange["service"]).operation_model(exchange["operation"])
        except OperationNotFoundError as error:
            return "" if status >= 400 else str(error)
        if exchange["service"] == "ec2":
            return self.of_ec2(exchange["answer"], model, status)
        if exchange["service"] != "glue":
            return self.of_xml(exchange["answer"], model, status)
        try:
            value = json.loads(exchange["answer"])
        except ValueError as error:
            return f"no JSON: {error}"
        if status >= 400:
            code = value.get("__type", "")
            known = COMMON | {shape.name for shape in model.error_shapes}
            return "" if code in known else f"the operation has no error {code!r}"
        without_private(value)
        report = ParamValidator().validate(value, model.output_shape)
        return report.generate_report() if report.has_errors() else "\n".join(beyond(value, model.output_shape, "answer"))

    @staticmethod
    def of_ec2(text, model, status):
        """As the other one, in EC2's form: names are written otherwise there, so it is the texts that have to come out."""
        try:
            root = ElementTree.fromstring(text)
        except ElementTree.ParseError as error:
            return f"no XML: {error}"
        if status >= 400:
            return "" if root.find("{*}Errors/{*}Error/{*}Code") is not None else "an error without a code"
        parsed = create_parser("ec2").parse({"body": text.encode(), "status_code": status, "headers": {}}, model.output_shape)
        shown = json.dumps(parsed, default=str, ensure_ascii=False)
        unseen = [leaf.tag.rpartition("}")[2] for leaf in root.iter() if len(leaf) == 0 and f'"{leaf.text}"' not in shown and leaf.text]
        return f"a client does not see {', '.join(unseen)}" if unseen else ""

    @staticmethod
    def of_xml(text, model, status):
        """Each text in an answer has to come out where a client looks for it."""
        try:
            root = ElementTree.fromstring(text)
        except ElementTree.ParseError as error:
            return f"no XML: {error}"
        if status >= 400:
            return "" if root.find("{*}Error/{*}Code") is not None else "an error without a code"
        answer = {"body": text.encode(), "status_code": status, "headers": {}}
        parsed = create_parser("query").parse(answer, model.output_shape)
        shown = json.dumps(parsed, default=str, ensure_ascii=False)
        result = next((child for child in root if child.tag.endswith("Result")), root)
        for leaf in (leaf for leaf in result.iter() if len(leaf) == 0 and (leaf.text or "").strip()):
            name = leaf.tag.rpartition("}")[2]
            if f'"{name}"' not in shown:
                return f"a client does not see {name}"
        missing = {name for name in model.output_shape.members if name not in parsed}
        required = missing & set(model.output_shape.required_members)
        return f"{', '.join(sorted(required))} is missing" if required else ""


def main():
    began = time.monotonic()
    wire = Wire()
    for path in sorted(Path(sys.argv[1]).glob("*.jsonl")):
        wire.read(path)
    for (operation, what, wrong), count in sorted(wire.wrong.items()):
        print(f"{operation}, {what}, {count} times: {wrong}")
    seconds = time.monotonic() - began
    print(f"{wire.requests} requests, {wire.answers} answers, {len(wire.wrong)} things wrong, {seconds:.1f} s")
    return 2 if not wire.requests else 1 if wire.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
