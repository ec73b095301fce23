"""The types of a DynamicFrame's schema."""

from pyspark.sql import types as _spark

from awsglue import _kinds


class DataType:
    """A type. `properties` are notes for whoever makes the schema."""

    type_name = "unknown"

    def __init__(self, properties=None):
        self.properties = dict(properties or {})

    @classmethod
    def typeName(cls):
        """The name of the type."""
        return cls.type_name

    def jsonValue(self):
        """The type as data that JSON can hold; `deserialize` reads it."""
        return {"dataType": self.type_name, "properties": self.properties}

    def _key(self):
        return ()

    def __eq__(self, other):
        return type(self) is type(other) and self._key() == other._key()

    def __hash__(self):
        return hash((type(self), repr(self._key())))

    def __repr__(self):
        inner = ", ".join(repr(part) for part in self._key())
        return "%s(%s)" % (type(self).__name__, inner)


class AtomicType(DataType):
    """A type without parts."""


def _atomic(name, type_name):
    made = type(name, (AtomicType,), {"type_name": type_name, "__doc__": "The type `%s`." % type_name})
    made.__module__ = __name__
    return made


BinaryType = _atomic("BinaryType", "binary")
BooleanType = _atomic("BooleanType", "boolean")
ByteType = _atomic("ByteType", "byte")
DateType = _atomic("DateType", "date")
DoubleType = _atomic("DoubleType", "double")
FloatType = _atomic("FloatType", "float")
IntegerType = _atomic("IntegerType", "int")
LongType = _atomic("LongType", "long")
NullType = _atomic("NullType", "null")
ShortType = _atomic("ShortType", "short")
StringType = _atomic("StringType", "string")
TimestampType = _atomic("TimestampType", "timestamp")
TimestampNTZType = _atomic("TimestampNTZType", "timestampntz")
UnknownType = _atomic("UnknownType", "unknown")


class DecimalType(AtomicType):
    """Numbers of `precision` digits, of which `scale` are behind the point."""

    type_name = "decimal"

    def __init__(self, precision=10, scale=2, properties=None):
        super().__init__(properties)
        self.precision = precision
        self.scale = scale

    def _key(self):
        return (self.precision, self.scale)

    def jsonValue(self):
        return dict(super().jsonValue(), precision=self.precision, scale=self.scale)


class EnumType(AtomicType):
    """One of some strings."""

    type_name = "enum"

    def __init__(self, options=(), properties=None):
        super().__init__(properties)
        self.options = list(options)

    def _key(self):
        return (self.options,)

    def jsonValue(self):
        return dict(super().jsonValue(), options=self.options)


class ArrayType(DataType):
    """Lists of values of one type."""

    type_name = "array"

    def __init__(self, elementType=None, properties=None):
        super().__init__(properties)
        self.elementType = UnknownType() if elementType is None else elementType

    def _key(self):
        return (self.elementType,)

    def jsonValue(self):
        return dict(super().jsonValue(), elementType=self.elementType.jsonValue())


class SetType(ArrayType):
    """Sets of values of one type."""

    type_name = "set"


class MapType(DataType):
    """Values of one type by keys that are strings."""

    type_name = "map"

    def __init__(self, valueType=None, properties=None):
        super().__init__(properties)
        self.valueType = UnknownType() if valueType is None else valueType

    def _key(self):
        return (self.valueType,)

    def jsonValue(self):
        return dict(super().jsonValue(), valueType=self.valueType.jsonValue())


class ChoiceType(DataType):
    """A value of one of several types."""

    type_name = "choice"

    def __init__(self, choices=(), properties=None):
        super().__init__(properties)
        self.choices = {}
        self.merge(choices)

    def add(self, new_choice):
        """Adds a type. ValueError if one of its name is there."""
        if new_choice.typeName() in self.choices:
            raise ValueError("The choice has the type %s already" % new_choice.typeName())
        self.choices[new_choice.typeName()] = new_choice

    def merge(self, new_choices):
        """Adds several types, or one."""
        for each in [new_choices] if isinstance(new_choices, DataType) else new_choices:
            self.add(each)

    def _key(self):
        return (sorted(self.choices.values(), key=lambda each: each.typeName()),)

    def jsonValue(self):
        return dict(super().jsonValue(), choices=[each.jsonValue() for each in self.choices.values()])


class Field:
    """A field of a struct."""

    def __init__(self, name, dataType, properties=None):
        self.name = name
        self.dataType = dataType
        self.properties = dict(properties or {})

    def jsonValue(self):
        """The field as data that JSON can hold."""
        return {"name": self.name, "container": self.dataType.jsonValue(), "properties": self.properties}

    def __eq__(self, other):
        return isinstance(other, Field) and (self.name, self.dataType) == (other.name, other.dataType)

    def __hash__(self):
        return hash((self.name, self.dataType))

    def __repr__(self):
        return "Field(%r, %r)" % (self.name, self.dataType)


class StructType(DataType):
    """Fields of different names, each of its own type."""

    type_name = "struct"

    def __init__(self, fields=(), properties=None):
        super().__init__(properties)
        self.field_map = {}
        for field in fields:
            self.add(field)

    @property
    def fields(self):
        """The fields in their order."""
        return list(self.field_map.values())

    def add(self, field):
        """Adds a field. ValueError if one of its name is there."""
        if field.name in self.field_map:
            raise ValueError("The struct has a field %r already" % field.name)
        self.field_map[field.name] = field

    def hasField(self, field):
        """Whether there is a field of that name, or of the name of that field."""
        return getattr(field, "name", field) in self.field_map

    def getField(self, field):
        """The field of that name. KeyError if there is none."""
        return self.field_map[getattr(field, "name", field)]

    def __iter__(self):
        return iter(self.fields)

    def __len__(self):
        return len(self.field_map)

    def _key(self):
        return (self.fields,)

    def jsonValue(self):
        return dict(super().jsonValue(), fields=[field.jsonValue() for field in self.fields])


class EntityType(DataType):
    """A type that stands for another one under a name of the user's."""

    type_name = "entity"

    def __init__(self, entity, base_type, properties=None):
        super().__init__(properties)
        self.entity = entity
        self.base_type = base_type

    def _key(self):
        return (self.entity, self.base_type)

    def jsonValue(self):
        return dict(super().jsonValue(), entity=self.entity, baseType=self.base_type.jsonValue())


_ATOMIC = {
    each.type_name: each
    for each in (
        BinaryType, BooleanType, ByteType, DateType, DoubleType, FloatType, IntegerType, LongType, NullType, ShortType,
        StringType, TimestampType, TimestampNTZType, UnknownType,
    )
}  # fmt: skip


def deserialize(value):
    """The type that `jsonValue` made this data of. ValueError if it is none."""
    name = value if isinstance(value, str) else value.get("dataType") if isinstance(value, dict) else None
    value = value if isinstance(value, dict) else {}
    notes = value.get("properties") or {}
    try:
        if name in _ATOMIC:
            return _ATOMIC[name](notes)
        if name == "decimal":
            return DecimalType(int(value.get("precision", 10)), int(value.get("scale", 2)), notes)
        if name == "enum":
            return EnumType(value.get("options") or [], notes)
        if name in ("array", "set"):
            return (SetType if name == "set" else ArrayType)(deserialize(value.get("elementType", "unknown")), notes)
        if name == "map":
            return MapType(deserialize(value.get("valueType", "unknown")), notes)
        if name == "choice":
            return ChoiceType([deserialize(each) for each in value["choices"]], notes)
        if name == "struct":
            fields = value["fields"]
            return StructType(
                [Field(f["name"], deserialize(f["container"]), f.get("properties")) for f in fields], notes
            )
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError("The schema has a part that cannot be read (%s): %r" % (error, value))
    raise ValueError("The schema has a type that is not known: %r" % (name if name is not None else value,))


def from_spark(kind):
    """The type of a Spark type."""
    if _kinds.is_choice(kind):
        return ChoiceType([from_spark(each) for each in _kinds.alternatives(kind)])
    if isinstance(kind, _spark.StructType):
        return StructType([Field(field.name, from_spark(field.dataType)) for field in kind.fields])
    if isinstance(kind, _spark.ArrayType):
        return ArrayType(from_spark(kind.elementType))
    if isinstance(kind, _spark.MapType):
        return MapType(from_spark(kind.valueType))
    if isinstance(kind, _spark.DecimalType):
        return DecimalType(kind.precision, kind.scale)
    return _ATOMIC.get(_kinds.name_of(kind), UnknownType)()


def to_spark(kind):
    """The Spark type of a type. TypeError if it is none of this module's or of Spark's."""
    if isinstance(kind, _spark.DataType):
        return kind
    if isinstance(kind, StructType):
        return _spark.StructType([_spark.StructField(field.name, to_spark(field.dataType)) for field in kind.fields])
    if isinstance(kind, ChoiceType):
        return _kinds.choice([to_spark(each) for each in kind.choices.values()])
    if isinstance(kind, ArrayType):
        return _spark.ArrayType(to_spark(kind.elementType))
    if isinstance(kind, MapType):
        return _spark.MapType(_spark.StringType(), to_spark(kind.valueType))
    if isinstance(kind, DecimalType):
        return _spark.DecimalType(kind.precision, kind.scale)
    if isinstance(kind, EntityType):
        return to_spark(kind.base_type)
    if isinstance(kind, (EnumType, UnknownType)):
        return _spark.StringType()
    if isinstance(kind, AtomicType):
        return _kinds.parse(kind.type_name)
    raise TypeError("%s is no type of awsglue.gluetypes" % (kind if isinstance(kind, type) else type(kind)).__name__)
