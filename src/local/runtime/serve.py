"""The worker's loop: statements run one at a time on the main thread, messages are received on another one.

Messages to the worker: `run` (`id`, `code`, `marker`), `interrupt` (`id`). Messages from it: `hello` (`protocol`,
`python`, `executable`, `pid`), `done` (`id`, `status` ok or error, then `data` or `ename`, `evalue` and `traceback`,
`interrupted`). Messages of a kind that is not known are ignored. Before `done`, the marker is written to both pipes.
"""

import _thread
import faulthandler
import os
import platform
import queue
import signal
import sys
import threading
import traceback
import warnings

from _glue_ls import channel, guard, report, statement
from _glue_ls.streams import Streams

# How the process ends when the user's code has closed the connection.
_CONNECTION_LOST = 97
# How the process ends when the worker itself fails.
_FAILED = 98
# How long Spark may take to end its jobs before the statement is interrupted the ordinary way, in seconds.
_SPARK_GRACE = 2
_exit, _getpid = os._exit, os.getpid


class Server:
    """One session's namespace and what runs in it."""

    def __init__(self, connection, limits):
        self.connection = connection
        self.limits = limits
        self.streams = Streams()
        self.compiler = statement.Compiler()
        self.namespace = sys.modules["__main__"].__dict__
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
        # A signal while Spark is asked for something leaves its context unusable, so its jobs are ended first.
        if _cancel_spark() and self.idle.wait(_SPARK_GRACE):
            return
        with self.lock:
            if self.current == number:
                if channel.WINDOWS:
                    signal.raise_signal(signal.SIGINT)
                else:
                    # A real signal to that very thread: it also ends a `sleep` or a `read`.
                    signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    def on_signal(self, _number, _frame):
        """Raises KeyboardInterrupt in the user's code, and nowhere else."""
        if self.armed:
            raise KeyboardInterrupt

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

    def run(self, code, name):
        """Runs a statement, unless it was interrupted at a time when that could not be raised in it."""
        if self.interrupted:
            raise KeyboardInterrupt
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
            code = request.get("code", "")
            data, error = self.attempt(lambda: self.run(code, name))
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


def _cancel_spark():
    """Ends the jobs of a Spark context if there is one; returns whether there is."""
    try:
        context = getattr(sys.modules.get("pyspark"), "SparkContext", None)
        context = getattr(context, "_active_spark_context", None)
        if context is None:
            return False
        context.cancelAllJobs()
        return True
    except Exception:
        return False


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
    guard.start(connection.reading)
    # Figures are drawn for a notebook; there is no screen.
    os.environ.setdefault("MPLBACKEND", "Agg")
    # The second thread is the worker's own, and it holds no lock that a fork could need.
    warnings.filterwarnings("ignore", message="This process .* is multi-threaded", category=DeprecationWarning)
    sys.argv = list(start["argv"])
    sys.displayhook = _show
    server = Server(connection, start["limits"])
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
