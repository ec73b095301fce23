"""Transforms that AWS Glue has learnt from examples. The examples, and what was learnt, are in the service."""

from awsglue.transforms.transform import GlueTransform

__all__ = ["FillMissingValues", "FindIncrementalMatches", "FindMatches"]


class _Learnt(GlueTransform):
    """What all of them have."""

    def __call__(self, *args, **kwargs):
        raise NotImplementedError(
            "%s needs the Glue service: it works with what was learnt there. Run this step on AWS Glue, or leave it "
            "out where you work locally" % type(self).__name__
        )


class FillMissingValues(_Learnt):
    """Fills in values that are missing."""


class FindIncrementalMatches(_Learnt):
    """Finds records that match each other, of which some are known."""


class FindMatches(_Learnt):
    """Finds records that match each other."""
