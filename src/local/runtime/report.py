"""What is told of an exception: its name, its text and a traceback in which only the user's frames stand."""

import linecache
import traceback

from _glue_ls.display import cut

# File names of the worker's own code begin with this.
OWN = "<glue-ls "
# From this many frames on, the middle of a traceback is left out.
_MOST_FRAMES = 400
_SHOWN_FRAMES = 100
_TEXT_LIMIT = 64 * 1024
_TRACEBACK_LIMIT = 512 * 1024
_SOURCES_LIMIT = 8 * 1024 * 1024
_sources = []


def remember(name, code):
    """Keeps the source of a statement, so that tracebacks and `inspect` can show its lines."""
    linecache.cache[name] = (len(code), None, code.splitlines(True), name)
    _sources.append((name, len(code)))
    while len(_sources) > 1 and sum(size for _, size in _sources) > _SOURCES_LIMIT:
        linecache.cache.pop(_sources.pop(0)[0], None)


def describe(error):
    """Returns the report of an exception. Calls the user's code (`__str__`), so it may raise anything."""
    kind = type(error)
    frames = error.__traceback__
    while frames is not None and frames.tb_frame.f_code.co_filename.startswith(OWN):
        frames = frames.tb_next
    count, step = 0, frames
    while step is not None:
        count, step = count + 1, step.tb_next
    deep = count > _MOST_FRAMES
    try:
        summary = traceback.TracebackException(kind, error, frames, limit=-_SHOWN_FRAMES if deep else None)
        _leave_out_own(summary)
        parts = list(summary.format())
        if deep:
            first = traceback.format_list(_users(traceback.extract_tb(frames, limit=_SHOWN_FRAMES)))
            note = "  [glue-ls: {:,} frames are left out here]\n".format(count - 2 * _SHOWN_FRAMES)
            # With a cause before it the heading does not come first; then the frames stand before all else.
            at = 1 if parts and parts[0].startswith("Traceback") else 0
            parts[at:at] = first + [note]
    except Exception:
        parts = ["Traceback (most recent call last):\n"]
        parts += traceback.format_list(_users(traceback.extract_tb(frames, limit=_SHOWN_FRAMES)))
        parts.append("{}: (its text cannot be shown)\n".format(kind.__name__))
    try:
        text = str(error)
    except Exception:
        text = "(its text cannot be shown)"
    return {
        "ename": str(kind.__name__),
        "evalue": cut(text, _TEXT_LIMIT, "text"),
        "traceback": _bounded(parts),
    }


def unknown(error):
    """Returns a report that calls nothing of the user's."""
    name = type.__dict__["__name__"].__get__(type(error))
    line = "{}: (its text cannot be shown)".format(name)
    return {"ename": name, "evalue": "(its text cannot be shown)", "traceback": [line + "\n"]}


def _users(frames):
    return [frame for frame in frames if not frame.filename.startswith(OWN)]


def _leave_out_own(summary):
    """Takes the worker's own frames (what raises interrupts, what prints) out of an exception and its causes."""
    seen = set()
    waiting = [summary]
    while waiting:
        summary = waiting.pop()
        if summary is None or id(summary) in seen:
            continue
        seen.add(id(summary))
        if summary.stack is not None:
            summary.stack[:] = _users(summary.stack)
        waiting += [summary.__cause__, summary.__context__]


def _bounded(parts):
    """Cuts single parts that are too long, and leaves out the middle of too many."""
    parts = [cut(part, _TEXT_LIMIT, "text") for part in parts]
    total, head = 0, []
    for index, part in enumerate(parts):
        total += len(part)
        if total > _TRACEBACK_LIMIT:
            tail = parts[max(index, len(parts) - 20) :]
            left = len(parts) - len(head) - len(tail)
            return head + ["  [glue-ls: {:,} entries are left out here]\n".format(left)] + tail
        head.append(part)
    return head
