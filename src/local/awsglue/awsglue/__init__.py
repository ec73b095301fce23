"""A stand-in for the `awsglue` library that works with Spark on this machine."""

import importlib

_PLACES = {
    "DynamicFrame": "awsglue.dynamicframe",
    "DynamicFrameCollection": "awsglue.dynamicframe",
    "GlueContext": "awsglue.context",
}

__all__ = list(_PLACES)


def __getattr__(name):
    # Spark's Python workers import this package for small parts of it; they must not pay for all of it.
    if name in _PLACES:
        return getattr(importlib.import_module(_PLACES[name]), name)
    raise AttributeError("module %r has no attribute %r" % (__name__, name))
