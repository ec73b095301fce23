"""Transforms that make nested data flat."""

from awsglue.transforms.transform import GlueTransform


class Relationalize(GlueTransform):
    """Makes flat tables of nested data: one of the records, and one for each array."""

    arguments = {
        "staging_path": ("String", "Where the service keeps what it works on; nothing is written to it here"),
        "name": ("String", "The name of the table of the records"),
        "options": ("Dictionary", "Options of the service"),
    }
    returns = ("DynamicFrameCollection", "The tables")

    def __call__(
        self,
        frame,
        staging_path=None,
        name="roottable",
        options=None,
        transformation_ctx="",
        info="",
        stageThreshold=0,
        totalThreshold=0,
    ):
        stage = (transformation_ctx, info, stageThreshold, totalThreshold)
        return frame.relationalize(name, staging_path, options or {}, *stage)


class UnnestFrame(GlueTransform):
    """Makes the fields of structs fields of the frame."""

    def __call__(self, frame, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        return frame.unnest(transformation_ctx, info, stageThreshold, totalThreshold)
