"""What Spark is told: the files in the session's private folder, and environment variables.

Whoever makes the Spark session finds it, because Spark reads it by itself.
"""

import json
import os
import re
import sys
import time

from _glue_ls import libraries

# The class that Hadoop is told to take for a bucket that is not mapped. There is none: Hadoop fails, with this name.
UNMAPPED = "BucketIsNotMapped"

# What is logged by these comes as an exception as well.
_TOLD_TWICE = [
    "org.apache.arrow.memory",
    "org.apache.spark.TaskContextImpl",
    "org.apache.spark.api.python.PythonRunner",
    "org.apache.spark.executor.Executor",
    "org.apache.spark.scheduler.TaskSetManager",
    "org.apache.spark.scheduler.DAGScheduler",
    "org.apache.spark.sql.execution.datasources.FileFormatWriter",
    "org.apache.spark.sql.execution.streaming.MicroBatchExecution",
    "org.apache.spark.sql.execution.exchange",
    "org.apache.spark.sql.execution.adaptive",
    "org.apache.spark.sql.execution.python",
    "org.apache.spark.storage",
    "org.apache.spark.util",
]
_LOG = """\
status = off
rootLogger.level = error
rootLogger.appenderRef.stderr.ref = stderr
appender.stderr.type = Console
appender.stderr.name = stderr
appender.stderr.target = SYSTEM_ERR
appender.stderr.layout.type = PatternLayout
appender.stderr.layout.pattern = %p %c{1}: %m%n%ex{short}
# Spark changes the level of all loggers, and says so, unless that of this one is the same.
logger.gateway.name = org.apache.spark.api.python.PythonGatewayServer
logger.gateway.level = error
"""
# These are this machine's, not the session's.
_FIXED = re.compile(
    r"spark\.(master|submit\.|driver\.(host|bindAddress|memory|extra)|executor\.(memory|cores|instances)|"
    r"dynamicAllocation\.|shuffle\.service\.|local\.dir|sql\.catalogImplementation|sql\.warehouse\.dir|"
    r"hadoop\.fs\.viewfs\.|hadoop\.fs\.s3[an]?\.impl)"
)


def write(setup, folder, argv):
    """Makes the files and sets the environment of this process and of those that it starts."""
    conf = os.path.join(folder, "conf")
    for name in (conf, os.path.join(folder, "tmp"), os.path.join(folder, "scratch")):
        os.makedirs(name, 0o700, exist_ok=True)
    _file(os.path.join(conf, "spark-defaults.conf"), properties(pairs(setup, folder, argv)))
    log = _LOG
    for index, name in enumerate(_TOLD_TWICE):
        log += "logger.l{0}.name = {1}\nlogger.l{0}.level = off\n".format(index, name)
    _file(os.path.join(conf, "log4j2.properties"), log)
    local = os.path.join(folder, "local.json")
    _file(local, json.dumps(setup))
    environment = os.environ
    environment.update(
        GLUE_LS_LOCAL=local,
        PYSPARK_DRIVER_PYTHON=sys.executable,
        PYSPARK_PYTHON=sys.executable,
        SPARK_CONF_DIR=conf,
        SPARK_LOCAL_DIRS=os.path.join(folder, "scratch"),
        SPARK_LOCAL_IP="127.0.0.1",
        TZ="UTC",
    )
    if hasattr(time, "tzset"):
        time.tzset()
    for name in ("PYSPARK_SUBMIT_ARGS", "PYSPARK_GATEWAY_PORT", "SPARK_REMOTE", "SPARK_CONNECT_MODE_ENABLED", "MASTER"):
        environment.pop(name, None)
    if setup.get("java_home"):
        environment["JAVA_HOME"] = setup["java_home"]
    package = setup.get("package")
    if package:
        sys.path.insert(1, package)
        rest = environment.get("PYTHONPATH")
        environment["PYTHONPATH"] = package + (os.pathsep + rest if rest else "")
    libraries.add_python(setup, folder, argv)


def pairs(setup, folder, argv):
    """Returns the names and values of Spark's configuration; of two with one name the later one counts."""
    result = [
        ("spark.master", "local[*]"),
        ("spark.app.name", "glue-ls"),
        ("spark.driver.host", "127.0.0.1"),
        ("spark.driver.bindAddress", "127.0.0.1"),
        ("spark.ui.enabled", "false"),
        ("spark.ui.showConsoleProgress", "false"),
        ("spark.sql.catalogImplementation", "in-memory"),
        # There is no Hive: a table for which no format is named is one of Spark's own.
        ("spark.sql.legacy.createHiveTableByDefault", "false"),
        ("spark.sql.warehouse.dir", _uri(os.path.join(folder, "warehouse"))),
        ("spark.sql.session.timeZone", "UTC"),
        # Data on one machine is small: 200 parts would cost more than they spare.
        ("spark.sql.shuffle.partitions", str(max(2, min(8, os.cpu_count() or 2)))),
        ("spark.sql.execution.arrow.pyspark.enabled", "true"),
    ]
    overload = "org.apache.hadoop.fs.viewfs.ViewFileSystemOverloadScheme"
    for scheme in ("s3", "s3a", "s3n"):
        result.append(("spark.hadoop.fs.{}.impl".format(scheme), overload))
        result.append(("spark.hadoop.fs.viewfs.overload.scheme.target.{}.impl".format(scheme), UNMAPPED))
    # Plain files, without a checksum beside each: these folders are the user's.
    target = "spark.hadoop.fs.viewfs.overload.scheme.target.file.impl"
    result.append((target, "org.apache.hadoop.fs.RawLocalFileSystem"))
    for mount in setup.get("catalogue", {}).get("mounts", []):
        table = "spark.hadoop.fs.viewfs.mounttable." + mount["bucket"]
        link = "link./" + mount["prefix"] if mount["prefix"] else "linkFallback"
        result.append(("{}.{}".format(table, link), _uri(mount["folder"])))
    conf = changeable(asked(argv))
    jars = libraries.jars(setup, argv)
    if jars:
        named = [value for name, value in dict(conf).items() if name == "spark.jars"]
        conf.append(("spark.jars", ",".join(named + [_uri(path) for path in jars])))
    return result + conf


def changeable(pairs):
    """Returns those of a configuration's names and values that a job may set here."""
    return [(name, value) for name, value in pairs if not _FIXED.match(name)]


def asked(argv):
    """Returns the names and values of the job's own `--conf` arguments."""
    found = []
    for name, value in zip(argv, argv[1:]):
        if name == "--conf":
            # The way to give several in one argument.
            for part in re.split(r"\s+--conf\s+", value.strip()):
                key, equals, text = part.partition("=")
                if equals and key.strip().startswith("spark."):
                    found.append((key.strip(), text.strip()))
    return found


def uninstalled(argv):
    """Returns how to install what a session on Glue installs when it starts; nothing if that is nothing."""
    import shlex

    wanted = []
    for name, value in zip(argv, argv[1:]):
        if name == "--additional-python-modules":
            wanted = [part.strip() for part in value.split(",")]
    # A wheel in a bucket is not to be had here.
    wanted = [shlex.quote(part) for part in wanted if part and "://" not in part]
    if not wanted:
        return None
    return (
        "Local sessions install nothing by themselves. If it is among the additional Python modules: "
        "`{} -m pip install {}` installs them for local sessions.".format(shlex.quote(sys.executable), " ".join(wanted))
    )


def properties(pairs):
    """Returns a file of properties, as Java reads it."""
    return "".join("{}={}\n".format(_escaped(name), _escaped(value)) for name, value in dict(pairs).items())


def make_folders(setup):
    """Makes the folders that stand for buckets: Spark wants them to be there."""
    for mount in setup.get("catalogue", {}).get("mounts", []):
        try:
            os.makedirs(mount["folder"], exist_ok=True)
        except OSError:
            pass  # Who uses it is told.


def _uri(path):
    """Returns a file's address."""
    path = path.replace("\\", "/") if os.name == "nt" else path
    plain = b"/-._~ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789:"
    return "file://" + "/" * (path[:1] != "/") + "".join(
        chr(byte) if byte in plain else "%{:02X}".format(byte) for byte in os.fsencode(path)
    )


def _escaped(text):
    text = re.sub(r"([\\:=#! ])", r"\\\1", text)
    return text.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t").replace("\f", "\\f")


def _file(path, text):
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        file.write(text)
