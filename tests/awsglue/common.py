"""One Spark session for all tests of the package, set up as the local worker sets it up."""

import atexit
import contextlib
import importlib
import io
import json
import os
import pathlib
import shutil
import sys
import tempfile
import unittest

ROOT = pathlib.Path(tempfile.mkdtemp(prefix="glue-ls-awsglue-"))
BUCKET = ROOT / "bucket"
DATABASE = "sales"
_session = None


def _remove():
    if _session is not None:
        _session.stop()
    shutil.rmtree(ROOT, ignore_errors=True)


def session():
    """The Spark session; the bucket `bucket` is a folder, and so is the part `part/` of the bucket `other`."""
    global _session
    if _session is None:
        BUCKET.mkdir(exist_ok=True)
        (ROOT / "part").mkdir(exist_ok=True)
        _write_local()
        # Spark's Python workers take the package from here.
        package = str(pathlib.Path(importlib.import_module("awsglue").__file__).parent.parent)
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [package, os.environ.get("PYTHONPATH")]))
        os.environ["PYSPARK_PYTHON"] = os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable
        atexit.register(_remove)
        from pyspark.sql import SparkSession

        builder = SparkSession.builder.master("local[2]").appName("tests")
        for name, value in _settings().items():
            builder = builder.config(name, value)
        _session = builder.getOrCreate()
        _session.sparkContext.setLogLevel("OFF")
        # Else Hadoop asks for more of the files at the root of a mapped bucket than it can tell.
        _session.conf.set("spark.sql.sources.ignoreDataLocality", "true")
        _session._jvm.java.lang.System.setProperty("derby.stream.error.file", str(ROOT / "derby.log"))
        # Another test may have made the session, so this must not depend on how it was made.
        hadoop = _session.sparkContext._jsc.hadoopConfiguration()
        for name, value in _mounts().items():
            hadoop.set(name, value)
        _session.sql(f"CREATE DATABASE {DATABASE} LOCATION '{(ROOT / 'warehouse').as_uri()}'")
    return _session


def _settings():
    return {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.warehouse.dir": (ROOT / "warehouse").as_uri(),
    }


def _mounts():
    settings = {
        "fs.viewfs.overload.scheme.target.file.impl": "org.apache.hadoop.fs.RawLocalFileSystem",
        "fs.viewfs.mounttable.bucket.linkFallback": BUCKET.as_uri(),
        "fs.viewfs.mounttable.other.link./part": (ROOT / "part").as_uri(),
    }
    for scheme in ("s3", "s3a", "s3n"):
        settings[f"fs.{scheme}.impl"] = "org.apache.hadoop.fs.viewfs.ViewFileSystemOverloadScheme"
    return settings


def _write_local():
    path = ROOT / "local.json"
    derby = f"jdbc:derby:{ROOT / 'derby'};create=true"
    catalogue = {
        "databases": {DATABASE: {"tables": {}}},
        "connections": [
            {"name": "shop", "type": "JDBC", "properties": {"JDBC_CONNECTION_URL": derby, "USERNAME": "me"}},
            {
                "name": "orders-mysql",
                "type": "JDBC",
                "properties": {
                    "JDBC_CONNECTION_URL": "jdbc:mysql://db.example:3306/orders?useSSL=true",
                    "USERNAME": "reader",
                    "PASSWORD": "open sesame",
                    "JDBC_ENFORCE_SSL": "true",
                },
            },
            {"name": "net", "type": "NETWORK", "properties": {}},
        ],
        "mounts": [
            {"bucket": "bucket", "prefix": "", "folder": str(BUCKET)},
            {"bucket": "other", "prefix": "part", "folder": str(ROOT / "part")},
        ],
    }
    path.write_text(json.dumps({"memory": None, "catalogue": catalogue}), encoding="utf-8")
    os.environ["GLUE_LS_LOCAL"] = str(path)


class Case(unittest.TestCase):
    """A test with Spark and a folder of its own in the bucket `bucket`: `self.folder`, `self.address`."""

    @classmethod
    def setUpClass(cls):
        cls.spark = session()
        from awsglue.context import GlueContext

        cls.glue = GlueContext(cls.spark.sparkContext)

    def setUp(self):
        name = self.id().rsplit(".", 2)
        self.folder = BUCKET / f"{name[-2]}-{name[-1]}".lower()
        self.folder.mkdir()
        self.address = f"s3://bucket/{self.folder.name}"

    def put(self, name, text):
        """Writes a file below the test's folder; returns its address."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(text, bytes):
            path.write_bytes(text)
        else:
            path.write_text(text, encoding="utf-8")
        return f"{self.address}/{name}"

    def read(self, fmt, options=None, paths=None, **connection):
        """Reads the test's folder with `from_options`; returns the DataFrame."""
        frame = self.glue.create_dynamic_frame.from_options(
            "s3", dict({"paths": paths or [self.address]}, **connection), fmt, options or {}
        )
        return frame.toDF()

    def rows(self, frame):
        """The rows of a frame as dictionaries, in an order that does not depend on how Spark read them."""
        from pyspark.sql import DataFrame

        frame = frame if isinstance(frame, DataFrame) else frame.toDF()
        return sorted((row.asDict(True) for row in frame.collect()), key=lambda row: json.dumps(row, default=str))


@contextlib.contextmanager
def heard():
    """What is written to the standard error meanwhile."""
    said = io.StringIO()
    with contextlib.redirect_stderr(said):
        yield said
