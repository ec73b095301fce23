"""The worker's loop: statements run one at a time on the main thread, messages are received on another one.

Messages to the worker: `run` (`id`, `code`, `marker`), `interrupt` (`id`). Messages from it: `hello` (`protocol`,
`python`, `executable`, `pid`), `done` (`id`, `status` ok or error, then `data` or `ename`, `evalue` and `traceback`,
`interrupted`). Messages of a kind that is not known are ignored. Before `done`, the marker is written to both pipes.
"""

import _thread
import contextlib
import faulthandler
import os
import platform
import queue
import signal
import sys
import threading
import time
import traceback
import warnings

from _glue_ls import channel, guard, report, spark, statement
from _glue_ls.streams import Streams

# How the process ends when the user's code has closed the connection.
_CONNECTION_LOST = 97
# How the process ends when the worker itself fails.
_FAILED = 98
# How long Spark may take to end its jobs before the statement is interrupted the ordinary way, in seconds.
_SPARK_GRACE = 2
# How often it is tried to interrupt a statement, in seconds.
_AGAIN = 0.1
_exit, _getpid = os._exit, os.getpid


class Server:
    """One session's namespace and what runs in it."""

    def __init__(self, connection, start):
        self.connection = connection
        self.limits = start["limits"]
        self.streams = Streams()
        self.compiler = statement.Compiler()
        self.namespace = sys.modules["__main__"].__dict__
        self.script = start["spark"].get("script")
        if self.script is not None:
            sys.argv[:1] = [self.script]
            self.namespace["__file__"] = self.script
        self.requests = queue.SimpleQueue()
        self.pid = _getpid()
        # Guards `current` and `interrupted`: an interrupt must not hit the statement after the one it was meant for.
        self.lock = _thread.allocate_lock()
        self.current = None
        self.interrupted = False
        # The last statement that was to be interrupted while it was not the current one: it may still begin.
        self.early = None
        self.idle = threading.Event()
        # Whether the main thread runs the user's code, the only time at which an interrupt may be raised.
        self.armed = False
        # Whether the signal is ours, whether it may be raised anywhere, and whether it was.
        self.gentle = self.force = self.raised = False
        # Whether it could not be raised where it came, and has to be soon.
        self.deferred = False
        self.spark = spark.Spark(start["spark"], start["folder"], start["argv"], self) if start.get("folder") else None

    def listen(self):
        """Receives messages until glue-ls is gone; then ends everything."""
        try:
            while True:
                message = self.connection.receive()
                if message is None:
                    break
                kind = message.get("type")
                if kind == "run":
                    self.requests.put(message)
                elif kind == "interrupt":
                    self.interrupt(message.get("id"))
        finally:
            guard.end_everything()

    def interrupt(self, number):
        """Interrupts a statement if it still runs. Runs on the receiving thread."""
        with self.lock:
            if self.current != number:
                self.early = number
                return
            self.interrupted = True
        if self.spark is not None and "pyspark" in sys.modules:
            _thread.start_new_thread(self.cancel, (number,))
        _thread.start_new_thread(self.press, (number,))

    def cancel(self, number):
        """Ends Spark's jobs as long as a statement runs and begins new ones."""
        until = time.monotonic() + _SPARK_GRACE
        while time.monotonic() < until:
            # With the lock: it must not hit the jobs of the next statement.
            with self.lock:
                if self.current != number:
                    return
                self.spark.cancel()
            self.idle.wait(_AGAIN)

    def press(self, number):
        """Sends a signal until it was raised.

        Within a call of Spark's it would leave the context unusable: there it comes only when Spark has had time to
        end its jobs.
        """
        until = time.monotonic() + _SPARK_GRACE
        while True:
            with self.lock:
                if self.current != number or self.raised:
                    return
                self.force = time.monotonic() >= until
                self.gentle = True
                if channel.WINDOWS:
                    signal.raise_signal(signal.SIGINT)
                else:
                    # A real signal to that very thread: it also ends a `sleep` or a `read`.
                    signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
                if self.force:
                    return
            self.idle.wait(_AGAIN)

    def on_signal(self, _number, frame):
        """Raises KeyboardInterrupt in the user's code, and nowhere else."""
        gentle, self.gentle = self.gentle, False
        if not self.armed or gentle and self.raised:
            return
        if gentle and not self.force and spark.in_spark(frame):
            self.deferred = True
            return
        self.raised = True
        raise KeyboardInterrupt

    def catch_up(self, frame):
        """Raises an interrupt that came within a call of Spark's, now that this has ended."""
        if threading.current_thread() is threading.main_thread() and self.armed and not spark.in_spark(frame, True):
            self.deferred = False
            self.raised = True
            raise KeyboardInterrupt

    @contextlib.contextmanager
    def undisturbed(self):
        """Keeps interrupts away for a moment; the next attempt comes soon."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        armed, self.armed = self.armed, False
        try:
            yield
        finally:
            self.armed = armed

    def attempt(self, action):
        """Runs something of the user's, open to interrupts; returns its value and the exception it ended with."""
        try:
            try:
                self.armed = True
                return action(), None
            finally:
                self.armed = False
        except BaseException as error:
            # An interrupt may come just before the line in `finally`.
            self.armed = False
            return None, error

    def run(self, code, name, number):
        """Runs a statement, unless it was interrupted at a time when that could not be raised in it."""
        if self.interrupted:
            raise KeyboardInterrupt
        if self.spark is not None:
            self.spark.before(code, self.compiler, self.namespace)
            self.spark.enter(number)
        if self.script is not None:
            return statement.run_script(self.compiler, code, name, self.namespace)
        return statement.run(self.compiler, code, name, self.namespace, self.limits)

    def serve(self):
        """Runs statements, for ever."""
        while True:
            request = self.requests.get()
            number, name = request.get("id"), statement.name_of(request.get("id"))
            try:
                self.streams.restore()
            except OSError:
                _exit(_CONNECTION_LOST)
            # Spark puts a handler of its own in place, which leaves its context unusable.
            signal.signal(signal.SIGINT, self.on_signal)
            with self.lock:
                self.idle.clear()
                self.current, self.interrupted = number, self.early == number
                self.gentle = self.force = self.raised = self.deferred = False
            code = request.get("code", "")
            data, error = self.attempt(lambda: self.run(code, name, number))
            if error is None:
                answer = {"status": "ok", "data": data}
            else:
                answer = self.report(error)
            if _getpid() != self.pid:
                self.leave_fork(error, answer)
            with self.lock:
                self.current = None
                answer["interrupted"] = self.interrupted and error is not None
            self.idle.set()
            if self.interrupted and self.spark is not None:
                self.spark.leave(number)
            # The exception holds on to the frames, and with them to everything the statement had in hand.
            data = error = None
            self.streams.flush()
            answer.update(type="done", id=number)
            try:
                self.streams.finish(request.get("marker", "").encode("ascii", "replace"))
                try:
                    self.connection.send(answer)
                except ValueError as error:
                    answer = dict(report.unknown(error), evalue=str(error), status="error", type="done", id=number)
                    self.connection.send(answer)
            except OSError:
                _exit(_CONNECTION_LOST)
            request = answer = code = None

    def report(self, error):
        """Returns the message that tells of an exception."""
        answer, failure = self.attempt(lambda: report.describe(error))
        if failure is not None:
            answer = report.unknown(error)
        hint = self.spark.hint(answer["ename"], answer["evalue"]) if self.spark is not None else None
        if hint is not None:
            # Java's stack, which is of no use here, stays in the traceback.
            keeps = answer["ename"] in ("ModuleNotFoundError", "NameError")
            answer["evalue"] = (answer["evalue"] + "\n" if keeps else "") + hint
            answer["traceback"].append(hint + "\n")
        answer["status"] = "error"
        return answer

    def leave_fork(self, error, answer):
        """Ends a forked process that has come to the end of the statement, as a script would end."""
        code = 0
        if isinstance(error, SystemExit):
            code = error.code if isinstance(error.code, int) else int(error.code is not None)
        elif error is not None:
            code = 1
            try:
                sys.stderr.write("".join(answer["traceback"]))
            except BaseException:
                pass
        self.streams.flush()
        _exit(code & 0xFF)


def _show(value):
    """Shows the value of an expression that is not the last of its statement's."""
    if value is not None:
        sys.stdout.write(repr(value) + "\n")


def main(start):
    """Sets the process up, says so, and serves."""
    if channel.WINDOWS:
        writing = os.open(os.environ.pop("GLUE_LS_WORKER_PIPE"), os.O_WRONLY | os.O_BINARY)
        connection = channel.Channel(channel.private(0), writing)
    else:
        both = channel.private(0)
        connection = channel.Channel(both, both)
    guard.leave_terminal()
    guard.start(connection.reading, start.get("folder"))
    # Figures are drawn for a notebook; there is no screen.
    os.environ.setdefault("MPLBACKEND", "Agg")
    # The second thread is the worker's own, and it holds no lock that a fork could need.
    warnings.filterwarnings("ignore", message="This process .* is multi-threaded", category=DeprecationWarning)
    sys.argv = list(start["argv"])
    sys.displayhook = _show
    server = Server(connection, start)
    faulthandler.enable(file=server.streams.saved[2], all_threads=False)
    signal.signal(signal.SIGINT, server.on_signal)
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(before=server.streams.flush, after_in_child=connection.close)
    _thread.start_new_thread(server.listen, ())
    hello = {"type": "hello", "protocol": 1, "pid": _getpid(), "executable": sys.executable or ""}
    hello["python"] = platform.python_version()
    connection.send(hello)
    try:
        server.serve()
    except BaseException:
        os.write(server.streams.saved[2], traceback.format_exc().encode("utf-8", "replace"))
    finally:
        _exit(_FAILED)
