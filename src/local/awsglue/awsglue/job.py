"""A job: its name, its arguments, and bookmarks, which do nothing here."""

from awsglue import _local


class Job:
    """A run of a script. What Glue keeps between runs is not kept: each run reads everything."""

    _name = None
    _args = {}

    def __init__(self, glue_context_or_spark_session):
        self.glue_context = glue_context_or_spark_session

    @classmethod
    def init(cls, job_name, args=None):
        """Names the job. `args` are those of `getResolvedOptions`."""
        Job._name = job_name
        Job._args = dict(args or {})
        if Job._args.get("job_bookmark_option") in ("job-bookmark-enable", "job-bookmark-pause"):
            _say_bookmarks()

    @classmethod
    def isInitialized(cls):
        """Whether `init` was called."""
        return Job._name is not None

    @classmethod
    def commit(cls):
        """Would save the bookmarks."""
        _say_bookmarks()

    @classmethod
    def reset(cls):
        """Would forget the bookmarks."""
        _say_bookmarks()


def _say_bookmarks():
    _local.say_once("job bookmarks do nothing in a local session: each run reads everything.")
