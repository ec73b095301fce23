"""Nested data made flat."""

from pyspark.sql import functions as F
from pyspark.sql import types as T

from awsglue import _columns, _kinds

_ID = "__glue_id"
_DESCRIPTORS = frozenset(["S", "N", "B", "BOOL", "NULL", "SS", "NS", "BS", "L", "M"])


def _flat(fields):
    found = []
    for name, column, kind in fields:
        if isinstance(kind, T.StructType):
            found += _flat(
                [("%s.%s" % (name, inner), value, each) for inner, value, each in _columns.parts(column, kind)]
            )
        else:
            found.append((name, column, kind))
    return found


def unnest(frame):
    """The DataFrame with the fields of structs as its own, under names with dots."""
    return _columns.select(frame, [field[:2] for field in _flat(_columns.of(frame))])


def relationalize(frame, root):
    """The tables by their names: the flat one, and one for each array or map, with the columns `id`, `index` and
    values. What was the array has the `id` of its rows, null if it was null."""
    tables = {}
    _table(frame, root, root, tables)
    return tables


def _table(frame, name, root, tables):
    leaves = _flat(_columns.of(frame))
    nested = [leaf for leaf in leaves if isinstance(leaf[2], (T.ArrayType, T.MapType))]
    if nested:
        # All tables have to see the same ids, however often and in whatever order Spark computes them.
        numbered = frame.withColumn(_ID, F.monotonically_increasing_id() + F.lit(1)).localCheckpoint(eager=False)
        leaves = _flat([field for field in _columns.of(numbered) if field[0] != _ID])
    else:
        numbered = frame
    own = []
    for path, column, kind in leaves:
        pivot = isinstance(kind, (T.ArrayType, T.MapType))
        own.append((path, F.when(column.isNotNull(), F.col(_ID)) if pivot else column))
    tables[name] = _columns.select(numbered, own)
    for path, column, kind in nested:
        ids = [F.col(_ID).alias("id")]
        if isinstance(kind, T.MapType):
            names = ["index", path + ".key", path + ".val"]
        else:
            names = ["index", path + ".val"]
        rows = numbered.select(*ids, F.posexplode(column).alias(*names))
        _table(rows, "%s_%s" % (root, path), root, tables)


def _described(kind):
    """The one type that a value of DynamoDB's JSON has: the name of its field. None if it is no such value."""
    if not isinstance(kind, T.StructType) or _kinds.is_choice(kind) or not kind.fields:
        return None
    names = set(kind.names)
    if not names <= _DESCRIPTORS:
        return None
    names = names - {"NULL"} or names
    return kind[next(iter(names))] if len(names) == 1 else None


def _items(frame):
    fields = []
    for name, column, kind in _columns.of(frame):
        if name == "Item" and isinstance(kind, T.StructType) and not _kinds.is_choice(kind):
            fields += _columns.parts(column, kind)
        else:
            fields.append((name, column, kind))
    return fields


def unnest_ddb(frame):
    """The DataFrame of DynamoDB's JSON with each value as itself and the fields of its maps under names with dots."""
    return _columns.select(frame, _unnested(_items(frame)))


def _unnested(fields):
    made = []
    for name, column, kind in fields:
        field = _described(kind)
        if field is None and isinstance(kind, T.StructType) and not _kinds.is_choice(kind):
            made += _unnested(
                [("%s.%s" % (name, inner), value, each) for inner, value, each in _columns.parts(column, kind)]
            )
        elif field is None:
            made.append((name, column))
        elif field.name == "NULL":
            made.append((name, F.lit(None).cast("string")))
        elif field.name == "M" and isinstance(field.dataType, T.StructType):
            inner = _columns.parts(column.getField("M"), field.dataType)
            made += _unnested([("%s.%s" % (name, each[0]),) + each[1:] for each in inner])
        elif field.name == "L":
            made.append((name, _list(column.getField("L"), field.dataType)))
        else:
            made.append((name, column.getField(field.name)))
    return made


def simplify_ddb(frame):
    """The DataFrame of DynamoDB's JSON with each value as itself, and its maps as structs."""
    return _columns.select(frame, [(name, _simple(column, kind)) for name, column, kind in _items(frame)])


def _simple(column, kind):
    field = _described(kind)
    if field is None:
        return column
    inner = column.getField(field.name)
    if field.name == "NULL":
        return F.lit(None).cast("string")
    if field.name == "M" and isinstance(field.dataType, T.StructType):
        parts = _columns.parts(inner, field.dataType)
        return F.when(inner.isNotNull(), _columns.struct([(name, _simple(value, each)) for name, value, each in parts]))
    if field.name == "L":
        return _list(inner, field.dataType)
    return inner


def _list(column, kind):
    """A list whose elements are all of one simple type as these; any other as it is."""
    if not isinstance(kind, T.ArrayType):
        return column
    field = _described(kind.elementType)
    if field is None or field.name in ("M", "L", "NULL"):
        return column
    return F.transform(column, lambda value: value.getField(field.name))
