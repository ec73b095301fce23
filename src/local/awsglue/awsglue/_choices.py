"""Choices, resolved."""

from pyspark.sql import functions as F
from pyspark.sql import types as T

from awsglue import _columns, _kinds, _paths, _reshape

_ACTIONS = "cast:TYPE, project:TYPE, make_cols, make_struct"


def _action(text):
    if not isinstance(text, str):
        raise TypeError("An action is a string such as 'cast:int', not %s" % type(text).__name__)
    name, colon, kind = text.strip().partition(":")
    if name in ("cast", "project") and kind:
        parsed = _kinds.parse(kind)
        if parsed is None:
            raise ValueError("The action %r needs a type of values, such as string" % text)
        return name, parsed
    if name in ("make_cols", "make_struct") and not colon:
        return name, None
    if name in ("cast", "project"):
        raise ValueError("The action %r needs a type: %s:int" % (text, name))
    raise ValueError("There is no action %r; actions are: %s" % (text, _ACTIONS))


def _resolved(name, column, kind, action):
    what, target = action
    if what == "make_cols":
        return [("%s_%s" % (name, each), inner) for each, inner, _ in _columns.parts(column, kind)]
    if what == "make_struct":
        return [(name, column.cast(_kinds.plain(kind)))]
    if what == "cast":
        return [(name, _columns.convert(column, kind, target))]
    fitting = [
        _columns.convert(inner, each, target)
        for _, inner, each in _columns.parts(column, kind)
        if _kinds.name_of(each) == _kinds.name_of(target) or _kinds.merge(each, target) == target
    ]
    return [(name, F.coalesce(*fitting) if fitting else F.lit(None).cast(target))]


def by_specs(frame, specs):
    """The DataFrame with each (path, action) done."""
    if isinstance(specs, (str, dict)) or not hasattr(specs, "__iter__"):
        raise TypeError("specs has to be a list of (path, action), not %s" % type(specs).__name__)
    wanted, elements = {}, set()
    for spec in specs:
        if not isinstance(spec, (tuple, list)) or len(spec) != 2:
            raise ValueError("Each of specs has to be (path, action), not %r" % (spec,))
        path, text = spec
        if isinstance(text, str) and text.strip() == "match_catalog":
            raise ValueError(
                "match_catalog is no action of specs: give choice='match_catalog', database and table_name"
            )
        wanted[_paths.parse(path)] = _action(text)
        if path.endswith("[]"):
            elements.add(_paths.parse(path))
    done = set()

    def visit(path, column, kind):
        if path in wanted:
            done.add(path)
            if _kinds.is_choice(kind):
                return _resolved(path[-1], column, kind, wanted[path])
            what, target = wanted[path]
            if isinstance(kind, (T.ArrayType, T.MapType)) and (path in elements or _has_choice(kind)):
                if what == "cast" and not _has_choice(kind):
                    whole = T.ArrayType(target) if isinstance(kind, T.ArrayType) else T.MapType(T.StringType(), target)
                    return [(path[-1], _columns.convert(column, kind, whole))]
                return None
            # A cast is done whether or not there is something to resolve; everything else has nothing to do.
            return [(path[-1], _columns.convert(column, kind, target) if what == "cast" else column)]
        if _kinds.is_choice(kind):
            return [(path[-1], column)]
        return None if any(names[: len(path)] == path for names in wanted) else [(path[-1], column)]

    made = _columns.edit(_columns.of(frame), visit)[0]
    for path in wanted:
        if path not in done:
            _reshape.warn("resolveChoice finds no field %s" % _paths.write(path))
    return _columns.select(frame, made)


def _has_choice(kind):
    inner = kind.elementType if isinstance(kind, T.ArrayType) else kind.valueType
    return _kinds.is_choice(inner)


def everywhere(frame, text):
    """The DataFrame with the action done to each choice."""
    action = _action(text)

    def visit(path, column, kind):
        return _resolved(path[-1], column, kind, action) if _kinds.is_choice(kind) else None

    made, changed = _columns.edit(_columns.of(frame), visit)
    return _columns.select(frame, made) if changed else frame


def by_schema(frame, schema):
    """The DataFrame with each choice cast to the type that a schema has in its place."""

    def visit(path, column, kind):
        if not _kinds.is_choice(kind):
            return None
        target = _type_at(schema, path)
        return None if target is None else [(path[-1], _columns.convert(column, kind, target))]

    made, changed = _columns.edit(_columns.of(frame), visit)
    return _columns.select(frame, made) if changed else frame


def _type_at(kind, path):
    for name in path:
        while isinstance(kind, (T.ArrayType, T.MapType)):
            kind = kind.elementType if isinstance(kind, T.ArrayType) else kind.valueType
        if not isinstance(kind, T.StructType):
            return None
        found = [field.dataType for field in kind.fields if field.name.lower() == name.lower()]
        if not found:
            return None
        kind = found[0]
    # The choice is the element of the array, not the array.
    while isinstance(kind, (T.ArrayType, T.MapType)):
        kind = kind.elementType if isinstance(kind, T.ArrayType) else kind.valueType
    return kind
