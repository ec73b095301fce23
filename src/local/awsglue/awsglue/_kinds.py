"""Spark types as this package uses them.

A column that has values of several types, a choice, is a struct with a field for each type, of which at most one has a
value. The metadata of its fields tell it from a user's struct; they are part of the type, so they go wherever it goes.
"""

import re

from pyspark.sql import types as T

CHOICE = "glueChoice"

_SCALARS = {
    "binary": T.BinaryType(),
    "boolean": T.BooleanType(),
    "bool": T.BooleanType(),
    "byte": T.ByteType(),
    "tinyint": T.ByteType(),
    "date": T.DateType(),
    "decimal": T.DecimalType(10, 2),
    "double": T.DoubleType(),
    "float": T.FloatType(),
    "int": T.IntegerType(),
    "integer": T.IntegerType(),
    "long": T.LongType(),
    "bigint": T.LongType(),
    "null": T.NullType(),
    "short": T.ShortType(),
    "smallint": T.ShortType(),
    "string": T.StringType(),
    "timestamp": T.TimestampType(),
    "timestampntz": T.TimestampNTZType(),
}
_NAMES = {
    T.BinaryType: "binary",
    T.BooleanType: "boolean",
    T.ByteType: "byte",
    T.DateType: "date",
    T.DecimalType: "decimal",
    T.DoubleType: "double",
    T.FloatType: "float",
    T.IntegerType: "int",
    T.LongType: "long",
    T.NullType: "null",
    T.ShortType: "short",
    T.StringType: "string",
    T.TimestampType: "timestamp",
    T.TimestampNTZType: "timestampntz",
    T.ArrayType: "array",
    T.MapType: "map",
    T.StructType: "struct",
}
# Types by which a value keeps its form: a mapping or a cast to them changes nothing.
FORMS = ("array", "choice", "map", "set", "struct", "enum", "unknown")
WHOLE = (T.ByteType, T.ShortType, T.IntegerType, T.LongType)
REAL = (T.FloatType, T.DoubleType)


def is_choice(kind):
    """Whether a Spark type stands for a choice."""
    return (
        isinstance(kind, T.StructType)
        and bool(kind.fields)
        and all((f.metadata or {}).get(CHOICE) for f in kind.fields)
    )


def name_of(kind):
    """The name that AWS Glue has for a Spark type."""
    if is_choice(kind):
        return "choice"
    for known, name in _NAMES.items():
        if isinstance(kind, known):
            return name
    return "string" if isinstance(kind, (T.CharType, T.VarcharType)) else kind.simpleString()


def choice(kinds):
    """The choice of these types, of which no two have the same name; a single type is itself."""
    if len(kinds) == 1:
        return kinds[0]
    return T.StructType([T.StructField(name_of(k), k, True, {CHOICE: True}) for k in sorted(kinds, key=name_of)])


def alternatives(kind):
    """The types of a choice; of any other type, itself."""
    return [field.dataType for field in kind.fields] if is_choice(kind) else [kind]


def plain(kind):
    """The type with each choice turned into a common struct."""
    if isinstance(kind, T.StructType):
        inner = is_choice(kind)
        fields = [
            T.StructField(f.name, plain(f.dataType), f.nullable, None if inner else f.metadata) for f in kind.fields
        ]
        return T.StructType(fields)
    if isinstance(kind, T.ArrayType):
        return T.ArrayType(plain(kind.elementType), kind.containsNull)
    if isinstance(kind, T.MapType):
        return T.MapType(kind.keyType, plain(kind.valueType), kind.valueContainsNull)
    return kind


def merge(one, other):
    """The type that has room for the values of both."""
    if one == other or isinstance(other, T.NullType):
        return one
    if isinstance(one, T.NullType):
        return other
    if is_choice(one) or is_choice(other):
        kinds = alternatives(one)
        for kind in alternatives(other):
            kinds = _with(kinds, kind)
        return choice(kinds)
    both = (one, other)
    for family in (WHOLE, REAL):
        if all(isinstance(kind, family) for kind in both):
            return max(both, key=lambda kind: family.index(type(kind)))
    if all(isinstance(kind, T.DecimalType) for kind in both):
        scale = max(kind.scale for kind in both)
        digits = max(kind.precision - kind.scale for kind in both)
        return T.DecimalType(min(38, digits + scale), min(scale, max(0, 38 - digits)))
    if all(isinstance(kind, T.StructType) for kind in both):
        fields = {f.name: f.dataType for f in one.fields}
        for field in other.fields:
            fields[field.name] = merge(fields.get(field.name, T.NullType()), field.dataType)
        return T.StructType([T.StructField(name, kind) for name, kind in fields.items()])
    if all(isinstance(kind, T.ArrayType) for kind in both):
        return T.ArrayType(merge(one.elementType, other.elementType))
    if all(isinstance(kind, T.MapType) for kind in both):
        return T.MapType(T.StringType(), merge(one.valueType, other.valueType))
    return one if name_of(one) == name_of(other) else choice([one, other])


def _with(kinds, kind):
    for at, known in enumerate(kinds):
        merged = merge(known, kind)
        if not is_choice(merged):
            return kinds[:at] + [merged] + kinds[at + 1 :]
    return kinds + [kind]


def adopt(source, found):
    """The type `found` in what Python made of values of the type `source`: Python has fewer types of numbers."""
    if isinstance(found, T.NullType):
        return source
    if is_choice(source) or is_choice(found):
        return found
    if isinstance(source, T.StructType) and isinstance(found, T.StructType):
        was = {f.name: f.dataType for f in source.fields}
        names = [name for name in was if name in found.names] + [name for name in found.names if name not in was]
        return T.StructType([T.StructField(n, adopt(was.get(n, T.NullType()), found[n].dataType)) for n in names])
    if isinstance(source, T.ArrayType) and isinstance(found, T.ArrayType):
        return T.ArrayType(adopt(source.elementType, found.elementType))
    if isinstance(source, T.MapType) and isinstance(found, T.StructType):
        inner = T.NullType()
        for field in found.fields:
            inner = merge(inner, field.dataType)
        return T.MapType(T.StringType(), adopt(source.valueType, inner))
    if isinstance(source, WHOLE) and isinstance(found, WHOLE):
        return merge(source, found)
    if isinstance(source, T.FloatType) and isinstance(found, T.DoubleType):
        return source
    if isinstance(source, T.DecimalType) and isinstance(found, T.DecimalType):
        return merge(source, found)
    if isinstance(source, T.TimestampNTZType) and isinstance(found, T.TimestampType):
        return source
    return found


def parse(text):
    """The Spark type of a type's name as AWS Glue or the catalogue writes it. None where the value keeps its form."""
    if isinstance(text, T.DataType):
        return text
    if not isinstance(text, str):
        from awsglue.gluetypes import DataType, to_spark

        if isinstance(text, DataType):
            return to_spark(text)
        raise TypeError("A type is written as a string, such as 'int', not as %s" % type(text).__name__)
    name = text.strip().lower()
    if name in FORMS:
        return None
    if name in _SCALARS:
        return _SCALARS[name]
    if re.fullmatch(r"(var)?char(\(\s*\d+\s*\))?", name):
        return T.StringType()
    match = re.fullmatch(r"decimal\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\)", name)
    if match:
        precision, scale = int(match.group(1)), int(match.group(2) or 0)
        if not (1 <= precision <= 38 and scale <= precision):
            raise ValueError(
                "The type %r has to have 1 to 38 digits, and no more digits than that behind the point" % text
            )
        return T.DecimalType(precision, scale)
    if re.match(r"(array|map|struct)\s*<", name):
        try:
            return T._parse_datatype_string(text.strip())
        except Exception as error:
            raise ValueError("The type %r cannot be read: %s" % (text, str(error).strip().split("\n")[0]))
    raise ValueError("There is no type %r. Types are: %s" % (text, ", ".join(sorted(set(_NAMES.values())))))
