"""Frames made by Python functions. What a function fails for is an error record, not a failure of the job."""

import csv
import io
import json
from functools import reduce

from pyspark import StorageLevel
from pyspark.sql import functions as F
from pyspark.sql import types as T

from awsglue import _columns, _kinds, _paths, _records

_VERDICT = "__glue_verdict"
_ERROR = [T.StructField("msg", T.StringType()), T.StructField("stackTrace", T.StringType())]


def errors_kind(record):
    return T.StructType(_ERROR + [T.StructField("dynamicRecord", record)])


class Records:
    """Records that a function made: their type is only known when all of them were looked at, once."""

    def __init__(self, made, session, source=None, first=None):
        # A function may give something else each time, so both looks must see the same.
        self.made = made.persist(StorageLevel.MEMORY_AND_DISK)
        self.session, self.source, self.first = session, source, first

    def kind(self):
        """The type of the records."""
        found = reduce(_kinds.merge, self.made.mapPartitions(_records.kind_of).collect(), T.StructType([]))
        if self.source is not None:
            found = _kinds.adopt(self.source, found)
        if self.first:
            names = [name for name in self.first if name in found.names]
            names += [name for name in found.names if name not in self.first]
            found = T.StructType([found[name] for name in names])
        return found

    def frame(self, kind=None):
        """The DataFrame of the records, of a given type or of their own."""
        kind = self.kind() if kind is None else kind
        rows = self.made.filter(_records.is_record).map(_records.Encoded(kind))
        return self.session.createDataFrame(rows, kind, verifySchema=False)

    def errors(self):
        """The DataFrame of what the function failed for."""
        source = self.source if self.source is not None else T.StructType([])
        rows = self.made.filter(_records.is_error).map(_records.error_of)
        return self.session.createDataFrame(rows, errors_kind(source), verifySchema=False)


def mapped(frame, function):
    """The records that a function makes of each record."""
    _needs(function)
    made = frame.rdd.mapPartitions(_records.Mapped(function, frame.schema))
    return Records(made, frame.sparkSession, frame.schema)


def mapped_partitions(frame, function, indexed):
    """The records that a function makes of the records of each partition."""
    _needs(function)
    made = frame.rdd.mapPartitionsWithIndex(_records.MappedPartition(function, frame.schema, indexed))
    return Records(made, frame.sparkSession, frame.schema)


def records(data, session, source=None, first=None):
    """The records of an RDD or list of dictionaries and Rows. `source` is what their type is already known to be like,
    `first` are names of fields in the order in which they come first."""
    if not hasattr(data, "mapPartitions"):
        data = session.sparkContext.parallelize(list(data))
    return Records(data.mapPartitions(_records.Taken()), session, source, first)


def filtered(frame, function):
    """The DataFrame of the records that a function is true for, and what makes that of the errors."""
    _needs(function)
    verdict = F.udf(
        _records.Kept(function, frame.schema), T.StructType([T.StructField("keep", T.BooleanType())] + _ERROR)
    )
    asked = frame.withColumn(_VERDICT, verdict.asNondeterministic()(_whole(frame)))
    kept = asked.filter(F.col(_VERDICT).getField("keep")).drop(_VERDICT)
    return kept, lambda: _failed(asked, frame)


def _whole(frame):
    return _columns.struct([(name, column) for name, column, _ in _columns.of(frame)])


def _failed(asked, frame):
    verdict = F.col(_VERDICT)
    failed = asked.filter(verdict.getField("msg").isNotNull())
    fields = [verdict.getField("msg").alias("msg"), verdict.getField("stackTrace").alias("stackTrace")]
    return failed.select(*fields, _whole(frame).alias("dynamicRecord"))


def _needs(function):
    if not callable(function):
        raise TypeError("f has to be a function, not %s" % type(function).__name__)


class _Csv:
    def __init__(self, separator, quote, names):
        self.separator, self.quote, self.names = separator, quote, names

    def __call__(self, text):
        quoting = csv.QUOTE_NONE if self.quote is None else csv.QUOTE_MINIMAL
        options = {} if self.quote is None else {"quotechar": self.quote}
        rows = csv.reader(io.StringIO(text), delimiter=self.separator, quoting=quoting, **options)
        values = next(rows, [])
        names = self.names or ["col%d" % at for at in range(len(values))]
        return dict(zip(names, values))


def _reader(format, options, kind):
    if format == "json":
        known = ()
        function = json.loads
    elif format == "csv":
        known = ("separator", "quoteChar")
        quote = options.get("quoteChar", '"')
        names = kind.names if isinstance(kind, T.StructType) else None
        function = _Csv(options.get("separator", ","), None if quote in (-1, "-1") else quote, names)
    else:
        raise NotImplementedError(
            "unbox of the format %r needs the Glue service: here, formats are 'json' and 'csv'. "
            "For others, use toDF() and a function of Spark, or run this on AWS Glue" % (format,)
        )
    unknown = sorted(name for name in options if name not in known + ("withSchema",))
    if unknown:
        raise NotImplementedError("unbox of %s with %s needs the Glue service" % (format, ", ".join(unknown)))
    return function


def unboxed(frame, path, format, options):
    """The DataFrame with a string turned into what is written in it, and what makes that of the errors."""
    kind = _schema(options.get("withSchema"))
    function = _reader(str(format).lower(), options, kind)
    names = _paths.parse(path)
    found = _columns.find(_columns.of(frame), names)
    if found is None or found[2]:
        raise ValueError("There is no field %s to unbox%s" % (path, " outside of arrays" if found else ""))
    column, was, _ = found
    if not isinstance(was, T.StringType):
        raise ValueError("unbox reads strings, and %s is of the type %s" % (path, _kinds.name_of(was)))
    if kind is None:
        texts = frame.select(column.alias("text")).dropna().rdd.map(_first)
        kinds = texts.mapPartitions(_records.Parsed(function).kinds).collect()
        kind = reduce(_kinds.merge, kinds, T.NullType())
    if isinstance(kind, T.NullType) or (isinstance(kind, T.StructType) and not kind.fields):
        kind = T.StringType()
    result = T.StructType([T.StructField("value", kind)] + _ERROR)
    read = F.udf(_records.Parsed(function, kind), result).asNondeterministic()
    asked = frame.withColumn(_VERDICT, read(column))

    def visit(here, inner, _):
        if here == names:
            return [(here[-1], F.col(_VERDICT).getField("value"))]
        return None if names[: len(here)] == here else [(here[-1], inner)]

    made = _columns.edit(_columns.of(frame), visit)[0]
    fine = asked.filter(F.col(_VERDICT).getField("msg").isNull())
    return _columns.select(fine, made), lambda: _failed(asked, frame)


def _first(row):
    return row[0]


def _schema(given):
    if given is None:
        return None
    from awsglue import gluetypes

    if isinstance(given, str):
        given = gluetypes.deserialize(json.loads(given))
    return gluetypes.to_spark(given)
