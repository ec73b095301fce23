"""Iceberg: its jar for sessions that ask for it, and the Data Catalog as a folder.

On Glue `--datalake-formats iceberg` puts Iceberg's jar on the class path. Its tables are then kept by the Data Catalog,
with code that needs AWS. Here the classes of that code are others with the same names, which keep the tables in the
folder of the catalogue's `warehouse`. So notebooks stay as they are, however they configure the catalogue.
"""

import glob
import os
import re
import struct
import sys
import zipfile

# The package of the runtime that has the jar, and the jar in it.
PACKAGE = "snowpark_connect_deps_iceberg"
_JAR = os.path.join("jars", "iceberg-spark-runtime-3.5_2.12-*.jar")
_ICEBERG = "org.apache.iceberg"
# The names of the data sources, and how those of the classes begin.
_FORMATS = {
    "Iceberg": ("iceberg", "org.apache.iceberg."),
    "Delta Lake": ("delta", "io.delta.", "org.apache.spark.sql.delta."),
    "Hudi": ("hudi", "org.apache.hudi", "org.apache.spark.sql.hudi."),
}
_MISSING = re.compile(
    r"ClassNotFoundException: ([\w.$]+)|plugin class for catalog '[^']*': ([\w.$]+)|"
    r"Failed to find (?:the )?data source: ([\w.$]+)"
)
_LOCK = "(Ljava/lang/String;Ljava/lang/String;)Z"
# The classes that need AWS, and what they are here: the class that they extend, and methods that just return true.
_STAND_INS = [
    ("org/apache/iceberg/aws/glue/GlueCatalog", "org/apache/iceberg/hadoop/HadoopCatalog", []),
    ("org/apache/iceberg/aws/s3/S3FileIO", "org/apache/iceberg/hadoop/HadoopFileIO", []),
] + [
    # There is nobody else to lock out.
    (name, "org/apache/iceberg/util/LockManagers$BaseLockManager", [("acquire", _LOCK), ("release", _LOCK)])
    for name in ("org/apache/iceberg/aws/glue/DynamoLockManager", "org/apache/iceberg/aws/dynamodb/DynamoDbLockManager")
]


def class_path(argv, folder):
    """Returns what comes behind Spark's own jars on the class path, for a session with these arguments."""
    jar = iceberg_jar() if wants_iceberg(argv) else None
    if jar is None:
        return []
    own = os.path.join(folder, "stand-ins.jar")
    with zipfile.ZipFile(own, "w") as file:
        for name, parent, methods in _STAND_INS:
            file.writestr(name + ".class", class_file(name, parent, methods))
    return [own, jar]


def wants_iceberg(argv):
    """Returns whether the arguments of a session ask for Iceberg."""
    for name, value in zip(argv, argv[1:]):
        if name == "--datalake-formats" and "iceberg" in re.split(r"[\s,]+", value.lower()):
            return True
        # A connection to Iceberg's connector brings the jar too; what is configured tells of it.
        if name == "--conf" and _ICEBERG in value:
            return True
    return False


def iceberg_jar():
    """Returns Iceberg's jar of this Python; nothing if there is none."""
    import importlib.util

    try:
        spec = importlib.util.find_spec(PACKAGE)
    except (ImportError, ValueError):
        return None
    for place in (spec.submodule_search_locations or []) if spec else []:
        found = sorted(glob.glob(os.path.join(glob.escape(place), _JAR)))
        if found:
            return found[-1]
    return None


def hint(text, argv):
    """Returns what to do about an exception that says that a table format is not there."""
    found = _MISSING.search(text)
    found = (found.group(1) or found.group(2) or found.group(3)).rstrip(".") if found else ""
    title = next((title for title, names in _FORMATS.items() if found.lower().startswith(names)), None)
    if title == "Iceberg":
        if iceberg_jar() is None:
            return (
                "This Python ({}) has no Iceberg: `glue-ls local setup --force` gets it, if Python is 3.10 or newer; then "
                "restart the session.".format(sys.executable)
            )
        if wants_iceberg(argv):
            return None
        return 'A session has Iceberg if it asks for it: `"--datalake-formats": "iceberg"` in `%%configure`.'
    return None if title is None else without(title)


def without(title):
    """Returns what to do in the place of a table format that local sessions have not."""
    return (
        "{} is not part of local sessions. With a jar of it for Spark 3.5 and Scala 2.12 on this machine it is: "
        '`"--conf": "spark.jars=PATH"` in `%%configure`.'.format(title)
    )


def class_file(name, parent, methods):
    """Returns a Java class that extends another, as it is in a file: a constructor, and methods that return true."""
    constants = []

    def constant(data):
        if data not in constants:
            constants.append(data)
        return constants.index(data) + 1

    def utf8(text):
        data = text.encode("utf-8")
        return constant(struct.pack(">BH", 1, len(data)) + data)

    def named(text):
        return constant(struct.pack(">BH", 7, utf8(text)))

    def method(title, kind, code, stack, places):
        body = struct.pack(">HHI", stack, places, len(code)) + code + struct.pack(">HH", 0, 0)
        return struct.pack(">HHHHHI", 1, utf8(title), utf8(kind), 1, utf8("Code"), len(body)) + body

    own, above = named(name), named(parent)
    constructor = constant(struct.pack(">BHH", 12, utf8("<init>"), utf8("()V")))
    target = constant(struct.pack(">BHH", 10, above, constructor))
    # aload_0, invokespecial, return
    parts = [method("<init>", "()V", b"\x2a\xb7" + struct.pack(">H", target) + b"\xb1", 1, 1)]
    # iconst_1, ireturn
    parts += [method(title, kind, b"\x04\xac", 1, 3) for title, kind in methods]
    head = struct.pack(">IHHH", 0xCAFEBABE, 0, 52, len(constants) + 1) + b"".join(constants)
    head += struct.pack(">HHHHHH", 0x21, own, above, 0, 0, len(parts))
    return head + b"".join(parts) + struct.pack(">H", 0)
