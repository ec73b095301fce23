"""Sees to it that nothing outlives glue-ls, however glue-ls ends.

Three things together, because each alone has a hole:

- the thread that receives messages kills the process group at the end of the connection, but it needs Python's
  global lock, which native code may hold for long;
- on Linux the kernel kills this process when the thread of glue-ls that started it ends, but not its children;
- a small forked process waits for the end of the connection and kills the group. It is a member of the group, so the
  number of the group cannot come to mean another one while it waits, and it goes when the group is killed.

One more process, in no group of anybody's, removes the worker's folder when the group is gone.

A process that leaves the group (`setsid`, `setpgid`, a daemon) is out of reach.
"""

import os
import signal
import sys
import time

WINDOWS = os.name == "nt"
# The group that glue-ls made for this process, whatever group user code may move it to.
_group = 0 if WINDOWS else os.getpgrp()


def end_everything():
    """Ends this process and all of its group at once."""
    try:
        if WINDOWS:
            import subprocess

            subprocess.Popen(
                ["taskkill", "/PID", str(os.getpid()), "/T", "/F"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            time.sleep(2)
        else:
            os.killpg(_group, signal.SIGKILL)
    finally:
        os._exit(1)


def start(connection, folder):
    """Arranges for the end of this process at the end of glue-ls, and of its folder at the end of its group.

    Must be called before there are threads.
    """
    if WINDOWS:
        return
    child = os.fork()
    if child == 0:
        try:
            # Forked twice: a child of the worker's would be seen by user code that waits for all its children.
            if os.fork() == 0:
                _watch(connection, folder)
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    if sys.platform.startswith("linux"):
        try:
            import ctypes

            ctypes.CDLL(None).prctl(1, int(signal.SIGKILL), 0, 0, 0)  # 1 is PR_SET_PDEATHSIG.
        except Exception:
            pass  # A Python without ctypes: the other two remain.


def leave_terminal():
    """Gives up the controlling terminal, so that code that asks for a password there fails instead of stopping."""
    if WINDOWS:
        return
    try:
        import fcntl
        import termios

        terminal = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
        try:
            fcntl.ioctl(terminal, termios.TIOCNOTTY)
        finally:
            os.close(terminal)
    except (OSError, ImportError):
        pass  # There is none.


def _watch(connection, folder):
    """Waits for the end of the connection, without reading from it, and kills the group."""
    import resource
    import select

    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGTSTP", "SIGQUIT", "SIGUSR1", "SIGUSR2"):
        signal.signal(getattr(signal, name), signal.SIG_IGN)
    os.chdir("/")
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if most == resource.RLIM_INFINITY or most > 65536:
        most = 65536
    os.closerange(3, connection)
    os.closerange(connection + 1, most)
    if folder:
        # The group is often killed as a whole, this process with it: who tidies up is in none.
        reading, writing = os.pipe()
        try:
            child = os.fork()
        except OSError:
            child = -1  # Who starts the next worker tidies up.
        if child == 0:
            os.setpgid(0, 0)
            os.close(writing)
            os.close(connection)
            os.read(reading, 1)
            _remove(folder)
            os._exit(0)
        os.close(reading)
    poll = select.poll()
    poll.register(connection, select.POLLHUP)
    while True:
        for _, events in poll.poll():
            if events & (select.POLLHUP | select.POLLNVAL):
                os.killpg(_group, signal.SIGKILL)
        # Only on systems that also wake up for messages that the worker has not read yet.
        time.sleep(0.2)


def _remove(folder):
    """Removes a folder to which processes that are being killed may write for a moment."""
    import shutil

    for _ in range(100):
        shutil.rmtree(folder, ignore_errors=True)
        if not os.path.lexists(folder):
            return
        time.sleep(0.1)
