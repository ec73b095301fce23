"""Libraries that a job brings along: `--extra-jars` for Java, `--extra-py-files` for Python.

Both are lists of files with commas between them: paths of this machine, or addresses in S3 for which there is a folder.
"""

import os
import re
import shutil
import sys
from urllib.parse import unquote

from _glue_ls import java

_S3 = re.compile(r"s3[an]?://([^/]+)/(.*)$")


def jars(setup, argv):
    """Returns the paths of the job's Java libraries."""
    return _files(setup, argv, "--extra-jars")


def add_python(setup, folder, argv):
    """Lets this process and those that it starts import the job's Python libraries."""
    own = os.path.join(folder, "python")
    found = []
    for path in _files(setup, argv, "--extra-py-files"):
        if path.endswith(".py"):
            # Only this file, and not what happens to stand beside it.
            os.makedirs(own, 0o700, exist_ok=True)
            shutil.copy(path, own)
            path = own
        if path not in found:
            found.append(path)
    # Behind the folder of the document.
    sys.path[1:1] = found
    rest = os.environ.get("PYTHONPATH")
    if found:
        os.environ["PYTHONPATH"] = os.pathsep.join(found + ([rest] if rest else []))


def _files(setup, argv, name):
    found = []
    for known, value in zip(argv, argv[1:]):
        if known != name:
            continue
        for text in filter(None, map(str.strip, value.split(","))):
            path = os.path.abspath(_place(setup, name, text))
            if not os.path.exists(path):
                raise java.StartError("Spark cannot start: {} names {}, but there is no {}".format(name, text, path))
            found.append(path)
    return found


def _place(setup, name, text):
    """Returns where a file is on this machine."""
    if text.startswith("file:"):
        return unquote(re.sub(r"^file:(//)?", "", text))
    address = _S3.match(text)
    if address is None:
        return text
    bucket, key = address.groups()
    best = None
    for mount in setup.get("catalogue", {}).get("mounts", []):
        prefix = mount["prefix"]
        if mount["bucket"] == bucket and (not prefix or key.startswith(prefix + "/")):
            if best is None or len(prefix) > len(best["prefix"]):
                best = mount
    if best is None:
        raise java.StartError(
            "Spark cannot start: {} names {}, for which there is no folder: add it under [local.s3] in glue-ls.toml, "
            "or name a file of this machine".format(name, text)
        )
    return os.path.join(best["folder"], key[len(best["prefix"]) :].lstrip("/"))
