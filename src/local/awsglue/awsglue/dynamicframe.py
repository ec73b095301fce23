"""DynamicFrame: records that describe themselves, here on top of a Spark DataFrame."""

import importlib
import inspect

from pyspark.sql import DataFrame
from pyspark.sql import types as T

from awsglue import _choices, _columns, _errors, _functional, _kinds, _paths, _records, _relational, _reshape, _text
from awsglue import gluetypes

_READERS = {"DynamicFrameReader": "awsglue.readers", "DynamicFrameWriter": "awsglue.writers"}


def __getattr__(name):
    # They need this module, so they are only looked up when somebody asks for them.
    if name in _READERS:
        return getattr(importlib.import_module(_READERS[name]), name)
    raise AttributeError("module %r has no attribute %r" % (__name__, name))


class ResolveOption:
    """How `DynamicFrame.toDF` shall resolve a choice: `action` is KeepAsStruct, Project or Cast, the latter two with
    the `target` type."""

    def __init__(self, path, action, target=None):
        self.path = path
        self.action = action
        self.target = target


class DynamicFrame:
    """Records with nested fields, of which one may have values of several types. `DynamicFrame.fromDF` and the
    readers of `GlueContext` make them. `name` is the user's name for it.

    All steps take `transformation_ctx`, the name of the step for job bookmarks, which do nothing here; `info`, a text
    for error records; and `stageThreshold` and `totalThreshold`, the numbers of error records that the step, and all
    steps up to it, may have before using the frame raises RuntimeError (0: any number)."""

    def __init__(self, jdf, glue_ctx, name=""):
        self._made = jdf
        self.glue_ctx = glue_ctx
        self.name = name
        self._stage = _errors.Stage()
        self._checked = False
        self._records = None

    @property
    def _df(self):
        """The DataFrame, with its choices. Whoever asks for it uses the frame, which is when its errors count."""
        if not isinstance(self._made, DataFrame):
            self._made = self._made()
        if not self._checked:
            self._stage.check(self.name)
            self._checked = True
        return self._made

    def _next(self, made, info, stageThreshold, totalThreshold, errors=None, others=()):
        frame = DynamicFrame(made, self.glue_ctx, self.name)
        before = [self._stage] + [other._stage for other in others]
        frame._stage = _errors.Stage(before, errors, info, stageThreshold, totalThreshold)
        return frame

    def _next_records(self, records, *stage):
        frame = self._next(records.frame, *stage, errors=records.errors)
        frame._records = records
        return frame

    @classmethod
    def _from_records(cls, data, glue_ctx, name="", first=None):
        """The frame of an RDD or list of dictionaries or Rows, whose types are found by looking at all of them; what is
        no record is an error. `first` are names of fields in the order in which they come first."""
        records = _functional.records(data, glue_ctx.spark_session, None, first)
        frame = cls(records.frame, glue_ctx, name)
        frame._stage = _errors.Stage((), records.errors)
        frame._records = records
        return frame

    def with_frame_schema(self, schema):
        """The frame with a schema that need not be found by looking at the records; a function may return it, too."""
        kind = gluetypes.to_spark(schema() if callable(schema) else schema)
        if not isinstance(kind, T.StructType):
            raise TypeError("The schema of a frame is a StructType, not %s" % type(schema).__name__)
        if self._records is not None:
            return self._next(lambda: self._records.frame(kind), "", 0, 0)
        return self._next(lambda: _reshape.as_kind(self._df, kind), "", 0, 0)

    def schema(self):
        """The schema, as a `gluetypes.StructType`."""
        return gluetypes.from_spark(self._df.schema)

    def printSchema(self):
        """Prints the schema as a tree."""
        print(_text.tree(self._df.schema))

    def show(self, num_rows=20):
        """Prints that many records as JSON, each on its line."""
        frame = self._df
        for row in frame.take(num_rows):
            print(_text.record(_records.decode(row, frame.schema)))
        print()

    def count(self):
        """The number of records."""
        return self._df.count()

    def toDF(self, options=None):
        """The Spark DataFrame. A field with values of several types is a struct with a field for each type, unless
        one of `options`, which are `ResolveOption`s, is for it."""
        frame = self._df
        if options:
            if not isinstance(options, (list, tuple)) or not all(isinstance(each, ResolveOption) for each in options):
                raise TypeError("The options of toDF have to be a list of ResolveOption")
            frame = _choices.by_specs(frame, [_spec(option) for option in options])
        return _columns.plain(frame)

    @classmethod
    def fromDF(cls, dataframe, glue_ctx, name=""):
        """The DynamicFrame of a Spark DataFrame."""
        if not isinstance(dataframe, DataFrame):
            hint = ", which is a DynamicFrame already" if isinstance(dataframe, DynamicFrame) else ""
            raise TypeError("fromDF needs a Spark DataFrame, not %s%s" % (type(dataframe).__name__, hint))
        return cls(dataframe, glue_ctx, name)

    def filter(self, f, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        """The records for which the function is true. It gets each as a dictionary."""
        made, errors = _functional.filtered(self._df, f)
        return self._next(made, info, stageThreshold, totalThreshold, errors)

    def map(self, f, preservesPartitioning=False, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        """The records that the function makes of each. It gets and returns a dictionary."""
        return self._next_records(_functional.mapped(self._df, f), info, stageThreshold, totalThreshold)

    def mapPartitions(
        self, f, preservesPartitioning=True, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0
    ):
        """The records that the function makes of those of each partition. It gets an iterator and returns something to
        iterate over."""
        records = _functional.mapped_partitions(self._df, f, False)
        return self._next_records(records, info, stageThreshold, totalThreshold)

    def mapPartitionsWithIndex(
        self, f, preservesPartitioning=False, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0
    ):
        """As `mapPartitions`; the function gets the partition's index and the iterator."""
        records = _functional.mapped_partitions(self._df, f, True)
        return self._next_records(records, info, stageThreshold, totalThreshold)

    def unbox(self, path, format, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0, **options):
        """The frame with a string turned into what is written in it. The formats are json and csv."""
        made, errors = _functional.unboxed(self._df, path, format, options)
        return self._next(made, info, stageThreshold, totalThreshold, errors)

    def drop_fields(self, paths, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        """The frame without these fields."""
        frame = self._df
        made = _columns.leave_out(_columns.of(frame), _paths.parse_all(paths))
        return self._next(_columns.select(frame, made), info, stageThreshold, totalThreshold)

    def select_fields(self, paths, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        """The frame with nothing but these fields."""
        frame = self._df
        made = _columns.take(_columns.of(frame), _paths.parse_all(paths))
        return self._next(_columns.select(frame, made), info, stageThreshold, totalThreshold)

    def split_fields(self, paths, name1, name2, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        """Two frames: one with these fields, one with all others."""
        stage = (transformation_ctx, info, stageThreshold, totalThreshold)
        frames = {name1: self.select_fields(paths, *stage), name2: self.drop_fields(paths, *stage)}
        return self._collection(frames)

    def split_rows(
        self, comparison_dict, name1, name2, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0
    ):
        """Two frames: one with the records for which all comparisons hold, one with all others."""
        frame = self._df
        holds = _reshape.condition(frame, comparison_dict)
        stage = (info, stageThreshold, totalThreshold)
        frames = {name1: self._next(frame.filter(holds), *stage), name2: self._next(frame.filter(~holds), *stage)}
        return self._collection(frames)

    def _collection(self, frames):
        for name, frame in frames.items():
            frame.name = name
        return DynamicFrameCollection(frames, self.glue_ctx)

    def rename_field(self, oldName, newName, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        """The frame with a field under another path."""
        return self._next(_reshape.rename(self._df, oldName, newName), info, stageThreshold, totalThreshold)

    def write(self, connection_type, connection_options={}, format=None, format_options={}, accumulator_size=0):
        """Writes the frame to a store."""
        return self.glue_ctx.write_dynamic_frame_from_options(
            self, connection_type, connection_options, format, format_options
        )

    def spigot(self, path, options={}, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        """The same frame; some of its records are written to `path` as JSON: the first `topk`, or each with the
        probability `prob`, or all."""
        options = dict(options or {})
        frame = self.toDF()
        for name in options:
            if name not in ("topk", "prob"):
                raise ValueError("spigot has the options topk and prob, not %r" % name)
        if "prob" in options:
            frame = frame.sample(False, float(options["prob"]))
        if "topk" in options:
            frame = frame.limit(int(options["topk"]))
        frame.write.mode("append").json(path)
        return self._next(self._df, info, stageThreshold, totalThreshold)

    def join(self, paths1, paths2, frame2, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        """The inner join with another frame by equal keys. Fields of `frame2` whose names this frame has, too, get a
        dot before their names."""
        made = _reshape.join(self._df, _frame(frame2)._df, paths1, paths2)
        return self._next(made, info, stageThreshold, totalThreshold, others=[frame2])

    def unnest(self, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        """The frame with the fields of structs as its own, under names with dots."""
        return self._next(_relational.unnest(self._df), info, stageThreshold, totalThreshold)

    def relationalize(
        self,
        root_table_name,
        staging_path,
        options={},
        transformation_ctx="",
        info="",
        stageThreshold=0,
        totalThreshold=0,
    ):
        """The frame as flat tables: one of the name `root_table_name`, and one for each array. Nothing is written to
        `staging_path` here."""
        tables = _relational.relationalize(self._df, root_table_name)
        stage = (info, stageThreshold, totalThreshold)
        return self._collection({name: self._next(table, *stage) for name, table in tables.items()})

    def applyMapping(self, *args, **kwargs):
        """As `apply_mapping`."""
        return self.apply_mapping(*args, **kwargs)

    def apply_mapping(
        self, mappings, case_sensitive=False, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0
    ):
        """The frame of the fields that `mappings` name: tuples of source, source type, target, target type. The other
        fields are left out."""
        made = _reshape.apply_mapping(self._df, mappings, case_sensitive)
        return self._next(made, info, stageThreshold, totalThreshold)

    def unnest_ddb_json(self, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        """The frame of an export of DynamoDB with plain values, the fields of maps under names with dots."""
        return self._next(_relational.unnest_ddb(self._df), info, stageThreshold, totalThreshold)

    def simplify_ddb_json(self):
        """The frame of an export of DynamoDB with plain values, its maps as structs."""
        return self._next(_relational.simplify_ddb(self._df), "", 0, 0)

    def resolveChoice(
        self,
        specs=None,
        choice="",
        database=None,
        table_name=None,
        transformation_ctx="",
        info="",
        stageThreshold=0,
        totalThreshold=0,
        catalog_id=None,
    ):
        """The frame without choices: `specs` is a list of (path, action), `choice` is an action for all of them.
        Actions are cast:TYPE, project:TYPE, make_cols and make_struct; `choice` may be match_catalog, which takes the
        types of a table. ValueError unless exactly one of both is given."""
        if bool(specs) == bool(choice):
            raise ValueError("resolveChoice needs either specs or choice, and not both")
        if choice == "match_catalog":
            if not database or not table_name:
                raise ValueError("resolveChoice with choice='match_catalog' needs database and table_name")
            table = "%s.%s" % (_paths.quote(database), _paths.quote(table_name))
            made = _choices.by_schema(self._df, self.glue_ctx.spark_session.table(table).schema)
        elif choice:
            made = _choices.everywhere(self._df, choice)
        else:
            made = _choices.by_specs(self._df, specs)
        return self._next(made, info, stageThreshold, totalThreshold)

    def mergeDynamicFrame(
        self,
        stage_dynamic_frame,
        primary_keys,
        transformation_ctx="",
        options={},
        info="",
        stageThreshold=0,
        totalThreshold=0,
    ):
        """The records of the staging frame, and those of this one whose keys the staging frame does not have."""
        made = _reshape.merge(self._df, _frame(stage_dynamic_frame)._df, primary_keys)
        return self._next(made, info, stageThreshold, totalThreshold, others=[stage_dynamic_frame])

    def union(self, other_frame, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        """The records of both frames, by the names of their fields."""
        made = _reshape.union(self._df, _frame(other_frame)._df)
        return self._next(made, info, stageThreshold, totalThreshold, others=[other_frame])

    def getNumPartitions(self):
        """The number of partitions."""
        return self._df.rdd.getNumPartitions()

    def repartition(self, num_partitions, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        """The frame in that many partitions."""
        return self._next(self._df.repartition(num_partitions), info, stageThreshold, totalThreshold)

    def coalesce(
        self, num_partitions, shuffle=False, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0
    ):
        """The frame in no more than that many partitions; more, too, with `shuffle`."""
        frame = self._df.repartition(num_partitions) if shuffle else self._df.coalesce(num_partitions)
        return self._next(frame, info, stageThreshold, totalThreshold)

    def errorsAsDynamicFrame(self):
        """The error records of this step and those before it: `error` with msg, stackTrace, info, dynamicRecord."""
        made = self._stage.frame(self.glue_ctx.spark_session)
        return DynamicFrame(made, self.glue_ctx, self.name)

    def errorsCount(self):
        """The number of error records of this step and those before it."""
        return self._stage.total()

    def stageErrorsCount(self):
        """The number of error records of this step."""
        return self._stage.count()

    def assertErrorThreshold(self):
        """Raises RuntimeError if there are more error records than the thresholds allow."""
        self._stage.check(self.name)

    def _without_null_fields(self, info, stageThreshold, totalThreshold):
        return self._next(_reshape.without_null_fields(self._df), info, stageThreshold, totalThreshold)


def _spec(option):
    action = str(option.action).lower()
    if action == "keepasstruct":
        return option.path, "make_struct"
    if action not in ("project", "cast"):
        raise ValueError("The action of a ResolveOption is KeepAsStruct, Project or Cast, not %r" % (option.action,))
    target = option.target
    target = target if isinstance(target, str) else _kinds.parse(target).simpleString() if target else ""
    return option.path, "%s:%s" % (action, target)


def _frame(given):
    if not isinstance(given, DynamicFrame):
        hint = ": make one with DynamicFrame.fromDF" if isinstance(given, DataFrame) else ""
        raise TypeError("A DynamicFrame is needed, not %s%s" % (type(given).__name__, hint))
    return given


class DynamicFrameCollection:
    """Frames by names, of a dictionary or of a list of frames that have names."""

    def __init__(self, dynamic_frames, glue_ctx):
        if isinstance(dynamic_frames, DynamicFrame):
            dynamic_frames = [dynamic_frames]
        if not isinstance(dynamic_frames, dict):
            dynamic_frames = {_frame(frame).name: frame for frame in dynamic_frames}
        self._frames = {name: _frame(frame) for name, frame in dynamic_frames.items()}
        self._glue_ctx = glue_ctx

    def __getitem__(self, key):
        return self._frames[key]

    def __len__(self):
        return len(self._frames)

    def __iter__(self):
        return iter(self._frames)

    def __contains__(self, key):
        return key in self._frames

    def keys(self):
        """The names."""
        return self._frames.keys()

    def values(self):
        """The frames."""
        return self._frames.values()

    def items(self):
        """The names and frames."""
        return self._frames.items()

    def select(self, key, transformation_ctx=""):
        """The frame of that name; one without records if there is none."""
        if key in self._frames:
            return self._frames[key]
        _reshape.warn(
            "The collection has no frame %r, but %s" % (key, ", ".join(map(repr, self._frames)) or "none at all")
        )
        empty = self._glue_ctx.spark_session.createDataFrame([], T.StructType([]))
        return DynamicFrame(empty, self._glue_ctx, key)

    def map(self, callable, transformation_ctx=""):
        """The collection of the frames that a function makes of each frame and the transformation context."""
        return self.flatmap(callable, transformation_ctx)

    def flatmap(self, f, transformation_ctx=""):
        """As `map`; the function may also return collections, whose frames are taken with their names."""
        made = {}
        for name, frame in self._frames.items():
            result = f(frame, transformation_ctx) if _takes_context(f) else f(frame)
            if not isinstance(result, DynamicFrameCollection):
                made[name] = _frame(result)
                continue
            for inner, each in result.items():
                made["%s_%s" % (name, inner) if inner in made else inner] = each
        return DynamicFrameCollection(made, self._glue_ctx)


def _takes_context(function):
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return True
    try:
        signature.bind(None, "")
    except TypeError:
        return False
    return True
