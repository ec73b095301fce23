"""The databases and tables of `glue-ls.toml` in Spark's own catalogue.

A table is made when something first names it, because making one can mean reading its files: a hundred tables that
nobody asks for cost nothing. Everything in PySpark that takes a name of a table, or a query, looks here first.
"""

import functools
import os
import re
import threading

_WORDS = re.compile(r"\w+")
_LISTS = {"tables", "table", "extended"}
# Methods that take a table's name, or a query, as their first argument.
_NAMING = {
    "pyspark.sql.session": [("SparkSession", "sql"), ("SparkSession", "table")],
    "pyspark.sql.readwriter": [
        ("DataFrameReader", "table"),
        ("DataFrameWriter", "insertInto"),
        ("DataFrameWriter", "saveAsTable"),
        ("DataFrameWriterV2", "__init__"),
    ],
    "pyspark.sql.streaming.readwriter": [("DataStreamReader", "table"), ("DataStreamWriter", "toTable")],
    "pyspark.sql.catalog": [
        ("Catalog", name)
        for name in (
            "cacheTable getTable isCached listColumns recoverPartitions refreshTable tableExists uncacheTable"
        ).split()
    ],
}
_LISTING = {
    "pyspark.sql.catalog": [
        ("Catalog", name)
        for name in (
            "databaseExists getDatabase listDatabases listFunctions listTables setCurrentDatabase createTable "
            "createExternalTable"
        ).split()
    ]
}
MODULES = set(_NAMING)


def patch(module, catalogue):
    """Makes a module of PySpark's look here; returns nothing."""
    for kind, method in _NAMING.get(module.__name__, []):
        _wrap(getattr(module, kind, None), method, catalogue, False)
    for kind, method in _LISTING.get(module.__name__, []):
        _wrap(getattr(module, kind, None), method, catalogue, method == "listTables")


def _wrap(kind, name, catalogue, everything):
    original = getattr(kind, name, None)
    if original is None:
        return

    @functools.wraps(original)
    def method(self, *args, **kwargs):
        if not catalogue.databases:
            return original(self, *args, **kwargs)
        texts = [value for value in list(args) + list(kwargs.values()) if isinstance(value, str)]
        context = _context(self) or _context(args[0] if args else None)
        state = catalogue.state(context)
        wanted = state.prepare(texts, everything) if state is not None else []
        try:
            return original(self, *args, **kwargs)
        except Exception as error:
            reason = _reason(error, wanted)
            if reason is None:
                raise
            from pyspark.errors import AnalysisException

        raise AnalysisException(reason)

    setattr(kind, name, method)


def _context(value):
    """Returns the Spark context behind an object of PySpark's."""
    for name in ("_sc", "sparkContext"):
        found = getattr(value, name, None)
        if found is not None:
            return found
    for name in ("_sparkSession", "sparkSession", "_spark"):
        found = getattr(value, name, None)
        if found is not None:
            return getattr(found, "_sc", None)
    return None


def _reason(error, wanted):
    """Returns why a table is not there that a query names."""
    text = str(error)
    if "TABLE_OR_VIEW_NOT_FOUND" not in text and "does not exist" not in text and "not found" not in text:
        return None
    # Spark quotes each part of a name.
    plain = text.replace("`", "").lower()
    for entry in wanted:
        if entry.failure is not None and entry.name.lower() in plain:
            return entry.failure
    return None


class Catalogue:
    """What `glue-ls.toml` says, and what of it each Spark context has."""

    def __init__(self, databases):
        self.databases = databases
        self.lock = threading.RLock()

    def state(self, context):
        """Returns what a Spark context has; nothing if it has ended."""
        if context is None or getattr(context, "_jsc", None) is None:
            return None
        state = getattr(context, "_glue_ls_tables", None)
        if state is None:
            state = context._glue_ls_tables = State(self, context)
        return state


class Entry:
    """A table that is still to be made."""

    def __init__(self, database, name, table):
        self.database = database
        self.name = name
        self.table = table
        self.failure = None

    def title(self):
        """Returns the whole name."""
        return "{}.{}".format(self.database, self.name)


class State:
    """The tables that a Spark context does not have yet."""

    def __init__(self, catalogue, context):
        self.catalogue = catalogue
        self.context = context
        self.begun = False
        self.pending = {}
        for database, content in catalogue.databases.items():
            for name, table in content.get("tables", {}).items():
                self.pending.setdefault(name.lower(), []).append(Entry(database, name, table))

    def prepare(self, texts, everything):
        """Makes the tables that these texts may name; returns those that were still to be made."""
        with self.catalogue.lock:
            if not self.begun:
                self._make_databases()
                self.begun = True
            text = "\n".join(texts).lower()
            words = set(_WORDS.findall(text))
            if everything or "show" in words and words & _LISTS:
                names = list(self.pending)
            else:
                names = [name for name in self.pending if name in words or not name.isidentifier() and name in text]
            wanted = [entry for name in names for entry in self.pending[name]]
            for entry in wanted:
                self._make(entry)
            return wanted

    def _session(self):
        return self.context._jvm.SparkSession.getDefaultSession().get()

    def _make_databases(self):
        jvm = self.context._jvm
        session = self._session()
        external = session.sharedState().externalCatalog()
        warehouse = session.conf().get("spark.sql.warehouse.dir").rstrip("/")
        for name, content in self.catalogue.databases.items():
            empty = jvm.PythonUtils.toScalaMap({})
            place = jvm.java.net.URI.create("{}/{}.db".format(warehouse, name.lower()))
            database = jvm.org.apache.spark.sql.catalyst.catalog.CatalogDatabase(
                name.lower(), content.get("description") or "", place, empty
            )
            external.createDatabase(database, True)

    def _make(self, entry):
        """Makes a table; keeps why it could not be made."""
        table = entry.table
        path = table["path"]
        try:
            if not os.path.exists(path):
                entry.failure = (
                    "The table {} cannot be read: there is nothing at {}. Put its data there, or correct the path of "
                    "the table in glue-ls.toml".format(entry.title(), path)
                )
                return
            session = self._session()
            session.sql(statement(entry))
            if table.get("partitions") or not table.get("columns") and _has_partitions(path):
                self._find_partitions(session, entry)
        except Exception as error:
            text = str(error).strip().split("\n")[0]
            reason = "The table {} of glue-ls.toml, over {}, cannot be made: {}"
            entry.failure = reason.format(entry.title(), path, text[:2000])
            return
        same = self.pending[entry.name.lower()]
        same.remove(entry)
        if not same:
            del self.pending[entry.name.lower()]

    def _find_partitions(self, session, entry):
        try:
            session.sql("ALTER TABLE {} RECOVER PARTITIONS".format(_name(entry)))
        except Exception:
            if entry.table.get("partitions"):
                raise


def statement(entry):
    """Returns the statement that makes a table."""
    table = entry.table
    kind = table["format"]
    options = dict(table.get("options") or {})
    known = {name.lower() for name in options}
    columns = list(table.get("columns") or [])
    partitions = list(table.get("partitions") or []) if columns else []
    if kind == "csv":
        if "header" not in known:
            options["header"] = "true"
        if not columns and "inferschema" not in known:
            options["inferSchema"] = "true"
    parts = ["CREATE TABLE IF NOT EXISTS", _name(entry)]
    if columns:
        both = ", ".join("{} {}".format(_quoted(column["name"]), column["type"]) for column in columns + partitions)
        parts.append("({})".format(both))
    parts.append("USING " + kind)
    if options:
        both = ", ".join("{} {}".format(_text(name), _text(str(value))) for name, value in options.items())
        parts.append("OPTIONS ({})".format(both))
    if partitions:
        parts.append("PARTITIONED BY ({})".format(", ".join(_quoted(column["name"]) for column in partitions)))
    parts.append("LOCATION " + _text("file:" + os.path.abspath(table["path"])))
    if table.get("description"):
        parts.append("COMMENT " + _text(table["description"]))
    return " ".join(parts)


def _has_partitions(path):
    try:
        with os.scandir(path) as entries:
            return any("=" in entry.name and entry.is_dir() for entry in entries)
    except OSError:
        return False


def _name(entry):
    return "{}.{}".format(_quoted(entry.database), _quoted(entry.name))


def _quoted(name):
    return "`{}`".format(name.replace("`", "``"))


def _text(value):
    return "'{}'".format(value.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n"))
