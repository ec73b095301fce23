"""Columns made of columns: nested fields are taken, left out, changed; values are turned into other types."""

from pyspark.sql import functions as F
from pyspark.sql import types as T

from awsglue import _kinds, _paths


def of(frame):
    """The columns of a DataFrame: name, column, type."""
    return [(field.name, F.col(_paths.quote(field.name)), field.dataType) for field in frame.schema.fields]


def parts(column, kind):
    """The fields of a struct: name, column, type."""
    return [(field.name, column.getField(field.name), field.dataType) for field in kind.fields]


def struct(fields):
    """The struct of these (name, column)."""
    return F.struct(*[column.alias(name) for name, column in fields])


def select(frame, fields):
    """The DataFrame with these (name, column)."""
    return frame.select(*[column.alias(name) for name, column in fields])


def edit(fields, visit, path=()):
    """Asks `visit(path, column, kind)` about each field: a list of (name, column) stands in its place, None means to go
    on with what is inside it. A choice that is the element of an array or the value of a map is asked about under the
    path of that; it can only become one column. Returns the (name, column) and whether anything changed."""
    made, changed = [], False
    for name, column, kind in fields:
        here = path + (name,)
        answer = visit(here, column, kind)
        if answer is None:
            inner, differs = _descend(column, kind, visit, here)
            changed = changed or differs
            if inner is not None:
                made.append((name, inner))
        else:
            made.extend(answer)
            changed = True
    return made, changed


def _descend(column, kind, visit, path):
    if _kinds.is_choice(kind):
        return column, False
    if isinstance(kind, T.StructType):
        inner, changed = edit(parts(column, kind), visit, path)
        if not changed:
            return column, False
        return (F.when(column.isNotNull(), struct(inner)) if inner else None), True
    if not isinstance(kind, (T.ArrayType, T.MapType)):
        return column, False
    found = []

    def element(value, inside):
        answer = visit(path, value, inside) if _kinds.is_choice(inside) else None
        if answer is None:
            made, changed = _descend(value, inside, visit, path)
        elif len(answer) == 1:
            made, changed = answer[0][1], True
        else:
            raise ValueError(
                "The elements of %s can only become one column: choose cast or make_struct" % _paths.write(path)
            )
        found.append((made is None, changed))
        return value if made is None else made

    if isinstance(kind, T.ArrayType):
        made = F.transform(column, lambda value: element(value, kind.elementType))
    else:
        made = F.transform_values(column, lambda _, value: element(value, kind.valueType))
    gone, changed = found[-1]
    return (None if gone else made if changed else column), changed


def take(fields, paths):
    """The fields under these paths (tuples of names), with nothing else in the structs around them."""

    def visit(path, column, _):
        if any(path[: len(wanted)] == wanted for wanted in paths):
            return [(path[-1], column)]
        return None if any(wanted[: len(path)] == path for wanted in paths) else []

    return edit(fields, visit)[0]


def leave_out(fields, paths):
    """All fields but those under these paths."""

    def visit(path, column, kind):
        if path in paths:
            return []
        inside = any(unwanted[: len(path)] == path for unwanted in paths)
        return None if inside and not _kinds.is_choice(kind) else [(path[-1], column)]

    return edit(fields, visit)[0]


def find(fields, names, case_sensitive=True):
    """The field under a path: column, type, and whether the way leads through an array. None if there is none."""
    column = kind = None
    for at, name in enumerate(names):
        if at:
            if isinstance(kind, T.MapType):
                column, kind = column.getItem(name), kind.valueType
                continue
            if isinstance(kind, T.ArrayType):
                return None, None, True
            if not isinstance(kind, T.StructType):
                return None
            fields = parts(column, kind)
        same = [field for field in fields if field[0] == name]
        if not same and not case_sensitive:
            same = [field for field in fields if field[0].lower() == name.lower()]
        if not same:
            return None
        column, kind = same[0][1:]
    return column, kind, False


def convert(column, kind, target):
    """The value in another type, null where it has none there. A `target` of None keeps it."""
    if target is None or kind == target:
        return column
    if _kinds.is_choice(target):
        return conform(column, kind, target)
    if _kinds.is_choice(kind):
        return F.coalesce(*[convert(inner, each, target) for _, inner, each in parts(column, kind)])
    nested = isinstance(kind, (T.StructType, T.ArrayType, T.MapType))
    if nested and isinstance(target, T.StringType):
        return F.to_json(column)
    if type(kind) is type(target) and nested:
        return conform(column, kind, target)
    if nested or isinstance(target, (T.StructType, T.ArrayType, T.MapType)):
        return F.lit(None).cast(target)
    if isinstance(kind, T.BooleanType) and isinstance(target, (T.DateType, T.TimestampType)):
        return F.lit(None).cast(target)
    if isinstance(kind, (T.IntegerType, T.LongType, T.ShortType, T.ByteType)) and isinstance(target, T.DateType):
        return F.lit(None).cast(target)
    return column.cast(target)


def conform(column, kind, target):
    """The value as part of a type that has room for it, as `_kinds.merge` makes them."""
    if kind == target:
        return column
    if isinstance(kind, T.NullType):
        return F.lit(None).cast(target)
    if _kinds.is_choice(target):
        return _choose(column, kind, target)
    if _kinds.is_choice(kind):
        return convert(column, kind, target)
    if isinstance(kind, T.StructType) and isinstance(target, T.StructType):
        had = {name: (inner, each) for name, inner, each in parts(column, kind)}
        made = []
        for field in target.fields:
            inner = conform(*had[field.name], field.dataType) if field.name in had else F.lit(None).cast(field.dataType)
            made.append((field.name, inner))
        return F.when(column.isNotNull(), struct(made))
    if isinstance(kind, T.ArrayType) and isinstance(target, T.ArrayType):
        return F.transform(column, lambda value: conform(value, kind.elementType, target.elementType))
    if isinstance(kind, T.MapType) and isinstance(target, T.MapType):
        return F.transform_values(column, lambda _, value: conform(value, kind.valueType, target.valueType))
    return convert(column, kind, target)


def _choose(column, kind, target):
    had = parts(column, kind) if _kinds.is_choice(kind) else [(_kinds.name_of(kind), column, kind)]
    slots = {field.name: F.lit(None).cast(field.dataType) for field in target.fields}
    kinds = {field.name: field.dataType for field in target.fields}
    for name, inner, each in had:
        fits = [slot for slot in kinds if slot == name] or [
            s for s in kinds if not _kinds.is_choice(_kinds.merge(each, kinds[s]))
        ]
        if fits:
            slots[fits[0]] = conform(inner, each, kinds[fits[0]])
    # The marks of a choice are in the type, and a cast is what brings them in for certain.
    return F.when(column.isNotNull(), struct(list(slots.items())).cast(target))


def plain(frame):
    """The DataFrame with common structs for its choices."""
    made, changed = [], False
    for name, column, kind in of(frame):
        simple = _kinds.plain(kind)
        changed = changed or simple != kind
        made.append((name, column if simple == kind else column.cast(simple)))
    return select(frame, made) if changed else frame
