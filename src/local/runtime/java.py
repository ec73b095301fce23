"""Spark's Java process: started directly, without the two shells and the second Java that PySpark would go through.

The class path begins with `jars/*` of Spark, which is what an archive of classes has to be made with.
"""

import os
import re
import signal
import sys
import time

WINDOWS = os.name == "nt"
# How long it may take to come up, in seconds.
_PATIENCE = 180
_MAIN = ["org.apache.spark.deploy.SparkSubmit", "pyspark-shell"]
# What Spark opens of Java's own modules.
_OPENED = (
    "java.lang java.lang.invoke java.lang.reflect java.io java.net java.nio java.util java.util.concurrent "
    "java.util.concurrent.atomic jdk.internal.ref sun.nio.ch sun.nio.cs sun.security.action sun.util.calendar"
).split()
_MEMORY = re.compile(r"[1-9]\d{0,9}[kKmMgGtT]?$")
_GIB = 1024**3
# The most memory without a setting; less on a machine that has not four times as much.
_MOST = 2 * _GIB


class StartError(RuntimeError):
    """Spark cannot be started; the message says why and what to do."""


class Java:
    """The process, once it was started."""

    def __init__(self, setup, folder, home, more, output, errors):
        import subprocess
        import tempfile

        self.folder = folder
        self.info = os.path.join(tempfile.mkdtemp(prefix="gateway-", dir=folder), "info")
        command = [_program(setup.get("java_home"))] + options(setup, folder)
        command += ["-cp", os.pathsep.join([os.path.join(home, "jars", "*")] + more)] + _MAIN
        extra = {}
        if WINDOWS:
            extra["creationflags"] = subprocess.CREATE_NEW_PROCESS_GROUP
        else:
            # An interrupt of the group is for the statement; a statement's end is not Spark's.
            command = ["/bin/sh", "-c", 'trap "" INT; exec "$0" "$@"'] + command
        environment = dict(os.environ, _PYSPARK_DRIVER_CONN_INFO_PATH=self.info, SPARK_HOME=home)
        # Agents and options that are meant for other programs, and what Java then prints about them.
        for name in ("JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS"):
            environment.pop(name, None)
        try:
            # It ends when this pipe does, that is, with this process.
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=output, stderr=errors, env=environment, **extra
            )
        except OSError as error:
            raise StartError("Java cannot be started: {}. {}".format(error, _ADVICE)) from None

    def address(self):
        """Waits until it can be connected to; returns its port and its secret."""
        until = time.monotonic() + _PATIENCE
        while not os.path.isfile(self.info):
            if self.process.poll() is not None:
                raise StartError(
                    "Spark's Java process ended while it started ({}); what it printed says why. {}".format(
                        self.ended(), _ADVICE
                    )
                )
            if time.monotonic() > until:
                self.process.kill()
                raise StartError("Spark's Java process did not start within {} seconds".format(_PATIENCE))
            time.sleep(0.02)
        with open(self.info, "rb") as file:
            data = file.read()
        os.unlink(self.info)
        os.rmdir(os.path.dirname(self.info))
        size = int.from_bytes(data[4:8], "big")
        return int.from_bytes(data[:4], "big"), data[8 : 8 + size].decode("utf-8")

    def ended(self, patience=0):
        """Returns how it ended, in words; nothing if it runs. Its connections go first: it is waited for, some seconds at most."""
        import subprocess

        try:
            code = self.process.wait(patience)
        except subprocess.TimeoutExpired:
            return None
        if code >= 0:
            return "exit code {}".format(code)
        try:
            return signal.Signals(-code).name
        except ValueError:
            return "signal {}".format(-code)


_ADVICE = "Spark needs Java 17 or 11: `glue-ls local setup` gets one; then restart the session."


def options(setup, folder):
    """Returns what Java is told beside the class path and the class."""
    memory = setup.get("memory") or default_memory()
    if not _MEMORY.match(memory):
        raise StartError(
            "`{}` is no size of memory for Java: write a number and a letter, such as `2g`, as the memory of local "
            "sessions in glue-ls.toml".format(memory[:40])
        )
    archive = setup.get("class_archive")
    result = ["-Xmx" + memory, "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData", "-Xshare:auto"]
    if archive and os.path.isfile(archive):
        result.append("-XX:SharedArchiveFile=" + archive)
    # An archive that does not fit is not worth a word.
    result += ["-Xlog:disable", "-Xlog:all=error:stderr", "-XX:+IgnoreUnrecognizedVMOptions"]
    result += ["--add-opens=java.base/{}=ALL-UNNAMED".format(name) for name in _OPENED]
    result += [
        "--add-opens=java.security.jgss/sun.security.krb5=ALL-UNNAMED",
        "-Djdk.reflect.useDirectMethodHandle=false",
        "-Dio.netty.tryReflectionSetAccessible=true",
        "-Duser.timezone=UTC",
        "-Djava.awt.headless=true",
        "-Djava.io.tmpdir=" + os.path.join(folder, "tmp"),
        "-Dderby.system.home=" + folder,
        "-Dlog4j2.configurationFile=" + os.path.join(folder, "conf", "log4j2.properties"),
    ]
    return result


def default_memory():
    """Returns the most memory of Java where no setting says it, as Java writes it."""
    try:
        machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        machine = 4 * _MOST
    return "{}m".format(max(512, min(_MOST, machine // 4) // 1024**2))


def spark_home():
    """Returns the folder of the Spark of this Python; nothing if there is none."""
    import glob
    import importlib.util

    if "pyspark" in sys.modules:
        places = getattr(sys.modules["pyspark"], "__path__", [])
    else:
        try:
            spec = importlib.util.find_spec("pyspark")
        except (ImportError, ValueError):
            spec = None
        places = (spec.submodule_search_locations or []) if spec else []
    for place in list(places) + ([os.environ["SPARK_HOME"]] if places and os.environ.get("SPARK_HOME") else []):
        if glob.glob(os.path.join(place, "jars", "spark-core_*.jar")):
            return place
    return None


def _program(home):
    import shutil

    home = home or os.environ.get("JAVA_HOME")
    if home:
        program = os.path.join(home, "bin", "java.exe" if WINDOWS else "java")
        if os.path.isfile(program):
            return program
    program = shutil.which("java")
    if program is None:
        raise StartError("There is no Java on this machine. " + _ADVICE)
    return program
