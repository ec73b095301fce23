"""Spark in this process: made in the background, waited for by statements that need it, cancelled from outside.

On Glue a session has its Spark from the beginning. Here it comes with the first statement that names `spark`, `sc` or
`glueContext` or imports `pyspark` or `awsglue`, with the first code that makes a Spark session, or earlier (`warm`);
whoever it is finds the same one.
"""

import ast
import functools
import importlib.machinery
import logging
import os
import re
import signal
import sys
import threading
import time
import types

from _glue_ls import hive, java, lakes, libraries, settings, tables

_NAMES = ("spark", "sc", "glueContext")
_PACKAGES = ("pyspark", "awsglue")
_MAYBE = re.compile(r"\b(?:spark|sc|glueContext|pyspark|awsglue)\b")
_HOOKED = {"pyspark.context", "py4j.java_gateway"} | tables.MODULES
# The functions of py4j through which Python calls Java.
_CALLS = ("__call__", "__getattr__", "send_command")
# What code does that was written for clusters: here S3 has a file system of its own, whose class must stay.
_FILE_SYSTEM = re.compile(r"c\n\w+\nset\nsfs\.s3[an]?\.impl\n")
_DONE = "yv"
_GROUP = "glue-ls statement {}"
# How long a call may go on in Java that nobody waits for any more, and still begin a job, in seconds.
_SWEEP = 120
_SETUP = "run `glue-ls local setup`, then restart the session"


class Attempt:
    """One attempt to start Spark."""

    def __init__(self):
        self.done = threading.Event()
        self.error = None
        self.thread = None
        self.awaited = False


class Spark:
    """The session's Spark: how it is made, found and stopped."""

    def __init__(self, setup, folder, argv, server):
        self.setup = setup
        self.folder = folder
        self.argv = argv
        self.server = server
        self.script = setup.get("script")
        # How a script wants its Spark, and whether it was handed out to one that makes it by `SparkContext()`.
        self.wanted = []
        self.handed = False
        self.number = None
        self.lock = threading.Lock()
        self.attempt = None
        self.java = None
        self.session = None
        self.made = False
        self.catalogue = tables.Catalogue(setup.get("catalogue", {}).get("databases", {}))
        self.trouble = None
        try:
            settings.write(setup, folder, argv)
        except java.StartError as error:
            self.trouble = str(error)
        except OSError as error:
            self.trouble = "Spark cannot start: its folder {} cannot be written: {}".format(folder, error)
        sys.meta_path.insert(0, self)
        if setup.get("warm"):
            self.begin()

    # What statements need.

    def before(self, code, compiler, namespace):
        """Makes what a statement needs. Waits, and may be interrupted."""
        if not _MAYBE.search(code):
            return
        tree = _tree(code, compiler)
        names, imports = needs(tree, namespace)
        if self.script is not None:
            # A job makes its Spark itself, and says how; what is predefined is there for those who never do.
            names, imports = names - _made_in(tree) | needs(tree, namespace, False)[0], False
        if not names and not imports or not self.made and java.spark_home() is None:
            return
        try:
            self.ensure()
        except java.StartError:
            # What is imported may well do without; what then makes a session is told.
            if names:
                raise
            return
        if self.session is None or self.session._sc._jsc is None:
            return
        for name, value in (("spark", self.session), ("sc", self.session._sc)):
            namespace.setdefault(name, value)
        if "glueContext" in names:
            try:
                from awsglue.context import GlueContext
            except ImportError:
                return
            namespace["glueContext"] = GlueContext(self.session._sc)

    def ensure(self, asked=()):
        """Waits until Spark is there, if it was never made. Raises `StartError` if it cannot be.

        `asked` is the configuration that a script begins with: a job has no Spark before.
        """
        if self.made or self._is_own_thread():
            return
        if self.script is not None and self.attempt is None:
            self.wanted = settings.changeable((name, str(value)) for name, value in asked)
        attempt = self.begin()
        attempt.awaited = True
        attempt.done.wait()
        if attempt.error is not None:
            raise java.StartError(attempt.error)
        if not self.made:
            with self.server.undisturbed():
                # Java has its own idea of which session a thread uses.
                self.session._jvm.SparkSession.setActiveSession(self.session._jsparkSession)
                self.made = True
                self.enter(self.number)

    def begin(self):
        """Begins to start Spark, unless that has begun; returns the attempt."""
        with self.lock:
            if self.attempt is None or self.attempt.error is not None:
                self.attempt = Attempt()
                thread = threading.Thread(target=self._make, args=(self.attempt,), name="glue-ls-spark", daemon=True)
                self.attempt.thread = thread
                thread.start()
            return self.attempt

    def _make(self, attempt):
        try:
            if self.trouble is not None:
                raise java.StartError(self.trouble)
            home = java.spark_home()
            if home is None:
                raise java.StartError("There is no Spark in this Python ({}): {}".format(sys.executable, _SETUP))
            os.environ["SPARK_HOME"] = home
            settings.make_folders(self.setup)
            saved = self.server.streams.saved
            more = lakes.class_path(self.argv, self.folder)
            self.java = java.Java(self.setup, self.folder, home, more, saved[1], saved[2])
            from pyspark.sql import SparkSession

            builder = SparkSession.builder
            for name, value in self.wanted:
                builder = builder.config(name, value)
            self.session = builder.getOrCreate()
        except BaseException as error:
            text = str(error) if isinstance(error, java.StartError) else "Spark cannot start: {!r}".format(error)
            attempt.error = text
        finally:
            attempt.done.set()
        if attempt.error is None and not attempt.awaited:
            try:
                # The first query costs more than all later ones together: let it be this one.
                self.session.sql("SELECT 1 AS one").collect()
            except BaseException:
                pass

    def _is_own_thread(self):
        attempt = self.attempt
        return attempt is not None and attempt.thread is threading.current_thread()

    # What PySpark is made to do, as its modules are loaded.

    def find_spec(self, name, path=None, target=None):
        """Finds PySpark's modules as Python does, and changes some when they are loaded."""
        if name not in _HOOKED:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is None or spec.loader is None:
            return spec
        load = spec.loader.exec_module

        def exec_module(module):
            load(module)
            try:
                tables.patch(module, self.catalogue)
                if name == "pyspark.context":
                    self._patch_context(module)
                elif name == "py4j.java_gateway":
                    self._patch_client(module)
                elif name == "pyspark.sql.session":
                    _before(module.SparkSession.Builder, "getOrCreate", lambda builder: self.ensure(_options(builder)))
                    hive.patch(module.SparkSession)
            except Exception as error:
                sys.stderr.write("[glue-ls: this PySpark is not as expected: {!r}]\n".format(error))

        spec.loader.exec_module = exec_module
        return spec

    def _patch_context(self, module):
        original = module.launch_gateway

        def launch_gateway(*args, **kwargs):
            process = self.java
            if process is None:
                return original(*args, **kwargs)
            port, secret = process.address()
            os.environ["PYSPARK_GATEWAY_PORT"], os.environ["PYSPARK_GATEWAY_SECRET"] = str(port), secret
            try:
                gateway = original(*args, **kwargs)
            finally:
                del os.environ["PYSPARK_GATEWAY_PORT"], os.environ["PYSPARK_GATEWAY_SECRET"]
            gateway.proc = process.process
            return gateway

        module.launch_gateway = launch_gateway
        kind = module.SparkContext
        get = kind.__dict__["getOrCreate"].__func__

        @functools.wraps(get)
        def get_or_create(cls, *args, **kwargs):
            self.ensure(_configured(args, kwargs))
            return get(cls, *args, **kwargs)

        kind.getOrCreate = classmethod(get_or_create)
        begin = kind.__init__

        @functools.wraps(begin)
        def init(context, *args, **kwargs):
            if context is kind._active_spark_context:
                return
            self.ensure()
            try:
                begin(context, *args, **kwargs)
            finally:
                # PySpark has put a handler of its own in place, which leaves the context unusable.
                if threading.current_thread() is threading.main_thread():
                    signal.signal(signal.SIGINT, self.server.on_signal)

        kind.__init__ = init
        if self.script is not None:

            def new(cls, *args, **kwargs):
                return self._hand_out(args, kwargs) or object.__new__(cls)

            kind.__new__ = staticmethod(new)

    def _hand_out(self, args, kwargs):
        """Returns the context to a script that makes one, where that is the first, as it is on Glue."""
        if self._is_own_thread():
            return None
        asked = _configured(args, kwargs)
        self.ensure(asked)
        context = _context()
        if context is None or self.handed:
            return None
        self.handed = True
        for name, value in settings.changeable(asked):
            try:
                self.session.conf.set(name, value)
            except Exception:
                pass  # It began with it, or can only begin with it.
        return context

    def _patch_client(self, module):
        kind, logger = module.GatewayClient, module.logger
        original = kind.send_command
        # What it tells the root logger, which prints it with a traceback, is raised as well.
        quiet = functools.partial(logger.debug, exc_info=True)
        module.logging = types.SimpleNamespace(info=logger.debug, exception=quiet)
        # Nor is a line for each connection that ends of use to those who want to see their own code's messages.
        logging.getLogger("py4j").setLevel(logging.WARNING)

        @functools.wraps(original)
        def send_command(client, command, *args, **kwargs):
            if _FILE_SYSTEM.match(command):
                return _DONE
            answer = original(client, command, *args, **kwargs)
            # The connection is free again: an interrupt that had to wait does no harm now.
            if self.server.deferred:
                self.server.catch_up(sys._getframe(1))
            return answer

        kind.send_command = send_command

    # What becomes of it.

    def hint(self, name, text):
        """Returns what to do about an exception, where that has to do with Spark here."""
        if name in ("ModuleNotFoundError", "NameError"):
            found = re.search(r"'(\w+)", text)
            found = found.group(1) if found else ""
            if found in _PACKAGES and name == "ModuleNotFoundError" or found in _NAMES and name == "NameError":
                if java.spark_home() is None:
                    return "This Python ({}) has no Spark: {}.".format(sys.executable, _SETUP)
                if found in ("awsglue", "glueContext"):
                    return "This Python has no `awsglue`: {}.".format(_SETUP)
            if name == "ModuleNotFoundError":
                return lakes.without("Delta Lake") if found == "delta" else settings.uninstalled(self.argv)
            return None
        place = self._unmapped(text)
        if place is not None:
            mounts = self.setup.get("catalogue", {}).get("mounts", [])
            known = sorted({"s3://{}/{}".format(mount["bucket"], mount["prefix"]) for mount in mounts})
            return (
                "{} is not mapped to a folder: add it under [local.s3] in glue-ls.toml, then restart the session. "
                "{}.".format(place, "Mapped: " + ", ".join(known) if known else "No bucket is mapped")
            )
        format = lakes.hint(text, self.argv)
        if format is not None:
            return format
        # Others may have met an address of the user's own.
        patience = 2 if name == "Py4JNetworkError" else 0
        ended = self.java.ended(patience) if self.java is not None else None
        if ended is not None and ("Py4J" in name or name in ("ConnectionRefusedError", "ConnectionResetError")):
            return (
                "Spark's Java process has ended ({}), perhaps because memory ran out: restart the session.".format(
                    ended
                )
            )
        return None

    def enter(self, number):
        """Marks the jobs that begin now as those of a statement."""
        self.number = number
        context = _context()
        if context is not None:
            try:
                context._jsc.setLocalProperty("spark.jobGroup.id", _GROUP.format(number))
                context._jsc.setLocalProperty("spark.job.interruptOnCancel", "true")
            except Exception:
                pass  # Whatever is wrong, what the statement asks of Spark tells it.

    def cancel(self):
        """Ends the jobs of the Spark context, if there is one."""
        context = _context()
        if context is not None:
            try:
                context.cancelAllJobs()
            except Exception:
                pass

    def leave(self, number):
        """Sees to it that an interrupted statement's jobs end, also those that Java is only now beginning."""
        context = _context()
        if context is not None:
            threading.Thread(target=self._sweep, args=(context, number), name="glue-ls-sweep", daemon=True).start()

    def _sweep(self, context, number):
        try:
            until = time.monotonic() + _SWEEP
            while time.monotonic() < until:
                context._jsc.sc().cancelJobGroup(_GROUP.format(number))
                time.sleep(0.25)
        except Exception:
            pass  # The context has ended.

    def _unmapped(self, text):
        """Returns how to call the place in S3 that an exception is about, if there is no folder for it."""
        if settings.UNMAPPED in text:
            return "The S3 bucket"
        if "PATH_NOT_FOUND" not in text and "viewfs.InodeTree.resolve" not in text:
            return None
        mounts = self.setup.get("catalogue", {}).get("mounts", [])
        for bucket, key in re.findall(r"\bs3[an]?://([^/\s,;]+)/?([^\s,;]*)", text):
            prefixes = [mount["prefix"] for mount in mounts if mount["bucket"] == bucket]
            if not any(not prefix or (key.rstrip(".") + "/").startswith(prefix + "/") for prefix in prefixes):
                return "s3://{}/{}".format(bucket, key.rstrip("."))
        return "This part of the S3 bucket" if "viewfs.InodeTree.resolve" in text else None


def _context():
    """Returns the Spark context, if there is one."""
    kind = getattr(sys.modules.get("pyspark"), "SparkContext", None)
    context = getattr(kind, "_active_spark_context", None)
    return context if getattr(context, "_jsc", None) is not None else None


def in_spark(frame, calling=False):
    """Returns whether a stack is at a point where an exception would leave Spark, or a module half imported, unusable.

    With `calling` a call of Java's has just ended, so its own part of the stack says nothing.
    """
    while frame is not None:
        code = frame.f_code
        name = code.co_filename.replace("\\", "/")
        if "/py4j/" in name and not (calling and code.co_name in _CALLS):
            return True
        if name.startswith("<glue-ls ") and not name.endswith((" serve>", " statement>", " spark>", " display>")):
            if not (calling and code.co_name == "method"):
                return True
        if name.startswith("<frozen importlib"):
            return True
        if name.endswith("/pyspark/context.py") and code.co_name in ("_do_init", "stop", "_ensure_initialized"):
            return True
        frame = frame.f_back
    return False


class Needs(ast.NodeVisitor):
    """Finds the names of Spark's that a statement uses without making them, and imports of what needs Spark."""

    def __init__(self, namespace, inside=True):
        self.inside = inside
        self.bound = {name for name in _NAMES if name in namespace}
        self.names = set()
        self.imports = False

    def visit_Name(self, node):
        """A name that is used, or made."""
        if node.id not in _NAMES:
            return
        if not isinstance(node.ctx, ast.Load):
            self.bound.add(node.id)
        elif node.id not in self.bound:
            self.names.add(node.id)

    def visit_Assign(self, node):
        """The value comes before the names."""
        self.visit(node.value)
        for target in getattr(node, "targets", None) or [node.target]:
            self.visit(target)

    visit_NamedExpr = visit_Assign

    def visit_For(self, node):
        """What is gone through comes before the names."""
        self.visit(node.iter)
        for child in [node.target] + node.body + node.orelse:
            self.visit(child)

    visit_AsyncFor = visit_For

    def visit_ListComp(self, node):
        """Its names are its own."""
        before = set(self.bound)
        for part in node.generators:
            self.visit(part.iter)
            self.visit(part.target)
            for condition in part.ifs:
                self.visit(condition)
        for name in ("key", "value", "elt"):
            if hasattr(node, name):
                self.visit(getattr(node, name))
        self.bound = before

    visit_SetComp = visit_DictComp = visit_GeneratorExp = visit_ListComp

    def visit_FunctionDef(self, node):
        """What it makes is its own."""
        before = set(self.bound)
        for child in getattr(node, "decorator_list", []) + [node.args]:
            self.visit(child)
        shared = set()
        for child in ast.walk(node):
            if isinstance(child, ast.arg):
                self.bound.add(child.arg)
            elif isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store):
                self.bound.add(child.id)
            elif isinstance(child, ast.alias):
                self.bound.add((child.asname or child.name).split(".")[0])
            elif isinstance(child, ast.Global):
                shared.update(child.names)
        self.bound = before | (self.bound - shared)
        for child in node.body if isinstance(node.body, list) else [node.body]:
            if self.inside:
                self.visit(child)
        self.bound = before | {getattr(node, "name", "")}

    visit_AsyncFunctionDef = visit_Lambda = visit_FunctionDef

    def visit_ClassDef(self, node):
        """Its name is made after it."""
        self.generic_visit(node)
        self.bound.add(node.name)

    def visit_Import(self, node):
        """An import makes names."""
        modules = [alias.name for alias in node.names]
        if isinstance(node, ast.ImportFrom):
            modules = [] if node.level else [node.module or ""]
        self.imports = self.imports or any(module.split(".")[0] in _PACKAGES for module in modules)
        self.bound.update((alias.asname or alias.name).split(".")[0] for alias in node.names)

    visit_ImportFrom = visit_Import


def needs(tree, namespace, inside=True):
    """Returns the names of Spark's that a statement uses, and whether it imports what needs Spark.

    Without `inside` it is not looked into functions: whoever calls them may have made the names by then.
    """
    found = Needs(namespace, inside)
    if tree is not None:
        try:
            found.visit(tree)
        except RecursionError:
            pass
    return found.names, found.imports


def _before(kind, name, action):
    original = getattr(kind, name)

    @functools.wraps(original)
    def method(itself, *args, **kwargs):
        action(itself)
        return original(itself, *args, **kwargs)

    setattr(kind, name, method)


def _options(builder):
    """Returns the configuration that a builder of sessions has been given."""
    return list(getattr(builder, "_options", {}).items())


def _configured(args, kwargs):
    """Returns the configuration that is among the arguments of a context."""
    found = [value for value in list(args) + list(kwargs.values()) if hasattr(value, "getAll")]
    return found[0].getAll() if found else []


def _made_in(tree):
    """Returns the names of Spark's that a script makes anywhere."""
    nodes = ast.walk(tree) if tree is not None else []
    return {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}


def _tree(code, compiler):
    try:
        return compiler.tree(code, "<statement>")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        pass
    # Without the lines that are magics; what is wrong then is told when it runs.
    lines = ["" if line.startswith("%") else line for line in code.split("\n")]
    magics = [line.partition(" ")[2] for line in code.split("\n") if line.startswith("%")]
    try:
        return compiler.tree("\n".join(lines + magics), "<statement>")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
