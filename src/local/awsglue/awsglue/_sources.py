"""Where a frame comes from: each connection type, and the tables of the catalogue."""

from awsglue import _local, _mixed, _tables
from awsglue._files import truth
from awsglue._formats import Source, has_class
from awsglue._jdbc import TYPES as JDBC
from awsglue._jdbc import Database

_SAMPLE = "Put sample data into files, make them a table in [local] of glue-ls.toml, and read it with from_catalog."
# Connection types that need a service; what the user could do instead is the same for all.
ELSEWHERE = (
    "dynamodb",
    "mongodb",
    "documentdb",
    "opensearch",
    "elasticsearch",
    "snowflake",
    "bigquery",
    "azuresql",
    "azurecosmos",
    "saphana",
    "teradata",
    "vertica",
    "kafka",
    "kinesis",
    "custom.athena",
    "marketplace.athena",
    "marketplace.spark",
    "marketplace.jdbc",
)
KNOWN = ("s3", "file", "parquet", "orc", "custom.jdbc", "custom.spark") + JDBC + ELSEWHERE
STREAMS = ("kafka", "kinesis")
# Options that only a stream has.
_STREAMING = (
    "startingPosition",
    "startingOffsets",
    "startingTimestamp",
    "inferSchema",
    "classification",
    "maxFetchTimeInMs",
    "maxOffsetsPerTrigger",
    "includeHeaders",
)


def read(session, kind, options, fmt, form, predicate="", dynamic=False):
    """A DataFrame of what the connection leads to, with choices if `dynamic`."""
    lower = checked_kind(kind)
    if lower in ("s3", "file"):
        return Source(session, options, form, fmt, predicate, dynamic).frame()
    if lower in ("parquet", "orc"):
        return Source(session, options, form, lower, predicate, dynamic).frame()
    if lower in JDBC or lower == "custom.jdbc":
        return Database(session, kind, options).read()
    if lower == "custom.spark":
        return _connector(session, kind, options).load()
    raise elsewhere(kind)


def checked_kind(kind):
    """The connection type in lower case; ValueError for one that there is not."""
    lower = kind.lower() if isinstance(kind, str) else kind
    if lower not in KNOWN:
        raise ValueError(f"There is no connection type {kind!r}.{_local.near(kind, KNOWN[:12])}")
    return lower


def elsewhere(kind):
    """The error for a connection type that needs a service."""
    return _local.not_here(f"connection type {kind!r}", _SAMPLE)


def connector_class(session, kind, options):
    """The class of a Spark connector. NotImplementedError if it is not on the class path."""
    name = (options or {}).get("className")
    if not name:
        raise ValueError(f'{kind}: connection_options needs "className", the connector\'s class')
    if not has_class(session, name) and not has_class(session, name + ".DefaultSource"):
        raise _local.not_here(
            f"connection type {kind!r}", f"The connector {name} is not on the class path of the local Spark. " + _SAMPLE
        )
    return name


def _connector(session, kind, options):
    name = connector_class(session, kind, options)
    rest = {key: str(value) for key, value in options.items() if key not in ("className", "connectionName")}
    return session.read.format(name).options(**rest)


def table(session, database, name, predicate="", options=None, dynamic=False):
    """A DataFrame of a table of the catalogue, of all its partitions or those for which the predicates hold."""
    options = options or {}
    found = _tables.find(session, database, name)
    # What other sessions wrote to the folder since Spark last looked is part of the table.
    found.recover_partitions()
    frame = _mixed.frame(found, found.frame()) if dynamic else found.frame()
    for wanted in (predicate, options.get("catalogPartitionPredicate")):
        if wanted:
            frame = frame.where(_tables.checked_predicate(frame, found.partitions, wanted))
    return frame


def is_stream(options):
    """Whether the options of a table are those of a stream."""
    return any(name in (options or {}) for name in _STREAMING)


def table_stream(session, database, name):
    """A stream of the files of a table, in the place of the Kafka or Kinesis stream that Glue would read."""
    found = _tables.find(session, database, name)
    if found.location is None:
        raise _local.not_here(f"a stream of {database}.{name}", "It is a view, not a table over files.")
    schema = found.schema
    _local.say_once("a stream of a table reads the table's files, and ends when it has read them all.")
    reader = session.readStream.format(found.provider).options(**found.options).schema(schema)
    return reader.load(found.location)


def sample(frame, num):
    """At most so many rows of a frame; all if no number is given."""
    return frame if num is None else frame.limit(int(num))


def truthy(options, name):
    """Whether a boolean option is set."""
    return truth((options or {}).get(name, False))
