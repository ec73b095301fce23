"""Fields that get other names, types and places."""

import operator
import sys
import warnings
from functools import reduce

from pyspark.sql import functions as F
from pyspark.sql import types as T

from awsglue import _columns, _kinds, _paths

_COMPARISONS = {
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
    "==": operator.eq,
    "=": operator.eq,
    "!=": operator.ne,
}


def warn(text):
    """Tells the user of something that AWS Glue passes over, at the user's own line."""
    frame, level = sys._getframe(1), 2
    while frame.f_back is not None and frame.f_globals.get("__name__", "").split(".")[0] == __package__:
        frame, level = frame.f_back, level + 1
    warnings.warn("awsglue: " + text, UserWarning, stacklevel=level)


def apply_mapping(frame, mappings, case_sensitive):
    """The DataFrame of the targets of mappings: tuples of source, target; source, target, type; or source, type,
    target, type."""
    if isinstance(mappings, (str, tuple, dict)) or not hasattr(mappings, "__iter__"):
        raise TypeError("mappings has to be a list of tuples, not %s" % type(mappings).__name__)
    fields, tree = _columns.of(frame), {}
    for mapping in mappings:
        if not isinstance(mapping, tuple):
            raise TypeError("A mapping has to be a tuple, and this is %s: %r" % (type(mapping).__name__, mapping))
        if len(mapping) not in (2, 3, 4):
            raise ValueError("A mapping has 2, 3 or 4 items, and this has %d: %r" % (len(mapping), mapping))
        source, target = mapping[0], mapping[2 if len(mapping) == 4 else 1]
        if len(mapping) == 4:
            _kinds.parse(mapping[1])
        kind = _kinds.parse(mapping[-1]) if len(mapping) > 2 else None
        names = _paths.parse(target)
        found = _columns.find(fields, _paths.parse(source), case_sensitive)
        if found is None:
            warn("ApplyMapping finds no field %s, so %s is left out" % (source, target))
        elif found[2]:
            warn(
                "ApplyMapping cannot look into arrays, so %s, which is to come from %s, is left out" % (target, source)
            )
        else:
            _plant(tree, names, _columns.convert(found[0], found[1], kind))
    return _columns.select(frame, _grown(tree))


def _plant(tree, names, column):
    for at, name in enumerate(names[:-1]):
        tree = tree.setdefault(name, {})
        if not isinstance(tree, dict):
            raise ValueError("Two mappings make %s: one as a value, one as a struct" % _paths.write(names[: at + 1]))
    if isinstance(tree.get(names[-1]), dict):
        raise ValueError("Two mappings make %s: one as a value, one as a struct" % _paths.write(names))
    tree[names[-1]] = column


def _grown(tree):
    return [(name, _columns.struct(_grown(part)) if isinstance(part, dict) else part) for name, part in tree.items()]


def rename(frame, old, new):
    """The DataFrame with a field under another path."""
    old, new = _paths.parse(old), _paths.parse(new)
    fields = _columns.of(frame)
    found = _columns.find(fields, old)
    if found is None:
        warn("rename_field finds no field %s" % _paths.write(old))
        return frame
    if old == new:
        return frame
    # A new name that stands alone is the name in the same place.
    if len(old) > 1 and len(new) == 1:
        new = old[:-1] + new
    if old[:-1] == new[:-1]:

        def visit(path, column, _):
            if path == old:
                return [(new[-1], column)]
            if path == new:
                return []
            return None if old[: len(path)] == path else [(path[-1], column)]

        return _columns.select(frame, _columns.edit(fields, visit)[0])
    if found[2]:
        raise ValueError("rename_field cannot take %s out of its array" % _paths.write(old))
    rest = frame.withColumn("__glue_moved", found[0])
    kept = _columns.leave_out([field for field in _columns.of(rest) if field[0] != "__glue_moved"], [old])
    return _columns.select(rest, _place(kept, new, F.col("__glue_moved"), dict((n, k) for n, _, k in fields)))


def _place(fields, names, column, kinds):
    fields = [field for field in fields if len(names) > 1 or field[0] != names[0]]
    if len(names) == 1:
        return fields + [(names[0], column)]
    for at, (name, had) in enumerate(fields):
        if name == names[0]:
            kind = kinds[name]
            if not isinstance(kind, T.StructType) or _kinds.is_choice(kind):
                raise ValueError("The field %s is no struct that could take %s" % (name, _paths.write(names)))
            inner = [(part, value) for part, value, _ in _columns.parts(had, kind)]
            inner = _place(inner, names[1:], column, {field.name: field.dataType for field in kind.fields})
            return fields[:at] + [(name, _columns.struct(inner))] + fields[at + 1 :]
    return fields + [(names[0], _columns.struct(_place([], names[1:], column, {})))]


def without_null_fields(frame):
    """The DataFrame without fields whose type is null."""

    def visit(path, column, kind):
        empty = isinstance(kind, T.NullType) or (
            isinstance(kind, T.ArrayType) and isinstance(kind.elementType, T.NullType)
        )
        return [] if empty else None

    made, changed = _columns.edit(_columns.of(frame), visit)
    return _columns.select(frame, made) if changed else frame


def condition(frame, comparisons):
    """The condition of split_rows: for each path, each comparison with a value."""
    if not isinstance(comparisons, dict) or not comparisons:
        raise TypeError('comparison_dict has to be a dictionary such as {"age": {">": 10}}')
    found = []
    for path, each in comparisons.items():
        field = _columns.find(_columns.of(frame), _paths.parse(path))
        if field is None or field[2]:
            raise ValueError("There is no field %s to compare" % path)
        if _kinds.is_choice(field[1]):
            raise ValueError("The field %s has values of several types: use resolveChoice before split_rows" % path)
        if not isinstance(each, dict) or not each:
            raise TypeError('The comparisons of %s have to be a dictionary such as {">": 10}, not %r' % (path, each))
        for sign, value in each.items():
            if sign not in _COMPARISONS:
                raise ValueError("There is no comparison %r; there are: %s" % (sign, " ".join(_COMPARISONS)))
            found.append(_COMPARISONS[sign](field[0], F.lit(value)))
    return F.coalesce(reduce(operator.and_, found), F.lit(False))


def keys(fields, paths, what):
    """The columns under the paths of keys."""
    found = []
    for names in _paths.parse_all(paths, what):
        field = _columns.find(fields, names)
        if field is None or field[2]:
            raise ValueError("There is no field %s, which %s names" % (_paths.write(names), what))
        if _kinds.is_choice(field[1]):
            raise ValueError("The key %s has values of several types: use resolveChoice first" % _paths.write(names))
        found.append(field[0])
    if not found:
        raise ValueError("%s names no field" % what)
    return found


def join(one, other, paths1, paths2):
    """The inner join by equal keys. A field of the second whose name the first has, too, gets a dot before its name."""
    left, right = one.schema.names, other.schema.names
    count1, count2 = len(_paths.parse_all(paths1, "paths1")), len(_paths.parse_all(paths2, "paths2"))
    if count1 != count2:
        raise ValueError("A join needs as many keys of one frame as of the other, not %d and %d" % (count1, count2))
    one = one.select(
        "*", *[key.alias("__glue_key%d" % at) for at, key in enumerate(keys(_columns.of(one), paths1, "paths1"))]
    )
    named = [("__glue_r%d" % at, column) for at, (_, column, _) in enumerate(_columns.of(other))]
    named += [("__glue_rkey%d" % at, key) for at, key in enumerate(keys(_columns.of(other), paths2, "paths2"))]
    same = [F.col("__glue_key%d" % at) == F.col("__glue_rkey%d" % at) for at in range(count1)]
    joined = one.join(_columns.select(other, named), reduce(operator.and_, same), "inner")
    taken, made = set(left), [(name, F.col(_paths.quote(name))) for name in left]
    for at, name in enumerate(right):
        while name in taken:
            name = "." + name
        taken.add(name)
        made.append((name, F.col("__glue_r%d" % at)))
    return _columns.select(joined, made)


def union(one, other):
    """All records of both, by the names of their fields; what has several types becomes a choice."""
    kind = _kinds.merge(one.schema, other.schema)
    return as_kind(one, kind).unionAll(as_kind(other, kind))


def as_kind(frame, kind):
    """The DataFrame with the fields of a type; fields it has not are null."""
    had = {name: (column, each) for name, column, each in _columns.of(frame)}
    made = []
    for field in kind.fields:
        column = (
            _columns.conform(*had[field.name], field.dataType)
            if field.name in had
            else F.lit(None).cast(field.dataType)
        )
        made.append((field.name, column))
    return _columns.select(frame, made)


def merge(source, stage, paths):
    """The records of `stage`, and those of `source` whose keys `stage` does not have."""
    named = [("__glue_rkey%d" % at, key) for at, key in enumerate(keys(_columns.of(stage), paths, "primary_keys"))]
    own = keys(_columns.of(source), paths, "primary_keys")
    marked = source.select("*", *[key.alias("__glue_key%d" % at) for at, key in enumerate(own)])
    same = [F.col("__glue_key%d" % at).eqNullSafe(F.col("__glue_rkey%d" % at)) for at in range(len(own))]
    kept = marked.join(_columns.select(stage, named), reduce(operator.and_, same), "left_anti")
    return union(_columns.select(kept, [(name, F.col(_paths.quote(name))) for name in source.schema.names]), stage)
