"""What all transforms have."""

import inspect

# What the arguments mean that most transforms have.
_COMMON = {
    "frame": ("DynamicFrame", "The frame to work on"),
    "frame1": ("DynamicFrame", "The first frame"),
    "frame2": ("DynamicFrame", "The second frame"),
    "dfc": ("DynamicFrameCollection", "The collection to work on"),
    "paths": ("List of strings", "The paths of fields"),
    "path": ("String", "The path"),
    "transformation_ctx": ("String", "The name of the step for job bookmarks"),
    "info": ("String", "A text for the error records of this step"),
    "stageThreshold": ("Integer", "How many error records this step may have; 0 for any number"),
    "totalThreshold": ("Integer", "How many error records there may be up to this step; 0 for any number"),
}


class GlueTransform:
    """A step. `apply` does it with the arguments of `__call__`; the `describe` functions tell about it."""

    # Of arguments that other transforms do not have: type and meaning.
    arguments = {}
    returns = ("DynamicFrame", "The new frame")
    errors = ()

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        own = cls.__dict__.get("__call__")
        if own is None or "apply" in cls.__dict__:
            return

        def apply(cls, *args, **kwargs):
            return cls()(*args, **kwargs)

        # So that help and editors show what `apply` takes.
        apply.__signature__ = inspect.signature(own)
        apply.__doc__ = cls.__doc__
        cls.apply = classmethod(apply)

    @classmethod
    def apply(cls, *args, **kwargs):
        """Does the step."""
        return cls()(*args, **kwargs)

    def __call__(self, *args, **kwargs):
        raise NotImplementedError("The transform %s has no __call__" % type(self).__name__)

    @classmethod
    def name(cls):
        """The name of the transform."""
        return cls.__name__

    @classmethod
    def describeArgs(cls):
        """A dictionary for each argument: name, type, description, optional, defaultValue."""
        found = []
        for parameter in list(inspect.signature(cls.__call__).parameters.values())[1:]:
            kind, text = cls.arguments.get(parameter.name) or _COMMON.get(parameter.name, ("any", ""))
            optional = parameter.default is not parameter.empty or parameter.kind is parameter.VAR_KEYWORD
            default = None if parameter.default is parameter.empty else parameter.default
            found.append(
                {
                    "name": parameter.name,
                    "type": kind,
                    "description": text,
                    "optional": optional,
                    "defaultValue": default,
                }
            )
        return found

    @classmethod
    def describeReturn(cls):
        """What the transform returns: returnType, description."""
        return {"returnType": cls.returns[0], "description": cls.returns[1]}

    @classmethod
    def describeTransform(cls):
        """What the transform does."""
        return inspect.getdoc(cls)

    @classmethod
    def describeErrors(cls):
        """A dictionary for each exception: type, description."""
        return [{"type": kind, "description": text} for kind, text in cls.errors]

    @classmethod
    def describe(cls):
        """All that is to be told about the transform."""
        return {
            "transform": {
                "name": cls.name(),
                "describe": cls.describeTransform(),
                "args": cls.describeArgs(),
                "returns": cls.describeReturn(),
                "raises": cls.describeErrors(),
            }
        }
