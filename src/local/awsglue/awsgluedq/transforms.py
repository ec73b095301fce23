"""Rules of data quality. The language of the rules is the service's."""

from awsglue.transforms.transform import GlueTransform

__all__ = ["EvaluateDataQuality"]


class EvaluateDataQuality(GlueTransform):
    """Holds records against rules."""

    def __call__(self, *args, **kwargs):
        raise NotImplementedError(
            "EvaluateDataQuality needs the Glue service: the rules (DQDL) are read there. Run this step on AWS Glue, "
            "or leave it out where you work locally"
        )

    def process_rows(self, *args, **kwargs):
        """The same for each record."""
        return self(*args, **kwargs)
