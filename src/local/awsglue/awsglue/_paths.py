"""Paths to fields: names with dots between them. A name in backticks may have dots itself."""


def parse(path):
    """The names of a path. `[]` behind a name, which means the elements of an array, is left out.

    TypeError if it is no string, ValueError if it is not written right."""
    if not isinstance(path, str):
        raise TypeError("A path is a string, such as 'address.city', not %s" % type(path).__name__)
    if not path:
        raise ValueError("A path must not be empty")
    names, name, at, quoted = [], "", 0, False
    while at < len(path):
        sign = path[at]
        if sign == "`" and quoted and path[at + 1 : at + 2] == "`":
            name += sign
            at += 1
        elif sign == "`":
            quoted = not quoted
            if not quoted and path[at + 1 : at + 3] == "[]":
                at += 2
        elif sign == "." and not quoted:
            names.append(name)
            name = ""
        elif path[at : at + 2] == "[]" and not quoted and path[at + 2 : at + 3] in ("", "."):
            at += 1
        else:
            name += sign
        at += 1
    if quoted:
        raise ValueError("The path %r has a backtick that is not closed" % path)
    names.append(name)
    if "" in names:
        # A join gives fields that begin with a dot; nobody means an empty name by it.
        if path.startswith(".") and "" not in names[1:]:
            return (("." + names[1]),) + tuple(names[2:])
        raise ValueError("The path %r has an empty name. A name with dots has to be in backticks" % path)
    return tuple(names)


def parse_all(paths, what="paths"):
    """The names of several paths, or of one."""
    if isinstance(paths, str):
        paths = [paths]
    if not isinstance(paths, (list, tuple, set, frozenset)):
        raise TypeError("%s has to be a list of strings, not %s" % (what, type(paths).__name__))
    return [parse(path) for path in paths]


def write(names):
    """The path of these names, so that `parse` finds them again."""
    return ".".join("`%s`" % name.replace("`", "``") if "." in name or "`" in name else name for name in names)


def quote(name):
    """A name as Spark wants it where it would take dots for paths."""
    return "`%s`" % name.replace("`", "``")
