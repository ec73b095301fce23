"""Tables that are declared in Hive's words: `STORED AS`, `ROW FORMAT`.

There is no Hive here. Spark reads the same files itself, so such a statement is said anew in Spark's words, when
Spark has refused it.
"""

import functools
import re

_REFUSED = "NOT_SUPPORTED_COMMAND_WITHOUT_HIVE_SUPPORT"
# What a class or a word of Hive's is about, and what of Spark's reads the same files; the first one that fits.
_FORMATS = (
    ("parquet", "parquet"),
    ("orc", "orc"),
    ("json", "json"),
    ("csv", "csv"),
    ("lazysimple", "csv"),
    ("textfile", "csv"),
    ("textinput", "csv"),
)
# Hive's names of what a line of text is made of, and Spark's.
_OPTIONS = {
    "field.delim": "sep",
    "separatorchar": "sep",
    "quotechar": "quote",
    "escape.delim": "escape",
    "escapechar": "escape",
    "serialization.null.format": "nullValue",
}
_QUERY = re.compile(r"\bAS\s+(?=[(\s]*(?:SELECT|WITH|TABLE|VALUES|FROM)\b)", re.IGNORECASE)


def patch(kind):
    """Makes `SparkSession.sql` understand such statements."""
    original = kind.sql

    # Of this name as those of `tables`: an interrupt may come when what is called within has ended.
    @functools.wraps(original)
    def method(self, sqlQuery, *args, **kwargs):
        try:
            return original(self, sqlQuery, *args, **kwargs)
        except Exception as error:
            if _REFUSED not in str(error):
                raise
            anew = _anew(self, sqlQuery)
            if anew is None:
                raise
        return original(self, anew, *args, **kwargs)

    kind.sql = method


def _anew(session, query):
    """Returns a statement in Spark's words; nothing if there are none for it."""
    try:
        plan = session._jsparkSession.sessionState().sqlParser().parsePlan(query)
        kind = plan.getClass().getSimpleName()
        if kind not in ("CreateTable", "CreateTableAsSelect"):
            return None
        found = _QUERY.search(query) if kind == "CreateTableAsSelect" else None
        if kind == "CreateTableAsSelect" and found is None:
            return None
        return _statement(session._jvm, plan, None if found is None else query[found.end() :])
    except Exception:
        # Whatever of Spark's insides is not as expected: what Spark said stands.
        return None


def _statement(jvm, plan, query):
    spec = plan.tableSpec()
    form = _format(_one(spec.serde()))
    if form is None:
        return None
    properties = _map(jvm, spec.properties())
    options = _options(jvm, _one(spec.serde()), properties) if form == "csv" else {}
    parts = ["CREATE TABLE"]
    if plan.ignoreIfExists():
        parts.append("IF NOT EXISTS")
    parts.append(".".join(_quoted(name) for name in _list(jvm, plan.name().nameParts())))
    if query is None:
        parts.append("({})".format(plan.tableSchema().toDDL()))
    parts.append("USING " + form)
    if options:
        parts.append("OPTIONS ({})".format(_pairs(options)))
    keys = [key.describe() for key in _list(jvm, plan.partitioning())]
    if keys:
        parts.append("PARTITIONED BY ({})".format(", ".join(keys)))
    for word, value in (("COMMENT", _one(spec.comment())), ("LOCATION", _one(spec.location()))):
        if value is not None:
            parts.append("{} {}".format(word, _text(value)))
    if properties:
        parts.append("TBLPROPERTIES ({})".format(_pairs(properties)))
    if query is not None:
        parts.append("AS " + query)
    return " ".join(parts)


def _format(serde):
    """Returns Spark's name of a format; nothing if Spark does not have it."""
    if serde is None:
        return "csv"  # What Hive takes for granted.
    classes = _one(serde.formatClasses())
    said = [_one(serde.serde()), _one(serde.storedAs()), None if classes is None else classes.input()]
    said = [text.lower() for text in said if text]
    if not said:
        return "csv"
    for text in said:
        for word, form in _FORMATS:
            if word in text:
                return form
    return None


def _options(jvm, serde, properties):
    """Returns how lines of text are read. Without a word, Hive's fields end with the character 1."""
    said = {} if serde is None else {name.lower(): value for name, value in _map(jvm, serde.serdeProperties()).items()}
    named = serde is not None and "csv" in (_one(serde.serde()) or "").lower()
    options = {"sep": "," if named else "\1"}
    if not named:
        # To Hive a quote is a character like any other.
        options.update(quote="\0", nullValue="\\N")
    options.update({_OPTIONS[name]: value for name, value in said.items() if name in _OPTIONS})
    if properties.get("skip.header.line.count", "0").strip() == "1":
        options["header"] = "true"
    return options


def _one(option):
    return option.get() if option.isDefined() else None


def _list(jvm, values):
    return list(jvm.scala.collection.JavaConverters.seqAsJavaList(values))


def _map(jvm, values):
    return dict(jvm.scala.collection.JavaConverters.mapAsJavaMap(values))


def _pairs(values):
    return ", ".join("{} = {}".format(_text(name), _text(value)) for name, value in values.items())


def _quoted(name):
    return "`{}`".format(name.replace("`", "``"))


def _text(value):
    plain = value.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")
    return "'{}'".format(re.sub(r"[\x00-\x1f]", lambda found: "\\u{:04x}".format(ord(found.group())), plain))
