"""Transforms of fields."""

from awsglue.transforms.transform import GlueTransform


class ApplyMapping(GlueTransform):
    """Selects, renames and casts fields."""

    arguments = {
        "mappings": ("List of tuples", "Source field, source type, target field, target type"),
        "case_sensitive": ("Boolean", "Whether the case of source fields counts"),
    }
    errors = (
        ("TypeError", "A mapping is no tuple"),
        ("ValueError", "A mapping has neither 2 nor 3 nor 4 items, or a type that does not exist"),
    )

    def __call__(
        self,
        frame,
        mappings,
        case_sensitive=False,
        transformation_ctx="",
        info="",
        stageThreshold=0,
        totalThreshold=0,
    ):
        return frame.apply_mapping(mappings, case_sensitive, transformation_ctx, info, stageThreshold, totalThreshold)


class DropFields(GlueTransform):
    """Leaves fields out."""

    def __call__(self, frame, paths, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        return frame.drop_fields(paths, transformation_ctx, info, stageThreshold, totalThreshold)


class DropNullFields(GlueTransform):
    """Leaves out fields whose type is null: those without a value in any record."""

    def __call__(self, frame, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        return frame._without_null_fields(info, stageThreshold, totalThreshold)


class RenameField(GlueTransform):
    """Renames a field."""

    arguments = {"old_name": ("String", "The path of the field"), "new_name": ("String", "Its new path")}

    def __call__(self, frame, old_name, new_name, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        return frame.rename_field(old_name, new_name, transformation_ctx, info, stageThreshold, totalThreshold)


class ResolveChoice(GlueTransform):
    """Resolves fields that have values of several types."""

    arguments = {
        "specs": ("List of tuples", "Path and action: cast:TYPE, project:TYPE, make_cols or make_struct"),
        "choice": ("String", "An action for all such fields; match_catalog takes the types of a table"),
        "database": ("String", "The database of the table for match_catalog"),
        "table_name": ("String", "The table for match_catalog"),
        "catalog_id": ("String", "The catalogue of the table"),
    }
    errors = (("ValueError", "Both or neither of specs and choice are given, or an action does not exist"),)

    def __call__(
        self,
        frame,
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
        return frame.resolveChoice(
            specs, choice, database, table_name, transformation_ctx, info, stageThreshold, totalThreshold, catalog_id
        )


class SelectFields(GlueTransform):
    """Keeps nothing but some fields."""

    def __call__(self, frame, paths, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        return frame.select_fields(paths, transformation_ctx, info, stageThreshold, totalThreshold)


class SplitFields(GlueTransform):
    """Makes two frames: one of some fields, one of all others."""

    arguments = {
        "name1": ("String", "The name of the frame of these fields"),
        "name2": ("String", "The name of the frame of all others"),
    }
    returns = ("DynamicFrameCollection", "The two frames")

    def __call__(
        self,
        frame,
        paths,
        name1=None,
        name2=None,
        transformation_ctx="",
        info="",
        stageThreshold=0,
        totalThreshold=0,
    ):
        name1 = frame.name + "1" if name1 is None else name1
        name2 = frame.name + "2" if name2 is None else name2
        return frame.split_fields(paths, name1, name2, transformation_ctx, info, stageThreshold, totalThreshold)


class Unbox(GlueTransform):
    """Turns a string into what is written in it."""

    arguments = {
        "format": ("String", "How it is written: json or csv"),
        "options": ("Dictionary", "Options of the format, and withSchema, a schema as JSON"),
    }

    def __call__(
        self, frame, path, format, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0, **options
    ):
        return frame.unbox(path, format, transformation_ctx, info, stageThreshold, totalThreshold, **options)
