"""Files below the paths that a job reads, through Spark's file systems."""

import fnmatch
import json
import re

from awsglue import _local

_HIDDEN = ("_", ".")


def checked_paths(options):
    """The paths of a source: always a list of texts."""
    paths = options.get("paths", options.get("path"))
    if paths is None:
        raise ValueError('connection_options needs "paths", a list of addresses: {"paths": ["s3://bucket/folder/"]}')
    if isinstance(paths, str) and paths.lstrip().startswith("["):
        paths = _json_list(paths, "paths")
    if isinstance(paths, (set, tuple)):
        paths = list(paths)
    if not isinstance(paths, list) or not all(isinstance(path, str) for path in paths):
        raise TypeError(f'"paths" must be a list of texts, not {type(paths).__name__}: {{"paths": ["s3://…"]}}')
    if not paths:
        raise ValueError('"paths" is empty')
    return [_rooted(path) for path in paths]


def _rooted(path):
    """The address; of a whole bucket, with the slash that Hadoop needs to see a folder in it."""
    return path + "/" if _local.is_s3(path) and path.count("/") == 2 else path


def checked_path(options):
    """The path of a sink: one text."""
    path = options.get("path")
    if path is None and "paths" in options:
        raise ValueError('a sink needs "path", one address; "paths" is for sources')
    if not isinstance(path, str) or not path:
        raise ValueError('connection_options needs "path", the address to write to: {"path": "s3://bucket/folder/"}')
    check_mapped(path)
    return _rooted(path)


def check_mapped(path):
    """UnmappedError for an S3 address that no folder stands for, if the folders are known."""
    if _local.is_s3(path) and _local.knows_mounts() and _local.folder_of(path.split("*", 1)[0]) is None:
        raise _local.unmapped(path)


def truth(value):
    """Glue takes booleans as text, too."""
    return value.strip().lower() == "true" if isinstance(value, str) else bool(value)


class Listing:
    """The files of a source. `files` are URIs; `root` is where partition folders start; `nested` if below folders
    that are no partitions."""

    def __init__(self, session, paths, recurse=False, exclusions=None):
        self.session = session
        self.patterns = [_pattern(glob) for glob in _globs(exclusions)]
        self.files, self.partitions = [], None
        self.nested, self.excluded, self.directories = False, 0, False
        for path in paths:
            self._list(path, recurse)

    def _list(self, path, recurse):
        check_mapped(path)
        java = self.session._jvm
        hadoop = java.org.apache.hadoop.fs.Path(path)
        try:
            system = hadoop.getFileSystem(self.session._jsc.hadoopConfiguration())
            roots = system.globStatus(hadoop) or []
        except Exception as error:
            if _local.is_s3(path):
                raise _local.unmapped(path) from error
            raise
        for root in roots:
            if root.isFile():
                self._add(root.getPath(), root.getPath().getName(), [])
            else:
                self.directories = True
                self._walk(system, root.getPath(), "", [], recurse)

    def _walk(self, system, folder, below, keys, recurse):
        for status in sorted(system.listStatus(folder), key=lambda status: status.getPath().getName()):
            name = status.getPath().getName()
            relative = below + name
            if name.startswith(_HIDDEN) and "=" not in name:
                continue
            if status.isFile():
                self._add(status.getPath(), relative, keys)
            elif "=" in name and keys is not None:
                self._walk(system, status.getPath(), relative + "/", keys + [name.split("=", 1)[0]], recurse)
            elif recurse:
                self._walk(system, status.getPath(), relative + "/", None, recurse)

    def _add(self, path, relative, keys):
        uri = path.toUri()
        text = path.toString()
        if any(pattern.fullmatch(text) or pattern.fullmatch(relative) for pattern in self.patterns):
            self.excluded += 1
            return
        if keys is None:
            self.nested = True
        elif self.partitions is None:
            self.partitions = keys
        elif self.partitions != keys:
            self.nested = True
        self.files.append(text if uri.getScheme() else "file://" + uri.getPath())


def _globs(exclusions):
    if not exclusions:
        return []
    if isinstance(exclusions, str):
        return _json_list(exclusions, "exclusions")
    return list(exclusions)


def _json_list(text, name):
    try:
        found = json.loads(text)
    except ValueError as error:
        raise ValueError(f'"{name}" must be a JSON list of texts, such as "[\\"**.pdf\\"]": {error}') from None
    if not isinstance(found, list) or not all(isinstance(entry, str) for entry in found):
        raise ValueError(f'"{name}" must be a JSON list of texts, such as "[\\"**.pdf\\"]"')
    return found


def _pattern(glob):
    """A Unix glob as a regular expression: `*` stays in a folder, `**` does not."""
    parts, i = [], 0
    while i < len(glob):
        char = glob[i]
        if glob.startswith("**/", i):
            parts.append("(?:.*/)?")
            i += 3
        elif glob.startswith("**", i):
            parts.append(".*")
            i += 2
        elif char == "*":
            parts.append("[^/]*")
            i += 1
        elif char == "?":
            parts.append("[^/]")
            i += 1
        elif char == "[" and "]" in glob[i + 2 :]:
            end = glob.index("]", i + 2)
            parts.append(fnmatch.translate(glob[i : end + 1])[4:].rsplit(")", 1)[0])
            i = end + 1
        elif char == "{" and "}" in glob[i:]:
            end = glob.index("}", i)
            parts.append("(?:" + "|".join(re.escape(word) for word in glob[i + 1 : end].split(",")) + ")")
            i = end + 1
        else:
            parts.append(re.escape(char))
            i += 1
    return re.compile("".join(parts), re.DOTALL)
