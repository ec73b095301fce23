"""Arguments of a job."""

import argparse


class GlueArgumentError(Exception):
    """The job's arguments are not as the script expects them."""


class _Parser(argparse.ArgumentParser):
    def error(self, message):
        # argparse would print a usage text and leave the process.
        raise GlueArgumentError(message)


_BOOKMARK = "job-bookmark-option"
_CONTINUATION = "continuation-option"
_ENABLE, _DISABLE, _PAUSE = "job-bookmark-enable", "job-bookmark-disable", "job-bookmark-pause"
_OLD_WORDS = {
    "continuation-enabled": _ENABLE,
    "continuation-ignored": _DISABLE,
    "continuation-readonly": _PAUSE,
}
_PLAIN = (
    "job-bookmark-from",
    "job-bookmark-to",
    "JOB_ID",
    "JOB_RUN_ID",
    "SECURITY_CONFIGURATION",
    "encryption-type",
    "enable-data-lineage",
)
_RESERVED = (_CONTINUATION, _BOOKMARK) + _PLAIN
_TEMPORARY = ("TempDir", "RedshiftTempDir")


def getResolvedOptions(args, options, allow_abbrev=False):
    """The job's arguments as a dictionary.

    `args` is normally `sys.argv`, `options` the names that the script needs, without hyphens before them. All values are
    strings. GlueArgumentError if one is missing, RuntimeError for a name that Glue keeps for itself.
    """
    reserved = [name for name in options if name.lstrip("-") in _RESERVED]
    if reserved:
        raise RuntimeError("Using reserved arguments " + ", ".join(reserved))

    parser = _Parser(allow_abbrev=allow_abbrev, add_help=False)
    parser.add_argument("--" + _BOOKMARK, choices=(_ENABLE, _DISABLE, _PAUSE))
    parser.add_argument("--" + _CONTINUATION, choices=tuple(_OLD_WORDS))
    for name in _PLAIN + _TEMPORARY:
        parser.add_argument("--" + name)
    for name in dict.fromkeys(options):
        if name not in _TEMPORARY:
            parser.add_argument("--" + name, required=True)
    found = {name.replace("-", "_"): value for name, value in vars(parser.parse_known_args(args[1:])[0]).items()}

    continuation = found.pop(_CONTINUATION.replace("-", "_"))
    if found["job_bookmark_option"] is None:
        found["job_bookmark_option"] = _OLD_WORDS.get(continuation, _DISABLE)
    _check_range(found)

    directory = next((found[name] for name in _TEMPORARY if found[name] is not None), None)
    found.update(dict.fromkeys(_TEMPORARY, directory))
    return found


def _check_range(found):
    first, last = found["job_bookmark_from"], found["job_bookmark_to"]
    if found["job_bookmark_option"] == _PAUSE:
        if (first is None) != (last is None):
            raise RuntimeError("Invalid: job-bookmark-from and job-bookmark-to must be given together")
    elif first is not None and last is not None:
        raise RuntimeError("Invalid: job-bookmark-from and job-bookmark-to need job-bookmark-option job-bookmark-pause")
