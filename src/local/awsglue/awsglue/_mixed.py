"""Values of a CSV table that do not fit the type that the catalogue gives to their column."""

from pyspark.sql import functions as F
from pyspark.sql import types as T

from awsglue import _kinds
from awsglue._tables import quoted

_CHECKED = (T.NumericType, T.BooleanType, T.DateType, T.TimestampType)


def frame(table, found):
    """The frame `found` of a table, where a column that has other values is a choice of its type and text, as Glue reads
    it. Spark by itself makes such a value null."""
    if table.provider != "csv" or table.location is None:
        return found
    if str(table.options.get("inferSchema", table.options.get("inferschema", "false"))).lower() == "true":
        return found
    schema = table.schema
    checked = [f for f in schema.fields if isinstance(f.dataType, _CHECKED) and f.name not in table.partitions]
    if not checked:
        return found
    odd = _odd(table, schema, checked)
    if not odd:
        return found
    texts = _texts(table, schema, odd)
    columns = []
    for field in schema.fields:
        column = F.col(quoted(field.name))
        if field in odd:
            kind = _kinds.choice([field.dataType, T.StringType()])
            typed, name = column.cast(field.dataType), _kinds.name_of(field.dataType)
            values = {name: typed, "string": F.when(typed.isNull(), column)}
            parts = [values[part.name].alias(part.name, metadata=part.metadata) for part in kind.fields]
            column = F.when(column.isNotNull(), F.struct(*parts)).alias(field.name)
        columns.append(column)
    return texts.select(*columns)


def _texts(table, schema, fields):
    """The table with some columns as they are written."""
    names = {field.name for field in fields}
    own = [
        T.StructField(field.name, T.StringType() if field.name in names else field.dataType)
        for field in schema.fields
        if field.name not in table.partitions
    ]
    parts = [field for field in schema.fields if field.name in table.partitions]
    reader = table.session.read.format("csv").options(**table.options).schema(T.StructType(own + parts))
    return reader.load(table.location)


def _odd(table, schema, checked):
    """The columns with a text that is no value of their type."""
    tests = []
    for at, field in enumerate(checked):
        column = F.col(quoted(field.name))
        tests.append(F.max(column.isNotNull() & column.cast(field.dataType).isNull()).alias(str(at)))
    row = _texts(table, schema, checked).agg(*tests).collect()[0]
    return [field for at, field in enumerate(checked) if row[at]]
