"""Files and functions that can be read at one go."""

import ast
from collections.abc import Iterator

import pytest

from tests.architecture.sources import CODE, Source, sources

FILE_LINES = 400
TEST_FILE_LINES = 800
FUNCTION_LINES = 50

LONG_FILES: dict[str, tuple[int, str]] = {}
LONG_FUNCTIONS: dict[str, tuple[int, str]] = {}
"""What may be longer: how long it was when it came here, and why it is one idea. Lists that only shrink."""


def functions(source: Source) -> Iterator[tuple[str, int]]:
    """Every function with its length in lines, decorators and docstring left out."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            documented = ast.get_docstring(node) is not None
            first = node.body[0].end_lineno if documented else node.lineno
            yield f"{source.path}: {node.name}", (node.end_lineno or 0) - (first or 0)


def ensure_short(found: dict[str, int], limit: int, allowed: dict[str, tuple[int, str]]) -> None:
    """Fails on what is over the limit and not listed, has grown since, or need not be listed any more."""
    over = {name: lines for name, lines in found.items() if lines > limit}
    assert {name: lines for name, lines in over.items() if name not in allowed} == {}
    assert {name: over[name] for name in over.keys() & allowed.keys() if over[name] > allowed[name][0]} == {}
    assert allowed.keys() - over.keys() == set(), "These are short enough now: take them off the list."


def test_files_of_code_hold_one_idea_each() -> None:
    ensure_short({source.path: source.lines for source in sources(*CODE)}, FILE_LINES, LONG_FILES)


def test_files_of_tests_hold_one_subject_each() -> None:
    ensure_short({source.path: source.lines for source in sources("tests")}, TEST_FILE_LINES, {})


def test_functions_fit_on_a_screen() -> None:
    found = {name: lines for source in sources(*CODE, "tests") for name, lines in functions(source)}

    ensure_short(found, FUNCTION_LINES, LONG_FUNCTIONS)


def test_an_entry_that_has_grown_or_is_not_needed_any_more_is_found() -> None:
    with pytest.raises(AssertionError):
        ensure_short({"a.py": 420}, FILE_LINES, {"a.py": (410, "one table")})
    with pytest.raises(AssertionError, match="take them off"):
        ensure_short({"a.py": 390}, FILE_LINES, {"a.py": (410, "one table")})
