"""What jupytext makes of texts and notebooks: one JSON request on each line of stdin, one answer on each of stdout.

{"read": text, "known": [names]}
    -> {"format": name, "cells": [[kind, text], ...], "adjusted": the same with the differences below}
    With "guess": true the cells are those of the format that jupytext takes a text without a header for.
{"write": notebook, "options": {...}} -> {"text": script}

A text that jupytext refuses is answered by {"refused": why}.

"adjusted" is what jupytext would read if it did what glue-ls does on purpose; each difference is described and shown in
tests/forms/differences.rs, under the name that it has here.
"""

import contextlib
import json
import re
import sys
import warnings

import jupytext
import nbformat
from jupytext import cell_reader, magics
from jupytext.formats import read_format_from_metadata
from jupytext.stringparser import StringParser

warnings.simplefilter("ignore")


def contents(notebook):
    return [[cell.cell_type, cell.source] for cell in notebook.cells]


@contextlib.contextmanager
def replaced(place, name, make):
    """Puts something else in the place of a function of jupytext."""
    before = getattr(place, name)
    setattr(place, name, make(before))
    try:
        yield
    finally:
        setattr(place, name, before)


def comments_stay(known):
    """unknown-magics, words, interpreters: what a comment must be to be taken for a magic."""
    named = re.compile(r"^%{1,3}([a-zA-Z]\S*)")
    assigned = re.compile(r"^[a-zA-Z_][a-zA-Z_$0-9]*\s*=\s*%{1,3}([a-zA-Z]\S*)")

    def make(is_magic):
        def careful(line, language, *arguments, **options):
            if not is_magic(line, language, *arguments, **options):
                return False
            comment = magics._COMMENT[magics.usual_language_name(language)]
            code = line.lstrip()
            if not code.startswith(comment):
                return True
            inside = magics.unesc(code, language)
            if inside.startswith(comment):
                # Commented twice: a comment remains.
                return True
            name = named.match(inside)
            if name:
                return name.group(1) in known or bool(re.search(r"#\s*escape", inside))
            name = assigned.match(inside.lstrip())
            if name:
                return name.group(1) in known
            if magics._PYTHON_HELP_OR_BASH_CMD.match(line):
                return not code.startswith("#!")
            return bool(magics._PYTHON_MAGIC_ASSIGN.match(line))

        return careful

    return make


def fences_end_with_their_comments(find_cell_end):
    """fences: one counts only if it is closed in the same run of commented lines."""

    def careful(reader, lines):
        changed = list(lines)
        parser = StringParser(reader.language or reader.default_language)
        if "cell_type" not in reader.metadata and not cell_reader.is_active(".ipynb", reader.metadata):
            # Not commented, unless it is for neither notebooks nor scripts.
            if reader.metadata.get("active") == "" or cell_reader.is_active(".py", reader.metadata):
                return find_cell_end(reader, [re.sub("[`~]{3}", "xxx", line) for line in lines])
        if reader.metadata.get("cell_type", "raw") in ("markdown", "raw"):
            fence = None
            for index, line in enumerate(lines):
                quoted = parser.is_quoted()
                parser.read_line(line)
                inside = cell_reader.uncomment([line])[0]
                if quoted:
                    continue
                if fence:
                    if cell_reader._closes_fence(inside, fence):
                        fence = None
                    continue
                opening = cell_reader._opening_fence(inside)
                if not opening:
                    continue
                run = []
                for below in lines[index + 1 :]:
                    if not below.startswith("#"):
                        break
                    run.append(cell_reader.uncomment([below])[0])
                if line.startswith("#") and any(cell_reader._closes_fence(below, opening) for below in run):
                    fence = opening
                else:
                    changed[index] = re.sub("[`~]", "x", line)
        return find_cell_end(reader, changed)

    return careful


def without_comments_at_the_top(cells, text):
    """preamble: text above the first marker is a cell only if it holds more than comments."""
    if not cells:
        return cells
    kind, source = cells[0]
    if kind == "code" and all(not line.strip() or line.strip().startswith(("#", COMMENT)) for line in source.splitlines()):
        reader = cell_reader.DoublePercentScriptCellReader({"extension": ".py"})
        lines = text.splitlines()
        _, _, _, start = jupytext.header.header_to_metadata_and_cell(lines, "#", "", ".py")
        first = lines[start] if start < len(lines) else ""
        if not (reader.start_code_re.match(first) or reader.alternative_start_code_re.match(first)):
            return cells[1:]
    return cells


COMMENT = "#"


def read(text, known, guess):
    global COMMENT
    name = read_format_from_metadata(text, ".py") or "percent"
    plain = {"extension": ".py", "format_name": name}
    notebook = jupytext.reads(text, {"extension": ".py"} if guess else dict(plain))
    language = jupytext.languages.default_language_from_metadata_and_ext(notebook.metadata, ".py")
    COMMENT = magics._COMMENT.get(language, "#")
    with (
        replaced(magics, "is_magic", comments_stay(set(known))),
        replaced(cell_reader.DoublePercentScriptCellReader, "find_cell_end", fences_end_with_their_comments),
    ):
        # header: no raw cell for what stands beside `jupyter:`. languages: known ones need no setting.
        named = notebook.metadata.get("jupytext", {}).get("custom_cell_magics", "").split(",")
        options = {"root_level_metadata_as_raw_cell": False, "custom_cell_magics": ",".join([*known, *named])}
        adjusted = contents(jupytext.reads(text, {**plain, **options}))
    return {
        "format": name,
        "cells": contents(notebook),
        "adjusted": without_comments_at_the_top(adjusted, text),
    }


def write(notebook, options):
    # VS Code nests the metadata once more; jupytext does not know that.
    metadata = notebook["metadata"]
    notebook["metadata"] = metadata if "kernelspec" in metadata else metadata.get("metadata", metadata)
    notebook = nbformat.from_dict(notebook)
    for cell in notebook.cells:
        if not isinstance(cell.source, str):
            cell.source = "".join(cell.source)
    return {"text": jupytext.writes(notebook, {"extension": ".py", "format_name": "percent", **options})}


for request in sys.stdin:
    request = json.loads(request)
    try:
        answer = read(request["read"], request["known"], request.get("guess", False)) if "read" in request else write(request["write"], request["options"])
    except Exception as error:  # whatever jupytext stumbles over
        answer = {"refused": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer))
