"""Where the code writes error codes down."""

import ast
import re
from collections.abc import Iterator

from tests.architecture.sources import Source

BY_ARGUMENT = {"refuse": (0, 1), "answer": (1,), "FieldProblem": (1,)}
"""Calls that take a code, and at which places; where there are two, what is no code is left out."""


def written(source: Source) -> Iterator[str]:
    """Codes as literals: given to a call, under the key `code`, or bound to the name `code`."""
    for node in ast.walk(source.tree):
        match node:
            case ast.Call():
                yield from _given(node)
            case ast.Dict():
                pairs = zip(node.keys, node.values, strict=True)
                for value in (value for key, value in pairs if isinstance(key, ast.Constant) and key.value == "code"):
                    yield from _literal(value)
            case ast.Assign(targets=[ast.Name("code")]) | ast.AnnAssign(target=ast.Name("code")) if node.value:
                yield from _literal(node.value)


def _given(call: ast.Call) -> Iterator[str]:
    name = call.func.id if isinstance(call.func, ast.Name) else call.func.attr if _is_attribute(call) else ""
    places = BY_ARGUMENT.get(name, ())
    found = [code for at in places if len(call.args) > at for code in _literal(call.args[at])]
    yield from (code for code in found if len(places) == 1 or re.fullmatch(r"[A-Z_]+", code))
    for keyword in call.keywords:
        if keyword.arg == "code":
            yield from _literal(keyword.value)


def _is_attribute(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute)


def _literal(value: ast.expr) -> Iterator[str]:
    if isinstance(value, ast.IfExp):
        yield from _literal(value.body)
        yield from _literal(value.orelse)
    elif isinstance(value, ast.Constant) and isinstance(value.value, str):
        yield value.value
