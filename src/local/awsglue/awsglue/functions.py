"""Functions of Spark columns."""

from pyspark.sql import functions as F


def _column(given):
    return F.col(given) if isinstance(given, str) else given


def replaceArrayElement(srcCol, replaceCol, idx):
    """The array of `srcCol` with `replaceCol` at the index `idx`, which counts from 0."""
    place = idx if hasattr(idx, "_jc") else F.lit(idx)
    new = _column(replaceCol)
    return F.transform(_column(srcCol), lambda value, at: F.when(at == place, new).otherwise(value))


def namedStruct(*cols):
    """The struct of these columns, with their names."""
    return F.struct(*cols)


def explodeWithIndex(col):
    """A row for each element of an array, in the columns `index`, which counts from 0, and `val`."""
    return F.posexplode(col).alias("index", "val")
