"""Where a frame goes to: files, databases, and the tables of the catalogue."""

import os

from pyspark.sql import functions as F
from pyspark.sql.types import NullType

from awsglue import _local, _tables
from awsglue._files import checked_path, truth
from awsglue._formats import _AVRO, _LAKES, require_class
from awsglue._jdbc import TYPES as JDBC
from awsglue._jdbc import Database
from awsglue._sources import checked_kind, connector_class, elsewhere
from awsglue.dynamicframe import DynamicFrame, DynamicFrameCollection

WRITABLE = ("csv", "json", "parquet", "glueparquet", "orc", "avro", "hudi", "delta", "iceberg")
_CODECS = {"gzip", "bzip2", "snappy", "lz4", "deflate", "none", "uncompressed", "lzo", "zstd", "zlib", "brotli"}


def frame_of(frame):
    """The DataFrame of a DynamicFrame; a DataFrame as it is."""
    return _without_doubles(frame.toDF()) if isinstance(frame, DynamicFrame) else frame


def _without_doubles(frame):
    """The frame without columns of the same name but for the last one: a record has each field once."""
    names = frame.columns
    if len(set(names)) == len(names):
        return frame
    numbered = frame.toDF(*[str(at) for at in range(len(names))])
    last = {name: at for at, name in enumerate(names)}
    doubles = sorted({name for name in names if names.count(name) > 1})
    _local.say_once("the frame has several columns " + ", ".join(doubles) + ": the last of each name is written.")
    return numbered.select(*[F.col(str(at)).alias(name) for name, at in last.items()])


def frames_of(frame_or_collection):
    """(name, frame) for each frame of a collection; the name is None for a single frame."""
    if isinstance(frame_or_collection, DynamicFrameCollection):
        return [(name, frame_or_collection[name]) for name in frame_or_collection.keys()]
    return [(None, frame_or_collection)]


def write(session, frame, kind, options, fmt, form):
    """Writes a frame, or each frame of a collection to a folder or table of its own name. Returns nothing."""
    lower = checked_kind(kind)
    for name, one in frames_of(frame):
        own = dict(options or {})
        if name is not None and lower in ("s3", "file"):
            own["path"] = checked_path(own).rstrip("/") + "/" + name
        elif name is not None:
            own["dbtable"] = name
        _write(session, frame_of(one), kind, lower, own, fmt, dict(form or {}))


def _write(session, frame, kind, lower, options, fmt, form):
    if lower in ("s3", "file"):
        to_files(session, frame, checked_path(options), fmt, form, options)
    elif lower in JDBC or lower == "custom.jdbc":
        Database(session, kind, options).write(frame)
    elif lower == "custom.spark":
        name = connector_class(session, kind, options)
        rest = {key: str(value) for key, value in options.items() if key not in ("className", "connectionName")}
        frame.write.format(name).options(**rest).mode("append").save()
    else:
        raise elsewhere(kind)


def to_files(session, frame, path, fmt, form, options):
    """Adds files to a folder. `options` are the connection's: partitionKeys, compression."""
    fmt = _checked_format(fmt)
    if fmt in _LAKES:
        require_class(session, _LAKES[fmt], f"format '{fmt}'", "Its library is not part of the local Spark.")
    if fmt == "avro":
        require_class(session, _AVRO, "format 'avro'", "Add Spark's avro package, or write Parquet locally.")
    if not frame.columns:
        _local.say(f"the frame has no columns: nothing is written to {path}.")
        return
    frame = _without_nothing(frame)
    keys = partition_keys(frame, options)
    writer = frame.write.format("parquet" if fmt == "glueparquet" else fmt).mode("append")
    for name, value in _spark_options(fmt, form, options).items():
        writer = writer.option(name, value)
    if keys:
        writer = writer.partitionBy(*keys)
    writer.save(path)


def _without_nothing(frame):
    """The frame without columns that never had a value, which Spark's writers refuse."""
    names = [field.name for field in frame.schema.fields if isinstance(field.dataType, NullType)]
    return frame.drop(*names) if names else frame


def partition_keys(frame, options):
    """The partition columns that the options name; ValueError for one that the frame has not."""
    keys = options.get("partitionKeys") or []
    if isinstance(keys, str):
        raise TypeError('"partitionKeys" must be a list of column names')
    names = {name.lower(): name for name in frame.columns}
    for key in keys:
        if str(key).lower() not in names:
            raise ValueError(f"partitionKeys: the frame has no column {key!r}.{_local.near(key, frame.columns)}")
    return [names[str(key).lower()] for key in keys]


def _checked_format(fmt):
    if not isinstance(fmt, str) or not fmt:
        raise ValueError('files need a format: format="parquet", "csv", "json", …')
    if fmt.lower() in ("xml", "ion", "groklog"):
        raise ValueError(f"Glue reads the format {fmt!r}, but does not write it.")
    if fmt.lower() not in WRITABLE:
        raise ValueError(f"There is no format {fmt!r} to write.{_local.near(fmt, WRITABLE)}")
    return fmt.lower()


def _spark_options(fmt, form, options):
    found = {}
    codec = options.get("compression", form.get("compression"))
    if codec is not None:
        if str(codec).lower() not in _CODECS:
            raise ValueError(f"There is no compression {codec!r}.{_local.near(codec, _CODECS)}")
        found["compression"] = str(codec).lower()
    if fmt == "csv":
        quote = str(form.get("quoteChar", '"'))
        found["sep"] = str(form.get("separator", ","))
        # Spark writes a quote of this character nowhere: it cannot be in a text.
        found["quote"] = "\0" if quote == "-1" else quote
        found["escape"] = found["quote"]
        found["header"] = str(truth(form.get("writeHeader", True))).lower()
        found["emptyValue"] = ""
        found["ignoreLeadingWhiteSpace"] = found["ignoreTrailingWhiteSpace"] = "false"
    elif fmt in ("parquet", "glueparquet"):
        if form.get("blockSize"):
            found["parquet.block.size"] = str(form["blockSize"])
        if form.get("pageSize"):
            found["parquet.page.size"] = str(form["pageSize"])
    elif fmt in _LAKES:
        found.update({k: str(v) for k, v in options.items() if k not in ("path", "partitionKeys", "compression")})
    return found


def _make_room(database, name):
    """Makes the folder of a table that has columns and no data yet: in S3 there are no folders to be missing."""
    found = _local.catalogue().get("databases") or {}
    tables = (found.get(str(database).strip().lower()) or {}).get("tables") or {}
    table = tables.get(str(name).strip().lower()) or {}
    path = str(table.get("path") or "")
    if path and table.get("columns") and not os.path.splitext(path)[1]:
        os.makedirs(path, exist_ok=True)


def to_table(session, frame, database, name, options=None):
    """Adds the rows to a table of the catalogue. Columns go by their names; what a row has not is null."""
    options = dict(options or {})
    _make_room(database, name)
    table = _tables.find(session, database, name)
    if table.location is None:
        raise _local.not_here(f"writing to {database}.{name}", "It is a view, not a table over files.")
    if not frame.columns:
        _local.say(f"the frame has no columns: nothing is written to {database}.{name}.")
        return
    update = truth(options.get("enableUpdateCatalog", False))
    if update:
        _add_columns(session, table, frame, options)
    if table.partitions and not options.get("partitionKeys"):
        _local.say_once(
            f"{database}.{name} is partitioned by {', '.join(table.partitions)}, but partitionKeys does not say so: "
            "on Glue the files would go beside the partitions, where no query finds them."
        )
    names = {column.lower(): column for column in frame.columns}
    missing = [key for key in table.partitions if key.lower() not in names]
    if missing:
        raise ValueError(f"The frame has no column {missing[0]!r}, by which {database}.{name} is partitioned.")
    ordered, known = [], set()
    for field in table.schema.fields:
        known.add(field.name.lower())
        column = names.get(field.name.lower())
        source = frame[_tables.quoted(column)] if column else F.lit(None)
        ordered.append(source.cast(field.dataType).alias(field.name))
    dropped = [column for column in frame.columns if column.lower() not in known]
    if dropped:
        _local.say_once(f"{database}.{name} has no column {', '.join(dropped)}: left out.")
    writer = frame.select(*ordered).write.format(table.provider).options(**table.options).mode("append")
    if table.partitions:
        writer = writer.partitionBy(*table.partitions)
    writer.save(table.location)
    table.recover_partitions()


def update_catalogue(session, frame, database, name, path, fmt, options):
    """Makes or widens the table of the files just written. It lasts as long as the session."""
    frame = _without_nothing(frame)
    fmt = "parquet" if fmt.lower() == "glueparquet" else fmt.lower()
    keys = partition_keys(frame, options)
    full = _tables.quoted(database.lower(), name.lower())
    if session.catalog.tableExists(full):
        table = _tables.find(session, database, name)
        if options.get("updateBehavior", "UPDATE_IN_DATABASE") == "UPDATE_IN_DATABASE":
            _add_columns(session, table, frame, options)
    else:
        columns = _tables.column_list(session, frame.schema.fields)
        by = f" PARTITIONED BY ({_tables.quoted_list(keys)})" if keys else ""
        header = " OPTIONS (header 'true')" if fmt == "csv" else ""
        location = path.replace("\\", "\\\\").replace("'", "\\'")
        session.sql(f"CREATE TABLE {full} ({columns}) USING {fmt}{header}{by} LOCATION '{location}'")
        _local.say(
            f"the table {database}.{name} lasts as long as this session. "
            "To keep it, put it into [local] of glue-ls.toml."
        )
        table = _tables.find(session, database, name)
    table.recover_partitions()


def _add_columns(session, table, frame, options):
    if options.get("updateBehavior", "UPDATE_IN_DATABASE") != "UPDATE_IN_DATABASE":
        return
    have = {name.lower() for name in table.schema.names}
    new = [field for field in frame.schema.fields if field.name.lower() not in have]
    if new:
        session.sql(f"ALTER TABLE {table.full_name} ADD COLUMNS ({_tables.column_list(session, new)})")
