"""Holds requests against AWS's own description of its services, which botocore brings."""

import io
import json
import re
from urllib.parse import parse_qsl

from botocore.loaders import Loader
from botocore.model import OperationNotFoundError, ServiceModel
from botocore.validate import ParamValidator

SCOPE = re.compile(r"Credential=([^/,]+)/[^/]*/([^/]*)/([^/]*)/aws4_request")


class Request:
    """What a request asks for, of which service, with which key and where."""

    def __init__(self, environ, body):
        self.body = body
        self.target = environ.get("HTTP_X_AMZ_TARGET", "")
        found = SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
        self.key, self.region, self.service = found.groups() if found else ("", "", "")
        self.form = {}
        if not self.target and self.service in ("sts", "iam", "ec2"):
            self.form = dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
            self.form.update(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
        self.operation = self.target.rpartition(".")[2] or self.form.get("Action") or environ.get("REQUEST_METHOD", "")

    def stream(self):
        return io.BytesIO(self.body)


class Checks:
    def __init__(self):
        self.loader = Loader()
        self.models = {}

    def model(self, service):
        if service not in self.models:
            self.models[service] = ServiceModel(self.loader.load_service_model(service, "service-2"), service)
        return self.models[service]

    def of(self, request):
        """Returns what is wrong with a request, or nothing."""
        if request.target:
            return self.of_json(request)
        if request.form:
            return self.of_form(request)
        return ""

    def of_json(self, request):
        prefix = request.target.partition(".")[0]
        if prefix != "AWSGlue":
            return f"there is no service {prefix} here"
        try:
            shape = self.model("glue").operation_model(request.operation).input_shape
            value = json.loads(request.body)
        except (OperationNotFoundError, ValueError) as error:
            return str(error)
        report = ParamValidator().validate(value, shape)
        return report.generate_report() if report.has_errors() else "\n".join(beyond(value, shape, request.operation))

    def of_form(self, request):
        model = self.model(request.service)
        try:
            shape = model.operation_model(request.operation).input_shape
        except OperationNotFoundError as error:
            return str(error)
        if request.form.get("Version") != model.api_version:
            return f"Version is {request.form.get('Version')} and not {model.api_version}"
        known = {"Action", "Version"}
        for name, member in (shape.members if shape else {}).items():
            written = member.serialization.get("queryName") or member.serialization.get("name") or name
            known.add(written[:1].upper() + written[1:])
        unknown = {name.partition(".")[0] for name in request.form} - known
        return f"unknown parameters: {', '.join(sorted(unknown))}" if unknown else ""


def beyond(value, shape, place):
    """Yields what botocore leaves to the service: greatest values, longest texts and lists, values of enumerations."""
    limit = shape.metadata.get("max")
    size = value if isinstance(value, (int, float)) else len(value) if isinstance(value, (str, list, dict)) else 0
    if limit is not None and not isinstance(value, bool) and size > limit:
        yield f"{place}: {size} is more than {limit}"
    if shape.type_name == "string" and shape.enum and value not in shape.enum:
        yield f"{place}: {value!r} is none of {', '.join(shape.enum)}"
    if shape.type_name == "structure" and isinstance(value, dict):
        for name, member in value.items():
            if member is not None:
                yield from beyond(member, shape.members[name], f"{place}.{name}")
    elif shape.type_name == "list" and isinstance(value, list):
        for index, member in enumerate(value):
            yield from beyond(member, shape.member, f"{place}[{index}]")
    elif shape.type_name == "map" and isinstance(value, dict):
        for name, member in value.items():
            yield from beyond(name, shape.key, f"{place} key")
            yield from beyond(member, shape.value, f"{place}[{name}]")
