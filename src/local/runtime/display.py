"""What is shown of a value: a dictionary from MIME type to text.

A further way to show something is one more function in `MAGICS` (for a line `%name argument`) or a case in `of_value`
(for the last expression of a statement).
"""

import base64
import importlib.util
import io
import sys


class DisplayError(Exception):
    """Something cannot be shown; the message says why and what to do."""


def of_value(value, limits):
    """Returns what is shown of a statement's last expression."""
    return {"text/plain": cut(repr(value), limits["result_bytes"], "result")}


def cut(text, limit, what):
    """Cuts a text to about `limit` bytes and says so at its end."""
    data = text[: limit + 1].encode("utf-8", "backslashreplace")
    if len(text) <= limit and len(data) <= limit:
        return data.decode("utf-8")
    kept = data[:limit].decode("utf-8", "ignore")
    return "{}\n[glue-ls: the {} is cut here; it has {:,} characters]".format(kept, what, len(text))


def matplot(value, limits):
    """Returns the current figure of `matplotlib.pyplot`, or a figure, as an image."""
    _need("matplotlib", "%matplot")
    if hasattr(value, "gcf"):
        value = value.gcf()
    if not hasattr(value, "savefig"):
        raise DisplayError(
            "%matplot shows `matplotlib.pyplot` or a figure, and this is a {}: write `%matplot plt`".format(
                _kind(value)
            )
        )
    image = io.BytesIO()
    value.savefig(image, format="png")
    return {"image/png": _fits(base64.b64encode(image.getvalue()).decode("ascii"), limits, "image")}


def plotly(value, limits):
    """Returns a Plotly figure as its JSON form and as HTML."""
    _need("plotly", "%plotly")
    if not hasattr(value, "to_json") or not hasattr(value, "to_html"):
        raise DisplayError("%plotly shows a Plotly figure, and this is a {}".format(_kind(value)))
    return {
        "application/vnd.plotly.v1+json": _fits(value.to_json(), limits, "figure"),
        "text/html": _fits(value.to_html(full_html=False, include_plotlyjs="cdn"), limits, "figure"),
    }


MAGICS = {"matplot": matplot, "plotly": plotly}


def _need(module, magic):
    if module not in sys.modules and importlib.util.find_spec(module) is None:
        raise DisplayError(
            "{} needs {}, which this Python does not have: run `{} -m pip install {}` and start a new session".format(
                magic, module, sys.executable, module
            )
        )


def _fits(text, limits, what):
    if len(text) > limits["media_bytes"]:
        raise DisplayError(
            "the {} takes {:,} bytes, and {:,} can be shown: make it smaller or save it to a file".format(
                what, len(text), limits["media_bytes"]
            )
        )
    return text


def _kind(value):
    return type(value).__name__
