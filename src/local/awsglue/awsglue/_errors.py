"""Errors of a frame's steps: how many there are, the records of them, and how many are too many."""

from functools import reduce

from pyspark.sql import functions as F
from pyspark.sql import types as T

from awsglue import _columns, _kinds


class Stage:
    """A step that made a frame. `errors`, if any, makes a DataFrame of the columns msg, stackTrace, dynamicRecord."""

    def __init__(self, before=(), errors=None, info="", limit=0, total_limit=0):
        for name, value in (("stageThreshold", limit), ("totalThreshold", total_limit)):
            if isinstance(value, bool) or not isinstance(value, int) or value < 0:
                raise ValueError("%s is a number of errors from 0 on, where 0 means any number, not %r" % (name, value))
        self.before, self.errors, self.info = list(before), errors, info
        self.limit, self.total_limit = limit, total_limit
        self._count = None

    def all(self):
        """This step and all before it, each once."""
        found, todo = {}, [self]
        while todo:
            stage = todo.pop()
            if id(stage) not in found:
                found[id(stage)] = stage
                todo.extend(stage.before)
        return list(found.values())

    def count(self):
        """How many errors this step had."""
        if self._count is None:
            self._count = 0 if self.errors is None else self.errors().count()
        return self._count

    def total(self):
        """How many errors this step and all before it had."""
        return sum(stage.count() for stage in self.all())

    def check(self, name):
        """Raises RuntimeError if there are more errors than allowed."""
        for limit, count, what in (
            (self.limit, self.count, "stageThreshold"),
            (self.total_limit, self.total, "totalThreshold"),
        ):
            if limit and count() > limit:
                first = next((stage for stage in self.all() if stage.count()), self)
                row = first.errors().select("msg", "stackTrace").first()
                raise RuntimeError(
                    "%d records of the frame %r have errors, and %s allows %d%s. The first error: %s\n%s"
                    % (count(), name, what, limit, self.info and " (%s)" % self.info, row[0], row[1] or "")
                )

    def frame(self, session):
        """The error records of this step and all before it, in a column `error`."""
        found = [(stage.errors(), stage.info) for stage in self.all() if stage.errors is not None]
        kind = T.StructType([])
        for frame, _ in found:
            kind = _kinds.merge(kind, frame.schema["dynamicRecord"].dataType)
        made = []
        for frame, info in found:
            record = _columns.conform(F.col("dynamicRecord"), frame.schema["dynamicRecord"].dataType, kind)
            fields = [
                ("msg", F.col("msg")),
                ("stackTrace", F.col("stackTrace")),
                ("info", F.lit(info or None).cast("string")),
            ]
            made.append(frame.select(_columns.struct(fields + [("dynamicRecord", record)]).alias("error")))
        if not made:
            return session.createDataFrame([], T.StructType([]))
        return reduce(lambda one, other: one.unionAll(other), made)
