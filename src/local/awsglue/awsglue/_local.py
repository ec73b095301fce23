"""What the local Glue told this session: tables, connections and the folders that stand for S3.

The worker writes it to a file and names the file in an environment variable. It is read when it is first needed; without
the file there are no connections and no folders, and everything else works.
"""

import difflib
import json
import os
import sys
from urllib.parse import unquote, urlparse

VARIABLE = "GLUE_LS_LOCAL"
S3_SCHEMES = ("s3", "s3a", "s3n")

_read = None
_said = set()


class UnmappedError(OSError):
    """An S3 address for which there is no folder."""


def say(text):
    """Tells the user something that is no part of the job's output."""
    print("glue-ls: " + text, file=sys.stderr)


def log(text):
    """Writes a line of the job's log."""
    print(text, file=sys.stderr)


def say_once(text):
    """As `say`, the first time only."""
    if text not in _said:
        _said.add(text)
        say(text)


def catalogue():
    """The catalogue as a dictionary; an empty one if there is none."""
    global _read
    path = os.environ.get(VARIABLE, "")
    if _read is None or _read[0] != path:
        _read = (path, _load(path))
    return _read[1]


def _load(path):
    if not path:
        return {}
    try:
        with open(path, encoding="utf-8") as file:
            found = json.load(file)
    except (OSError, ValueError):
        return {}
    if isinstance(found, dict):
        found = found.get("catalogue", found)
    return found if isinstance(found, dict) else {}


def connection(name):
    """The connection of that name: a dictionary with `name`, `type` and `properties`. LookupError if there is none."""
    connections = [entry for entry in catalogue().get("connections") or [] if isinstance(entry, dict)]
    for entry in connections:
        if entry.get("name") == name:
            return entry
    raise LookupError(
        f"There is no connection {name!r} in the local catalogue.{near(name, [c.get('name') for c in connections])} "
        "Connections come from [local] in glue-ls.toml."
    )


def near(name, names):
    """A sentence that names what the user may have meant; empty if nothing comes near."""
    names = sorted({str(entry) for entry in names if entry})
    lower = {entry.lower(): entry for entry in reversed(names)}
    found = [lower[match] for match in difflib.get_close_matches(str(name).lower(), list(lower), n=3, cutoff=0.6)]
    if found:
        return " Did you mean " + " or ".join(repr(entry) for entry in found) + "?"
    if names and len(names) <= 10:
        return " There are: " + ", ".join(repr(entry) for entry in names) + "."
    return ""


def is_s3(address):
    """Whether it is an address in S3."""
    return urlparse(str(address)).scheme.lower() in S3_SCHEMES


def mounts():
    """The folders that stand for S3: (bucket, prefix, folder), the longest prefix first."""
    found = []
    for entry in catalogue().get("mounts") or []:
        if isinstance(entry, dict) and entry.get("bucket") and entry.get("folder"):
            found.append((str(entry["bucket"]), str(entry.get("prefix") or "").strip("/"), str(entry["folder"])))
    return sorted(found, key=lambda mount: -len(mount[1]))


def knows_mounts():
    """Whether it is known which addresses in S3 have a folder."""
    return isinstance(catalogue().get("mounts"), list)


def folder_of(address):
    """The path on this disk that an S3 address stands for, or None. The part below the mount is joined as it is."""
    parts = urlparse(str(address), allow_fragments=False)
    if parts.scheme.lower() not in S3_SCHEMES:
        return None
    key = str(address).split("://", 1)[1][len(parts.netloc) :].strip("/")
    for bucket, prefix, folder in mounts():
        if bucket != parts.netloc:
            continue
        if not prefix or key == prefix:
            return os.path.join(folder, key if not prefix else "").rstrip(os.sep) or os.sep
        if key.startswith(prefix + "/"):
            return os.path.join(folder, key[len(prefix) + 1 :])
    return None


def local_path(address):
    """The path on this disk of any address: S3 by its mount, `file:` and plain paths as they are; None for others."""
    text = str(address)
    parts = urlparse(text)
    if parts.scheme.lower() in S3_SCHEMES:
        return folder_of(text)
    if parts.scheme.lower() == "file":
        return unquote(parts.path)
    # A drive letter of Windows looks like a scheme.
    return text if len(parts.scheme) <= 1 else None


def unmapped(address):
    """The error for an S3 address that no folder stands for."""
    bucket = urlparse(str(address)).netloc
    return UnmappedError(
        f"{address}: no folder stands for this part of the bucket {bucket!r}. "
        "Map the bucket, or a part of it, to a folder under [local.s3] in glue-ls.toml."
    )


def not_here(what, advice=""):
    """The error for what a local session cannot do."""
    return NotImplementedError(f"{what} does not work in a local session." + (" " + advice if advice else ""))
