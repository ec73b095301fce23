"""Compiles and runs one statement (the code of a cell) in the session's namespace."""

import __future__
import ast
import builtins
import re
import sys

from _glue_ls import display, report

_FUTURE = 0
for _name in __future__.all_feature_names:
    _FUTURE |= getattr(__future__, _name).compiler_flag
_MAGIC = re.compile(r"%(\w+)[ \t]*(.*)$")


class Compiler:
    """Compiles statements; `from __future__` imports hold for the statements that follow, as at a prompt."""

    def __init__(self):
        self.flags = 0

    def code(self, tree, name, mode):
        """Compiles a syntax tree."""
        code = compile(tree, name, mode, self.flags, True)
        self.flags |= code.co_flags & _FUTURE
        return code

    def tree(self, source, name):
        """Parses a text."""
        return compile(source, name, "exec", self.flags | ast.PyCF_ONLY_AST, True)


def name_of(number):
    """Returns the file name under which a statement appears in tracebacks."""
    return "<statement {}>".format(number)


def run(compiler, source, name, namespace, limits):
    """Runs a statement; returns what is shown of its result, an empty dictionary when there is nothing."""
    report.remember(name, source)
    parts = _parts(compiler, source, name)
    shown = {}
    for index, part in enumerate(parts):
        if isinstance(part, ast.Module):
            value = _run_code(compiler, part, name, namespace)
            if value is None:
                continue
            builtins._ = value
            if index + 1 == len(parts):
                shown.update(display.of_value(value, limits))
            else:
                sys.displayhook(value)
        else:
            magic, argument = part
            value = eval(compiler.code(argument, name, "eval"), namespace)
            shown.update(display.MAGICS[magic](value, limits))
    return shown


def run_script(compiler, source, name, namespace):
    """Runs a whole script as a job does: nothing is shown but what it prints, and it may end itself."""
    report.remember(name, source)
    try:
        exec(compiler.code(compiler.tree(source, name), name, "exec"), namespace)
    except SystemExit as error:
        if error.code is not None and error.code != 0:
            raise
    return {}


def _run_code(compiler, tree, name, namespace):
    """Runs the nodes of a tree; returns the value of the last one if it is an expression."""
    if not tree.body:
        return None
    last = tree.body[-1]
    if len(tree.body) > 1:
        exec(compiler.code(ast.Module(tree.body[:-1], []), name, "exec"), namespace)
    if isinstance(last, ast.Expr):
        return eval(compiler.code(ast.Expression(last.value), name, "eval"), namespace)
    # As at a prompt, and on Glue: expressions inside a last loop or condition are shown as well.
    exec(compiler.code(ast.Interactive([last]), name, "single"), namespace)
    return None


def _parts(compiler, source, name):
    """Splits a statement at its display magics; returns trees and (magic, argument tree) pairs.

    A text that is Python as it stands has none: a line that begins with `%` may be part of a string.
    """
    try:
        return [compiler.tree(source, name)]
    except SyntaxError:
        lines = source.split("\n")
        if not any(_is_magic(line) for line in lines):
            raise
    parts, begun = [], 0
    for number, line in enumerate(lines + [None]):
        if line is not None and not _is_magic(line):
            continue
        if begun < number:
            # Empty lines before it, so that every line keeps its number.
            tree = compiler.tree("\n" * begun + "\n".join(lines[begun:number]), name)
            if tree.body:
                parts.append(tree)
        begun = number + 1
        if line is not None:
            magic, argument = _MAGIC.match(line.rstrip()).groups()
            try:
                tree = ast.parse(argument or "None", name, "eval")
            except SyntaxError:
                example = "plt" if magic == "matplot" else "fig"
                raise SyntaxError(
                    "%{} takes one expression, such as `%{} {}`".format(magic, magic, example),
                    (name, number + 1, 1, line),
                ) from None
            ast.increment_lineno(tree, number)
            parts.append((magic, tree))
    return parts


def _is_magic(line):
    match = _MAGIC.match(line)
    return match is not None and match.group(1) in display.MAGICS
