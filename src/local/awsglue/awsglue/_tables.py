"""Tables of Spark's catalogue, where the local Glue has put its own."""

import json

from pyspark.sql.types import StructType

from awsglue import _local

try:
    from pyspark.errors import AnalysisException
except ImportError:  # before Spark 3.4
    from pyspark.sql.utils import AnalysisException


class EntityNotFoundException(AnalysisException):
    """A database or a table is not in the catalogue."""


class Table:
    """A table: `database`, `name`, `location` (a URI, None for a view), `provider`, `schema`, `partitions` (names)."""

    def __init__(self, session, database, name):
        self.session, self.database, self.name = session, database, name
        self.full_name = quoted(database, name)
        java = session._jvm
        identifier = java.org.apache.spark.sql.catalyst.TableIdentifier(name, java.scala.Option.apply(database))
        entry = session._jsparkSession.sessionState().catalog().getTableMetadata(identifier)
        location = entry.storage().locationUri()
        self.location = location.get().toString() if location.isDefined() else None
        provider = entry.provider()
        self.provider = provider.get().lower() if provider.isDefined() else None
        names = entry.partitionColumnNames()
        self.partitions = [names.apply(i) for i in range(names.size())]
        options = entry.storage().properties().iterator()
        self.options = {}
        while options.hasNext():
            pair = options.next()
            if pair._1() not in ("path", "serialization.format"):
                self.options[pair._1()] = pair._2()

    def frame(self):
        """The table as a DataFrame."""
        return self.session.table(self.full_name)

    @property
    def schema(self):
        """The schema, partition columns last."""
        return self.frame().schema

    def recover_partitions(self):
        """Makes folders that came to the table visible, and forgets what Spark remembers of its files."""
        if self.partitions and self.location:
            self.session.catalog.recoverPartitions(self.full_name)
        self.session.catalog.refreshTable(self.full_name)


def checked_predicate(frame, partitions, predicate):
    """The predicate; an AnalysisException if it speaks of columns that are no partition columns."""
    # Of a frame that has more columns Spark would find those as well, even after a select.
    schema = StructType([field for field in frame.schema.fields if field.name in partitions])
    try:
        frame.sparkSession.createDataFrame([], schema).where(predicate)
    except AnalysisException as error:
        have = ", ".join(partitions)
        raise AnalysisException(
            f"User's pushdown predicate: {predicate} can not be resolved against partition columns: [{have}]"
        ) from error
    return predicate


def quoted(*names):
    """The names as SQL writes them."""
    return ".".join("`" + str(name).replace("`", "``") + "`" for name in names)


def find(session, database, name):
    """The table. EntityNotFoundException, with what the user may have meant, if it is not there."""
    if not database or not name:
        raise ValueError("from_catalog needs both database and table_name")
    # Glue writes all names in lower case.
    database, name = str(database).strip().lower(), str(name).strip().lower()
    check_database(session, database)
    if not session.catalog.tableExists(quoted(database, name)):
        _say_why(session, quoted(database, name))
        names = [table.name for table in session.catalog.listTables(quoted(database)) if not table.isTemporary]
        raise EntityNotFoundException(
            f"Entity Not Found: there is no table {name!r} in database {database!r}.{_local.near(name, names)} "
            "Tables come from [local] in glue-ls.toml."
        )
    return Table(session, database, name)


def _say_why(session, full_name):
    # A table that the settings name but Spark could not make has a better reason than that it is not there.
    try:
        session.table(full_name)
    except AnalysisException as error:
        if "TABLE_OR_VIEW_NOT_FOUND" not in str(error):
            raise


def check_database(session, database):
    """EntityNotFoundException if the database is not there."""
    if not session.catalog.databaseExists(quoted(database)):
        names = [entry.name for entry in session.catalog.listDatabases()]
        raise EntityNotFoundException(
            f"Entity Not Found: there is no database {database!r}.{_local.near(database, names)} "
            "Databases come from [local] in glue-ls.toml."
        )


def table_of(name, kwargs):
    """The table's name, by the argument's older name as well."""
    return kwargs.pop("tableName", None) if name is None else name


def database_of(database, arguments):
    """The name of the database, which old code calls `name_space`."""
    name_space = arguments.pop("name_space", None)
    if name_space is not None:
        if database is not None:
            raise ValueError("name_space and database mean the same: give only database")
        return name_space
    return database


def quoted_list(names):
    """Names in the list of an SQL statement."""
    return ", ".join(quoted(name) for name in names)


def column_list(session, fields):
    """The columns as SQL declares them; any may be null."""
    schema = {"type": "struct", "fields": [dict(field.jsonValue(), nullable=True, metadata={}) for field in fields]}
    return session._jvm.org.apache.spark.sql.types.DataType.fromJson(json.dumps(schema)).toDDL()
