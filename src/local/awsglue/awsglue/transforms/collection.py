"""Transforms of collections of frames."""

from awsglue.transforms.transform import GlueTransform


class SelectFromCollection(GlueTransform):
    """Picks one frame of a collection."""

    arguments = {"key": ("String", "The name of the frame")}

    def __call__(self, dfc, key, transformation_ctx=""):
        return dfc.select(key, transformation_ctx)


class MapToCollection(GlueTransform):
    """Makes a frame of each frame of a collection."""

    arguments = {"callable": ("Function", "It gets a frame and the transformation context and returns a frame")}
    returns = ("DynamicFrameCollection", "The new frames")

    def __call__(self, dfc, callable, transformation_ctx=""):
        return dfc.map(callable, transformation_ctx)


class FlatMap(GlueTransform):
    """Applies a transform to each frame of a collection."""

    arguments = {
        "BaseTransform": ("GlueTransform", "The transform"),
        "frame_name": ("String", "The argument of the transform that takes the frame"),
        "base_kwargs": ("Dictionary", "The other arguments of the transform"),
    }
    returns = ("DynamicFrameCollection", "The new frames")

    def __call__(self, dfc, BaseTransform, frame_name, transformation_ctx="", **base_kwargs):
        def one(frame, context):
            given = dict(base_kwargs)
            given[frame_name] = frame
            if context:
                given["transformation_ctx"] = "%s_%s" % (context, frame.name)
            return BaseTransform.apply(**given)

        return dfc.flatmap(one, transformation_ctx)
