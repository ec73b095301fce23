"""Records as Python functions see them: dictionaries, lists and scalars. It also runs in Spark's Python workers."""

import datetime
import decimal
import json
import traceback

from pyspark.sql import types as T

from awsglue import _kinds

_INT = 1 << 31
_LONG = 1 << 63


def decode(value, kind):
    """A value as Spark gives it, as Python's functions shall see it."""
    if value is None:
        return None
    if isinstance(kind, T.StructType):
        if _kinds.is_choice(kind):
            for inner, field in zip(value, kind.fields):
                if inner is not None:
                    return decode(inner, field.dataType)
            return None
        return {field.name: decode(inner, field.dataType) for inner, field in zip(value, kind.fields)}
    if isinstance(kind, T.ArrayType):
        return [decode(inner, kind.elementType) for inner in value]
    if isinstance(kind, T.MapType):
        return {key: decode(inner, kind.valueType) for key, inner in value.items()}
    return value


def tidy(value):
    """The value made of nothing but what Spark has. TypeError for what it does not."""
    if value is None or isinstance(value, (bool, str, bytes, decimal.Decimal, datetime.date)):
        return value
    if isinstance(value, int):
        return value if -_LONG <= value < _LONG else decimal.Decimal(value)
    if isinstance(value, float):
        return value
    if isinstance(value, T.Row):
        value = value.asDict() if hasattr(value, "__fields__") else list(value)
    if isinstance(value, dict):
        return {key if isinstance(key, str) else str(key): tidy(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [tidy(inner) for inner in value]
    if isinstance(value, bytearray):
        return bytes(value)
    # numpy's numbers know which of Python's they are.
    if hasattr(value, "item") and hasattr(value, "dtype") and getattr(value, "ndim", 1) == 0:
        return tidy(value.item())
    if hasattr(value, "tolist"):
        return tidy(value.tolist())
    raise TypeError("A record cannot have a value of the type %s" % type(value).__name__)


def infer(value):
    """The Spark type of a tidy value."""
    if value is None:
        return T.NullType()
    if isinstance(value, bool):
        return T.BooleanType()
    if isinstance(value, int):
        return T.IntegerType() if -_INT <= value < _INT else T.LongType()
    if isinstance(value, float):
        return T.DoubleType()
    if isinstance(value, str):
        return T.StringType()
    if isinstance(value, bytes):
        return T.BinaryType()
    if isinstance(value, decimal.Decimal):
        _, digits, exponent = value.as_tuple()
        if not isinstance(exponent, int):
            return T.DecimalType(38, 18)
        scale = max(0, -exponent)
        return T.DecimalType(min(38, max(len(digits) + max(0, exponent), scale, 1)), min(38, scale))
    if isinstance(value, datetime.datetime):
        return T.TimestampType()
    if isinstance(value, datetime.date):
        return T.DateType()
    if isinstance(value, dict):
        return T.StructType([T.StructField(name, infer(inner)) for name, inner in value.items()])
    kind = T.NullType()
    for inner in value:
        kind = _kinds.merge(kind, infer(inner))
    return T.ArrayType(kind)


def encode(value, kind):
    """A tidy value as Spark wants it for a type that has room for it; null if it has none."""
    if value is None or isinstance(kind, T.NullType):
        return None
    if isinstance(kind, T.StructType):
        if _kinds.is_choice(kind):
            return _chosen(value, kind)
        if not isinstance(value, dict):
            return None
        return tuple(encode(value.get(field.name), field.dataType) for field in kind.fields)
    if isinstance(kind, T.ArrayType):
        return [encode(inner, kind.elementType) for inner in value] if isinstance(value, list) else None
    if isinstance(kind, T.MapType):
        return {key: encode(inner, kind.valueType) for key, inner in value.items()} if isinstance(value, dict) else None
    if isinstance(kind, T.StringType):
        return value if isinstance(value, str) else _as_text(value)
    number = isinstance(value, (int, float, decimal.Decimal)) and not isinstance(value, bool)
    if isinstance(kind, _kinds.WHOLE):
        return int(value) if number and value == value else None
    if isinstance(kind, _kinds.REAL):
        return float(value) if number else None
    if isinstance(kind, T.DecimalType):
        return decimal.Decimal(str(value)) if number else None
    if isinstance(kind, T.DateType):
        return (
            value.date()
            if isinstance(value, datetime.datetime)
            else value if isinstance(value, datetime.date) else None
        )
    if isinstance(kind, (T.TimestampType, T.TimestampNTZType)):
        if isinstance(value, datetime.datetime):
            return value
        return datetime.datetime(value.year, value.month, value.day) if isinstance(value, datetime.date) else None
    if isinstance(kind, T.BinaryType):
        return bytearray(value) if isinstance(value, bytes) else None
    if isinstance(kind, T.BooleanType):
        return value if isinstance(value, bool) else None
    return None


def _chosen(value, kind):
    found = infer(value)
    slots = [encode(value, f.dataType) if f.name == _kinds.name_of(found) else None for f in kind.fields]
    if all(slot is None for slot in slots):
        for at, field in enumerate(kind.fields):
            if not _kinds.is_choice(_kinds.merge(found, field.dataType)):
                slots[at] = encode(value, field.dataType)
                break
    return tuple(slots)


def _as_text(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (dict, list)):
        return json.dumps(value, default=str, ensure_ascii=False)
    return str(value)


def trouble(error):
    """What goes into an error record about an exception: its message and where it came from."""
    # The first frame is this module's, which calls the user's function.
    inner = error.__traceback__.tb_next or error.__traceback__
    lines = traceback.format_exception(type(error), error, inner)
    return "%s: %s" % (type(error).__name__, error), "".join(lines)


def checked(made):
    """The record that a function returned, tidy. TypeError if it is none."""
    if isinstance(made, T.Row):
        made = made.asDict(True)
    if not isinstance(made, dict):
        raise TypeError("The function has to return the record, a dictionary, and returned %s" % type(made).__name__)
    return tidy(made)


class Mapped:
    """Applies a function to each record. Gives (record, None) or (None, (message, trace, row))."""

    def __init__(self, function, kind):
        self.function, self.kind = function, kind

    def __call__(self, rows):
        for row in rows:
            try:
                yield checked(self.function(decode(row, self.kind))), None
            except Exception as error:
                yield None, trouble(error) + (tuple(row),)


class MappedPartition:
    """Applies a function to the records of each partition. What it fails for is not known, so errors have no record."""

    def __init__(self, function, kind, indexed):
        self.function, self.kind, self.indexed = function, kind, indexed

    def __call__(self, index, rows):
        records = (decode(row, self.kind) for row in rows)
        try:
            for made in self.function(index, records) if self.indexed else self.function(records):
                try:
                    yield checked(made), None
                except Exception as error:
                    yield None, trouble(error) + (None,)
        except Exception as error:
            yield None, trouble(error) + (None,)


class Taken:
    """Takes each element for a record, as `Mapped` gives them. The values of tuples and lists get Spark's names."""

    def __call__(self, elements):
        for element in elements:
            try:
                if isinstance(element, (tuple, list)) and not hasattr(element, "__fields__"):
                    names = getattr(element, "_fields", None) or ["_%d" % (at + 1) for at in range(len(element))]
                    element = dict(zip(names, element))
                yield checked(element), None
            except Exception as error:
                yield None, trouble(error) + (None,)


class Kept:
    """Asks a function about a record: (whether to keep it, message, trace)."""

    def __init__(self, function, kind):
        self.function, self.kind = function, kind

    def __call__(self, row):
        try:
            return bool(self.function(decode(row, self.kind))), None, None
        except Exception as error:
            return (False,) + trouble(error)


class Parsed:
    """Reads a text with a function: (value, message, trace). Without a type, the value is its type, as JSON."""

    def __init__(self, function, kind=None):
        self.function, self.kind = function, kind

    def __call__(self, text):
        try:
            return (None if text is None else encode(tidy(self.function(text)), self.kind)), None, None
        except Exception as error:
            return (None,) + trouble(error)

    def kinds(self, texts):
        """Gives the one type of all the texts."""
        kind = T.NullType()
        for text in texts:
            try:
                kind = _kinds.merge(kind, infer(tidy(self.function(text))))
            except Exception:
                # It becomes an error record when its turn comes.
                continue
        yield kind


class Encoded:
    """Turns records into rows of a type."""

    def __init__(self, kind):
        self.kind = kind

    def __call__(self, made):
        return encode(made[0], self.kind)


def kind_of(made):
    """The one type of the records of a partition."""
    kind = T.StructType([])
    for record, error in made:
        if error is None:
            kind = _kinds.merge(kind, infer(record))
    yield kind


def is_record(made):
    return made[1] is None


def is_error(made):
    return made[1] is not None


def error_of(made):
    return made[1]
