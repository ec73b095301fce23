"""The user's descriptors 0, 1 and 2, and `sys.stdin`, `sys.stdout` and `sys.stderr` on top of them.

Everything that is printed, by Python, by C code or by a program that was started, goes through the same two pipes,
so it arrives in the order in which it was written.
"""

import builtins
import io
import os
import sys

from _glue_ls.channel import private, write_all

# A long text is written in pieces: encoding it as a whole would take its size in memory once more.
_PIECE = 64 * 1024
_REFUSED = (
    "{} has nobody to ask: statements of a Glue session run without a keyboard. "
    "Assign the value to a variable in the cell instead."
)


class Output(io.TextIOWrapper):
    """Text to a descriptor, at once: neither a dot without a line end nor the order of two writers waits."""

    def __init__(self, descriptor):
        raw = io.FileIO(descriptor, "w", closefd=False)
        super().__init__(
            io.BufferedWriter(raw, _PIECE), encoding="utf-8", errors="backslashreplace", newline="", write_through=True
        )

    def write(self, text):
        """Writes a text; returns its length."""
        if isinstance(text, str) and len(text) > _PIECE:
            for start in range(0, len(text), _PIECE):
                super().write(text[start : start + _PIECE])
        else:
            super().write(text)
        self.flush()
        return len(text)


class NoInput(io.TextIOBase):
    """A standard input that refuses to be read, with a reason."""

    encoding = "utf-8"

    def readable(self):
        """It can be asked, so that code which looks first comes to the refusal."""
        return True

    def fileno(self):
        """Returns the descriptor of an empty input, for programs that are started."""
        return 0

    def read(self, *_):
        """Refuses."""
        raise RuntimeError(_REFUSED.format("sys.stdin"))

    readline = readlines = __next__ = read

    def close(self):
        """Does nothing: `exit()` closes the standard input, and the session goes on."""


def _no_input(prompt="", /):
    """Refuses: there is no keyboard."""
    raise RuntimeError(_REFUSED.format("input()"))


class Streams:
    """Keeps the three descriptors and the objects on top usable, whatever a statement did to them."""

    def __init__(self):
        nothing = os.open(os.devnull, os.O_RDONLY)
        self.saved = {0: private(nothing), 1: private(1), 2: private(2)}
        os.close(nothing)
        os.dup2(self.saved[0], 0)
        self.stdout = self.stderr = None
        self.restore()

    def restore(self):
        """Puts back what the last statement closed or redirected."""
        for descriptor, saved in self.saved.items():
            if not _same(descriptor, saved):
                os.dup2(saved, descriptor)
        if os.name != "nt":
            # Programs that are started sometimes leave a shared pipe non-blocking behind.
            os.set_blocking(1, True)
            os.set_blocking(2, True)
        if self.stdout is None or self.stdout.closed:
            self.stdout = Output(1)
        if self.stderr is None or self.stderr.closed:
            self.stderr = Output(2)
        if _unusable("stdout"):
            sys.stdout = self.stdout
        if _unusable("stderr"):
            sys.stderr = self.stderr
        sys.__stdout__, sys.__stderr__ = self.stdout, self.stderr
        if not isinstance(getattr(sys, "stdin", None), NoInput):
            sys.stdin = sys.__stdin__ = NoInput()
        builtins.input = _no_input

    def flush(self):
        """Writes what is still held back. What cannot be written any more is lost."""
        for stream in (getattr(sys, "stdout", None), getattr(sys, "stderr", None), self.stdout, self.stderr):
            try:
                stream.flush()
            except BaseException:
                pass

    def finish(self, marker):
        """Writes the mark that ends a statement's output to both pipes."""
        for descriptor in (1, 2):
            write_all(self.saved[descriptor], marker)


def _same(left, right):
    """Returns whether two descriptors are the same open pipe or file."""
    try:
        one, other = os.fstat(left), os.fstat(right)
    except OSError:
        return False
    return (one.st_dev, one.st_ino) == (other.st_dev, other.st_ino)


def _unusable(name):
    """Returns whether the stream of that name in `sys` is missing, closed, or the interpreter's own."""
    stream = getattr(sys, name, None)
    if stream is None or stream is getattr(sys, "__" + name + "__", None) and not isinstance(stream, Output):
        return True
    try:
        return bool(stream.closed)
    except Exception:
        return False  # An object of the user's that has no such notion.
