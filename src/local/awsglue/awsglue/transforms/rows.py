"""Transforms of records."""

from awsglue.transforms.transform import GlueTransform


class Coalesce(GlueTransform):
    """Lowers the number of partitions."""

    arguments = {
        "num_partitions": ("Integer", "The number of partitions"),
        "shuffle": ("Boolean", "Whether the records may be distributed anew"),
    }

    def __call__(
        self,
        frame,
        num_partitions,
        shuffle=False,
        transformation_ctx="",
        info="",
        stageThreshold=0,
        totalThreshold=0,
    ):
        return frame.coalesce(num_partitions, shuffle, transformation_ctx, info, stageThreshold, totalThreshold)


class ErrorsAsDynamicFrame(GlueTransform):
    """Returns the error records of a frame."""

    def __call__(self, frame):
        return frame.errorsAsDynamicFrame()


class Filter(GlueTransform):
    """Keeps the records for which a function is true."""

    arguments = {"f": ("Function", "It gets a record, a dictionary, and returns whether to keep it")}

    def __call__(self, frame, f, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        return frame.filter(f, transformation_ctx, info, stageThreshold, totalThreshold)


class Join(GlueTransform):
    """Joins two frames by equal keys."""

    arguments = {
        "keys1": ("List of strings", "The keys of the first frame"),
        "keys2": ("List of strings", "The keys of the second frame"),
    }

    def __call__(self, frame1, frame2, keys1, keys2, transformation_ctx=""):
        return frame1.join(keys1, keys2, frame2, transformation_ctx)


class Map(GlueTransform):
    """Makes a record of each record."""

    arguments = {
        "f": ("Function", "It gets a record, a dictionary, and returns one"),
        "preservesPartitioning": ("Boolean", "Whether the records stay in their partitions"),
    }

    def __call__(
        self,
        frame,
        f,
        preservesPartitioning=False,
        transformation_ctx="",
        info="",
        stageThreshold=0,
        totalThreshold=0,
    ):
        return frame.map(f, preservesPartitioning, transformation_ctx, info, stageThreshold, totalThreshold)


class Repartition(GlueTransform):
    """Changes the number of partitions."""

    arguments = {"num_partitions": ("Integer", "The number of partitions")}

    def __call__(self, frame, num_partitions, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        return frame.repartition(num_partitions, transformation_ctx, info, stageThreshold, totalThreshold)


class Spigot(GlueTransform):
    """Writes some records to a place, and passes all of them on."""

    arguments = {
        "path": ("String", "The folder to write to"),
        "options": ("Dictionary", "topk, the number of first records, or prob, the probability of each"),
    }

    def __call__(self, frame, path, options, transformation_ctx=""):
        return frame.spigot(path, options, transformation_ctx)


class SplitRows(GlueTransform):
    """Makes two frames: one of the records for which all comparisons hold, one of all others."""

    arguments = {
        "comparison_dict": ("Dictionary", "Comparisons with values by paths, such as {'age': {'>': 10}}"),
        "name1": ("String", "The name of the frame of those records"),
        "name2": ("String", "The name of the frame of all others"),
    }
    returns = ("DynamicFrameCollection", "The two frames")

    def __call__(
        self,
        frame,
        comparison_dict,
        name1="frame1",
        name2="frame2",
        transformation_ctx="",
        info=None,
        stageThreshold=0,
        totalThreshold=0,
    ):
        stage = (transformation_ctx, info or "", stageThreshold, totalThreshold)
        return frame.split_rows(comparison_dict, name1, name2, *stage)


class Union(GlueTransform):
    """Puts the records of two frames into one."""

    def __call__(self, frame1, frame2, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        return frame1.union(frame2, transformation_ctx, info, stageThreshold, totalThreshold)
