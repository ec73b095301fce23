"""Deleting files of old: `purge_s3_path` and `purge_table`. Only below folders that stand for S3."""

import csv
import os
import time

from pyspark.sql import functions as F

from awsglue import _local, _tables

_HOURS = 168.0


def purge_path(address, options):
    """Deletes the files below an S3 address that are older than the retention period."""
    folder = _local.folder_of(address)
    if folder is None:
        if _local.is_s3(address):
            raise _local.unmapped(address)
        raise _local.not_here(f"purge_s3_path of {address}", "It deletes only below a folder that stands for S3.")
    _purge(folder, None, options, address)


def purge_table(session, database, name, options):
    """Deletes the files of a table that are older than the retention period, of all partitions or some."""
    table = _tables.find(session, database, name)
    folder = _local.local_path(table.location) if table.location else None
    if folder is None or _mount_of(folder) is None:
        raise _local.not_here(
            f"purge_table of {database}.{name}",
            "It deletes only below a folder that stands for S3 ([local.s3] in glue-ls.toml).",
        )
    predicate = options.get("partitionPredicate")
    keep = None
    if predicate:
        keep = _partition_test(session, table, predicate)
    _purge(folder, keep, options, f"{database}.{name}")
    table.recover_partitions()


def _partition_test(session, table, predicate):
    types = {field.name: field.dataType for field in table.schema.fields}
    folders = session.sql(f"SHOW PARTITIONS {table.full_name}").collect()
    _tables.checked_predicate(table.frame(), table.partitions, predicate)
    wanted = set()
    for row in folders:
        values = dict(part.split("=", 1) for part in row[0].split("/"))
        columns = [F.lit(values[key]).cast(types[key]).alias(key) for key in table.partitions]
        if session.range(1).select(*columns).where(predicate).count():
            wanted.add(row[0])
    return wanted


def _mount_of(path):
    """The mounted folder that a path lies in when links are followed; None if it lies in none."""
    real = os.path.realpath(path)
    for _, _, folder in _local.mounts():
        root = os.path.realpath(folder)
        # The root of a disk, or a home, is no folder to delete in, whatever the settings say.
        if root in (os.path.abspath(os.sep), os.path.realpath(os.path.expanduser("~"))):
            continue
        if os.path.commonpath([root, real]) == root:
            return root
    return None


def _purge(folder, partitions, options, what):
    if _mount_of(folder) is None:
        raise _local.not_here(f"purging {what}", "The folder lies outside of those that stand for S3.")
    if "STANDARD" in (options.get("excludeStorageClasses") or []):
        _local.say(f"{what}: nothing is deleted, as local files are of the storage class STANDARD.")
        return
    hours = float(options.get("retentionPeriod", _HOURS))
    if hours < 0:
        raise ValueError("retentionPeriod must not be negative; it is in hours")
    before = time.time() - hours * 3600
    done, failed, kept = [], [], 0
    for path, relative in list(_files(folder)):
        if partitions is not None and not any(relative.startswith(part + "/") for part in partitions):
            continue
        try:
            if os.lstat(path).st_mtime > before:
                kept += 1
                continue
            os.remove(path)
            done.append(path)
        except OSError as error:
            failed.append((path, error))
    if kept and not done:
        _local.say(f"{what}: {kept} files are younger than the retention period of {hours:g} hours and are kept.")
    for path, error in failed:
        _local.say(f"{what}: {path} could not be deleted: {error.strerror}.")
    if options.get("manifestFilePath"):
        _manifest(options["manifestFilePath"], done, [path for path, _ in failed])


def _files(folder):
    if os.path.isfile(folder):
        yield folder, os.path.basename(folder)
    for base, directories, names in os.walk(folder, followlinks=False):
        directories.sort()
        for name in sorted(names):
            path = os.path.join(base, name)
            yield path, os.path.relpath(path, folder).replace(os.sep, "/")


def _manifest(address, done, failed):
    folder = _local.folder_of(address)
    if folder is None:
        raise _local.unmapped(address)
    os.makedirs(folder, exist_ok=True)
    for name, paths in (("Success.csv", done), ("Failed.csv", failed)):
        with open(os.path.join(folder, name), "w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([path] for path in paths)


def transition(what):
    """Storage classes are a thing of S3."""
    _local.say_once(f"{what} does nothing in a local session: files on this disk have no storage class.")
