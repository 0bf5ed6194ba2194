"""Rows of a file as variables of a document, and the idempotency key that follows from each."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from caseward.calling.documents import Document
from caseward.calling.errors import RowUnreadable, VariablesUnusable


@dataclass(frozen=True, slots=True)
class Row:
    """One call. ``number`` is its line, from 1. ``wrong`` says why it cannot be sent."""

    number: int
    variables: Mapping[str, Any]
    key: str = ""
    wrong: RowUnreadable | None = None


def rows(
    lines: Iterable[bytes], document: Document, *, shared: Mapping[str, Any], into: str | None, label: str
) -> Iterator[Row]:
    """Every line that is not blank, one at a time. A row is merged into ``shared``, object by object; with ``into`` it
    is that variable, else it names variables itself. Calls of the same content and ``label`` have the same key."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            yield one(number, _object(line), document, shared=shared, into=into, label=label)
        except RowUnreadable as wrong:
            yield Row(number, {}, wrong=wrong)


def ensure_taken(document: Document, names: Iterable[str], *, told: str) -> None:
    """Refuses what no row could be sent with: the first name, said by the option ``told``, that is no variable."""
    if unknown := sorted(set(names) - document.variables):
        raise VariablesUnusable(f"{told} names ${unknown[0]}. {_variables(document)}")


def _variables(document: Document) -> str:
    taken = ", ".join(f"${name}" for name in sorted(document.variables))
    return f"The document takes {taken}." if taken else "The document takes no variables."


def one(
    number: int, row: Mapping[str, Any], document: Document, *, shared: Mapping[str, Any], into: str | None, label: str
) -> Row:
    """One row; refuses a variable that the document does not take."""
    variables = merged(shared, row if into is None else {into: row})
    if unknown := sorted(variables.keys() - document.variables):
        raise RowUnreadable(f"There is no variable ${unknown[0]}. {_variables(document)}")
    return Row(number, variables, key_of(document, variables, label))


def key_of(document: Document, variables: Mapping[str, Any], label: str) -> str:
    """The same for the same document, variables and label, in whatever order objects are written."""
    told = orjson.dumps([label, document.text, document.operation, variables], option=orjson.OPT_SORT_KEYS)
    return f"call-{hashlib.sha256(told).hexdigest()}"


def merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Both; where both have an object, both of it; else what is ``over``."""
    found = dict(under)
    for name, value in over.items():
        known = found.get(name)
        both = isinstance(known, Mapping) and isinstance(value, Mapping)
        found[name] = merged(known, value) if both else value  # type: ignore[arg-type]
    return found


def _object(line: bytes) -> Mapping[str, Any]:
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise RowUnreadable(f"This is no JSON: {error}.") from None
    if not isinstance(found, dict):
        raise RowUnreadable("A row is a JSON object.")
    return found
