"""Names are the field's own words."""

import ast
import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from tests.architecture.sources import CODE, Source, sources

BANNED = {"service", "manager", "handler", "helper", "util", "common", "base", "data", "info", "process"}
BANNED_TOO = BANNED | {f"{word}s" for word in BANNED} | {"processes", "bases", "utilities"}

NOT_OURS = {
    "caseward/demo/mailbox.py: handle_DATA": "aiosmtpd calls it by this name",
    "caseward/stack/place.py: data": "what PostgreSQL calls its folder",
    "domain/mirror/creating.py: _first_base": "the third side of a three-way merge is its base",
    "schema/__init__.py: process_errors": "strawberry calls it by this name",
    "schema/reads/paging.py: _page_info": "makes a PageInfo",
    "schema/reads/types.py: PageInfo": "Relay's name for where a page ends",
    "tests/integrations/jira/conftest.py: data_center": "one of Jira's two kinds",
    "tests/integrations/notify/test_contract.py: handle_DATA": "aiosmtpd calls it by this name",
}
"""Names we do not choose, each with whose they are."""

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def words(name: str) -> set[str]:
    """`HTTPDataSource` and `http_data_source` alike: http, data, source."""
    return {word.lower() for word in _WORD.findall(name)}


def names(source: Source) -> Iterator[str]:
    """The names of a file, of its folders, and of the classes and functions in it. A test's name is a sentence."""
    yield from (part for part in PurePosixPath(source.path).with_suffix("").parts)
    for node in ast.walk(source.tree):
        named = isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        if named and not node.name.startswith("test_"):
            yield node.name


def test_names_are_split_into_their_words() -> None:
    assert words("HTTPDataSource") == words("http_data_source") == {"http", "data", "source"}
    assert words("Database") == {"database"}


def test_no_module_class_or_function_is_named_by_a_word_that_says_nothing() -> None:
    found = {
        f"{source.path}: {name}"
        for source in sources(*CODE, "tests")
        for name in names(source)
        if words(name) & BANNED_TOO
    }

    assert found - NOT_OURS.keys() == set()
    assert NOT_OURS.keys() - found == set(), "These names are gone: take them off the list."
