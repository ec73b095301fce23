"""How files become frames: each format read as Glue reads it."""

import re
from functools import reduce
from urllib.parse import unquote

from pyspark.sql import functions as F
from pyspark.sql.types import NullType, StringType, StructField, StructType

from awsglue import _local, _documents
from awsglue._files import Listing, checked_paths, truth
from awsglue._tables import checked_predicate, quoted

_LAKES = {
    "hudi": "org.apache.hudi.DefaultSource",
    "delta": "org.apache.spark.sql.delta.sources.DeltaDataSource",
    "iceberg": "org.apache.iceberg.spark.source.IcebergSource",
}
_AVRO = "org.apache.spark.sql.avro.AvroFileFormat"
_TYPE_INFERENCE = "spark.sql.sources.partitionColumnTypeInference.enabled"
READABLE = ("csv", "json", "parquet", "orc", "avro", "xml", "ion", "grokLog", "hudi", "delta", "iceberg")


class Source:
    """One read of files. `session` is Spark's, `options` those of the connection, `form` those of the format.

    `dynamic` is for dynamic frames: a field with values of several types becomes a choice, not a text."""

    def __init__(self, session, options, form, fmt, predicate="", dynamic=False):
        self.dynamic = dynamic
        self.session, self.options, self.form = session, dict(options or {}), dict(form or {})
        self.fmt, self.predicate = checked_format(fmt), predicate
        self.paths = [] if self.fmt in _LAKES else checked_paths(self.options)
        self.listing = None

    def frame(self):
        """The frame."""
        if self.fmt in _LAKES:
            return self._lake()
        if self.fmt == "avro":
            require_class(self.session, _AVRO, "format 'avro'", "Add Spark's avro package, or use Parquet locally.")
        self.listing = Listing(
            self.session, self.paths, truth(self.options.get("recurse", False)), self.options.get("exclusions")
        )
        if not self.listing.files:
            _local.say("there are no files at " + ", ".join(self.paths) + ": the frame is empty.")
            return self.session.createDataFrame([], StructType([]))
        frame = getattr(self, "_" + self.fmt)()
        partitions = self._partitions()
        if self.predicate:
            frame = frame.where(checked_predicate(frame, partitions, self.predicate))
        return frame

    def _partitions(self):
        """The columns that folders are named after. Spark's own formats have them; of other files Glue reads only what
        is in them, unless it is asked about partitions."""
        found = self.listing.partitions
        if self.listing.nested or not found or not (self.predicate or self.fmt in ("parquet", "orc")):
            return []
        return list(dict.fromkeys(found))

    def _load(self, fmt, files=None, strings=True, schema=None, **options):
        """The files by Spark's reader; with the columns that folders are named after, as text if `strings`."""
        reader = self.session.read.format(fmt).options(**options)
        if schema is not None:
            reader = reader.schema(schema)
        paths, partitions = self.paths, self._partitions()
        if files is not None or self.listing.excluded or not partitions:
            # Of files that are named one by one, Spark takes no folders for columns, and no name for a pattern.
            paths = files or self.listing.files
            reader = reader.option("__globPaths__", "false")
            if partitions and len(self.paths) == 1:
                reader = reader.option("basePath", self.paths[0])
        before = self.session.conf.get(_TYPE_INFERENCE)
        self.session.conf.set(_TYPE_INFERENCE, "false" if strings else before)
        try:
            return reader.load(paths)
        finally:
            self.session.conf.set(_TYPE_INFERENCE, before)

    def _attached(self):
        """Columns of the file that a row comes from, which some jobs ask for."""
        found = []
        if self.form.get("attachFilename"):
            found.append(F.col("_metadata.file_path").alias(str(self.form["attachFilename"])))
        if self.form.get("attachTimestamp"):
            found.append(F.col("_metadata.file_modification_time").alias(str(self.form["attachTimestamp"])))
        return found

    def _with_attached(self, frame):
        attached = self._attached()
        return frame.select(*[F.col(quoted(name)) for name in frame.columns], *attached) if attached else frame

    def _csv(self):
        if not truth(self.form.get("withHeader", False)) or len(self.listing.files) == 1:
            return self._csv_of(None)
        groups = _by_first_line(self._load("text", wholetext="false"), self.listing.files)
        if len(groups) == 1:
            return self._csv_of(None)
        # Spark takes one header for all files; in Glue each file's own header names its columns.
        frames = [self._csv_of(files) for files in groups]
        whole = frames[0]
        for frame in frames[1:]:
            whole = whole.unionByName(frame, allowMissingColumns=True)
        return whole

    def _csv_of(self, files):
        form = self.form
        quote = str(form.get("quoteChar", '"'))
        quote = "" if quote == "-1" else quote
        escape = form.get("escaper")
        header, skip = truth(form.get("withHeader", False)), truth(form.get("skipFirst", False))
        frame = self._load(
            "csv",
            files,
            sep=str(form.get("separator", ",")),
            quote=quote,
            # Glue knows no escape character unless told one: a quote is written twice.
            escape=str(escape) if escape and str(escape) not in ("none", "-1") else (quote or "\0"),
            multiLine=str(truth(form.get("multiLine", form.get("multiline", False)))).lower(),
            header=str(header or skip).lower(),
            inferSchema="false",
            ignoreLeadingWhiteSpace="false",
            ignoreTrailingWhiteSpace="false",
        )
        partitions = self._partitions()
        data = [name for name in frame.columns if name not in partitions]
        if header and skip:
            frame = _without_first_rows(frame)
        frame = self._with_attached(frame)
        # An empty field is an empty text.
        frame = frame.fillna("", subset=[quoted(name) for name in data]) if data else frame
        if not header:
            renamed = {name: f"col{i}" for i, name in enumerate(data)}
            frame = frame.toDF(*[renamed.get(name, name) for name in frame.columns])
        return frame

    def _json(self):
        multiline = truth(self.form.get("multiline", self.form.get("multiLine", False)))
        path, schema = self.form.get("jsonPath"), _documents.spark_schema(self.form.get("withSchema"))
        steps = _documents.json_path(path) if path else []
        whole = multiline or bool(path) and (path.startswith("$[") or "[*]" in path)
        records = _documents.JsonRecords(steps, whole)
        nothing = []
        if self.dynamic and schema is None:
            shape = self._shape(records)
            if not shape.fields:
                return self.session.createDataFrame([], StructType([]))
            schema = shape.kind()
            if shape.mixed():
                return self._encoded(records, schema)
            nothing = [field.name for field in schema.fields if isinstance(field.dataType, NullType)]
            schema = _documents.readable(schema)
        if steps:
            frame = self._parsed(records, schema)
        else:
            mode = "FAILFAST" if truth(self.options.get("isFailFast", False)) else "DROPMALFORMED"
            frame = self._load("json", schema=schema, multiLine=str(multiline).lower(), mode=mode)
            frame = self._with_attached(frame)
        for name in nothing:
            frame = frame.withColumn(name, F.lit(None))
        return frame

    def _xml(self):
        records = _documents.XmlRecords(self.form)
        schema = _documents.spark_schema(self.form.get("withSchema"))
        if self.dynamic and schema is None:
            shape = self._shape(records)
            if not shape.fields:
                return self.session.createDataFrame([], StructType([]))
            schema = shape.kind()
            if shape.mixed():
                return self._encoded(records, schema)
            schema = _documents.readable(schema)
        return self._parsed(records, schema)

    def _texts(self, records):
        """A row for each document: its text, then what the record gets beside its fields."""
        if records.binary:
            text, content = self._load("binaryFile"), "content"
        else:
            text, content = self._load("text", wholetext=str(records.whole).lower()), "value"
        extra = [F.col(quoted(name)).cast("string").alias(name) for name in self._partitions()]
        return text.select(F.col(content).alias("text"), *extra, *self._attached())

    def _shape(self, records):
        shapes = self._texts(records).select("text").rdd.mapPartitions(records.shape).collect()
        return reduce(_documents.Shape.merge, shapes, _documents.Shape())

    def _encoded(self, records, kind):
        """The records, some of whose fields have values of several types, which Spark's readers cannot tell apart."""
        texts = self._texts(records)
        whole = StructType([StructField("record", kind)] + texts.schema.fields[1:])
        rows = texts.rdd.flatMap(_documents.Encoded(records, kind))
        return _flat(self.session.createDataFrame(rows, whole, verifySchema=False))

    def _parsed(self, records, schema):
        """Records that Python finds in the files, as JSON, then read by Spark."""
        texts = self._texts(records)
        shape = StructType([StructField("record", StringType())] + texts.schema.fields[1:])
        found = self.session.createDataFrame(texts.rdd.flatMap(records.rows), shape, verifySchema=False)
        if schema is None:
            schema = self.session.read.json(found.select("record").rdd.map(_documents.first)).schema
        return _flat(found.withColumn("record", F.from_json("record", schema)))

    def _parquet(self):
        merge = self.options.get("mergeSchema", self.form.get("mergeSchema"))
        options = {} if merge is None else {"mergeSchema": str(truth(merge)).lower()}
        return self._with_attached(self._load("parquet", strings=False, **options))

    def _orc(self):
        return self._with_attached(self._load("orc", strings=False))

    def _avro(self):
        return self._with_attached(self._load("avro"))

    def _ion(self):
        raise _local.not_here("format 'ion'", "Convert the files to JSON for local runs.")

    def _grokLog(self):
        raise _local.not_here("format 'grokLog'", "Read the lines with spark.read.text and regexp_extract instead.")

    def _lake(self):
        require_class(
            self.session, _LAKES[self.fmt], f"format '{self.fmt}'", "Its library is not part of the local Spark."
        )
        options = {key: str(value) for key, value in self.options.items() if key not in ("paths", "path")}
        reader = self.session.read.format(self.fmt).options(**options)
        path = self.options.get("path") or (self.options.get("paths") or [None])[0]
        return reader.load(path) if path else reader.load()


def checked_format(fmt):
    """The name of the format as written in the documentation; ValueError for one that there is not."""
    if not isinstance(fmt, str) or not fmt:
        raise ValueError('files need a format: format="csv", "json", "parquet", …')
    names = {name.lower(): name for name in READABLE}
    if fmt.lower() == "glueparquet":
        return "parquet"
    if fmt.lower() not in names:
        raise ValueError(f"There is no format {fmt!r} to read.{_local.near(fmt, READABLE)}")
    return names[fmt.lower()]


def has_class(session, name):
    """Whether Spark's Java process has the class."""
    java = session._jvm
    loader = java.java.lang.Thread.currentThread().getContextClassLoader()
    try:
        java.java.lang.Class.forName(name, False, loader)
    except Exception:
        return False
    return True


def require_class(session, name, what, advice):
    """NotImplementedError if Spark's Java process has not the class."""
    if not has_class(session, name):
        raise _local.not_here(what, advice)


def _flat(frame):
    """The fields of the first column as columns, then the other columns."""
    rest = frame.columns[1:]
    names = [name for name in frame.schema[0].dataType.names if name not in rest]
    record = F.col("record")
    return frame.select(*[record.getField(name).alias(name) for name in names], *[F.col(quoted(name)) for name in rest])


def _by_first_line(lines, files):
    """The files in groups, those with the same first line together, in the order of the list."""
    rows = (
        lines.select(F.col("_metadata.file_path").alias("file"), F.monotonically_increasing_id().alias("at"), "value")
        .groupBy("file")
        .agg(F.min_by("value", "at").alias("line"))
        .collect()
    )
    first = {_bare(row["file"]): row["line"].rstrip("\r") for row in rows}
    groups = {}
    for file in files:
        groups.setdefault(first.get(_bare(file), ""), []).append(file)
    return list(groups.values())


def _bare(address):
    """An address without its scheme and quoting, as two spellings of it are compared."""
    return unquote(re.sub(r"^[a-z0-9]+:/*", "/", address))


def _without_first_rows(frame):
    """The frame without the first row of each file."""
    names = [F.col(quoted(name)) for name in frame.columns]
    numbered = frame.select(*names, F.col("_metadata"), F.monotonically_increasing_id().alias("__at"))
    firsts = [
        row[0] for row in numbered.groupBy("_metadata.file_path").agg(F.min("__at")).select("min(__at)").collect()
    ]
    return numbered.where(~F.col("__at").isin(firsts)).select(*names)
