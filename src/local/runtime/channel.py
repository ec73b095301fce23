"""The private connection to glue-ls: frames of a length (4 bytes, big endian) and a JSON object in UTF-8.

It uses none of the descriptors 0, 1 and 2, which belong to the user's code, and keeps its own out of the way of
code that closes "all" descriptors from 3 on up to some small number.
"""

import json
import os
import struct

WINDOWS = os.name == "nt"
_read, _write = os.read, os.write
_pack, _unpack = struct.Struct(">I").pack, struct.Struct(">I").unpack
_encode = json.JSONEncoder(ensure_ascii=False, check_circular=False).encode
_decode = json.JSONDecoder().decode

# The largest frame that is taken; the other side has the same bound.
FRAME_LIMIT = 64 * 1024 * 1024


def private(descriptor):
    """Returns a copy of a descriptor with a high number, which programs that are started do not inherit."""
    if WINDOWS:
        return os.dup(descriptor)
    import fcntl
    import resource

    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if soft == resource.RLIM_INFINITY or soft > 1024:
        soft = 1024
    return fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, max(3, soft - 24))


class Channel:
    """Both directions of the connection. One thread receives, one sends."""

    def __init__(self, reading, writing):
        self.reading = reading
        self.writing = writing

    def receive(self):
        """Returns the next message; None when the other side is gone."""
        head = self._exactly(4)
        if head is None:
            return None
        (size,) = _unpack(head)
        if size > FRAME_LIMIT:
            return None
        body = self._exactly(size)
        if body is None:
            return None
        message = _decode(body.decode("utf-8", "replace"))
        return message if isinstance(message, dict) else {}

    def send(self, message):
        """Sends a message. Raises OSError when the connection is gone, ValueError when the message is too large."""
        # Lone surrogates, which a user's text may contain, have no UTF-8 form (and none in JSON for strict readers).
        body = _encode(message).encode("utf-8", "replace")
        if len(body) > FRAME_LIMIT:
            raise ValueError("the result takes {:,} bytes, more than can be shown".format(len(body)))
        write_all(self.writing, _pack(len(body)) + body)

    def close(self):
        """Closes the connection in this process: for a fork, which must not speak in its parent's name."""
        for descriptor in {self.reading, self.writing}:
            try:
                os.close(descriptor)
            except OSError:
                pass

    def _exactly(self, count):
        parts = []
        while count:
            part = _read(self.reading, min(count, 65536))
            if not part:
                return None
            parts.append(part)
            count -= len(part)
        return b"".join(parts)


def write_all(descriptor, data):
    """Writes all bytes to a descriptor, also to one that somebody made non-blocking."""
    view = memoryview(data)
    while view:
        try:
            view = view[_write(descriptor, view) :]
        except BlockingIOError:
            os.set_blocking(descriptor, True)
