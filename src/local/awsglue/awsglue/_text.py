"""How frames are shown: records as JSON, schemas as trees."""

import base64
import datetime
import decimal
import json
import math

from pyspark.sql import types as T

from awsglue import _kinds


def record(value):
    """A record, or a value in one, as JSON."""
    if isinstance(value, dict):
        return "{" + ", ".join("%s: %s" % (_string(str(key)), record(inner)) for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(record(inner) for inner in value) + "]"
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, decimal.Decimal):
        return format(value, "f")
    if isinstance(value, datetime.datetime):
        return _string(value.isoformat(" "))
    if isinstance(value, datetime.date):
        return _string(value.isoformat())
    if isinstance(value, (bytes, bytearray)):
        return _string(base64.b64encode(bytes(value)).decode("ascii"))
    if isinstance(value, float) and not math.isfinite(value):
        return _string(str(value))
    return json.dumps(value)


def _string(value):
    return json.dumps(value, ensure_ascii=False)


def tree(kind):
    """The schema of a frame, as lines."""
    return "root\n" + "".join(_line(field.name, field.dataType, "") for field in kind.fields)


def _line(name, kind, indent):
    inner = indent + "|    "
    text = "%s|-- %s: %s\n" % (indent, name, _kinds.name_of(kind))
    if _kinds.is_choice(kind):
        for each in _kinds.alternatives(kind):
            text += "%s|-- %s\n%s" % (inner, _kinds.name_of(each), _inside(each, inner + "|    "))
        return text
    return text + _inside(kind, inner)


def _inside(kind, indent):
    if isinstance(kind, T.StructType):
        return "".join(_line(field.name, field.dataType, indent) for field in kind.fields)
    if isinstance(kind, T.ArrayType):
        return _line("element", kind.elementType, indent)
    if isinstance(kind, T.MapType):
        return _line("keyType", kind.keyType, indent) + _line("valueType", kind.valueType, indent)
    return ""
