"""What an export asks for: a list by its filter, in order of number, page by page of one GraphQL document.

It is read as any client would read it: the list's own rights, visibility, costs, time limits and notes of who was
shown what hold for every page.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from api.cells import cell, csv_line, json_line, value
from api.negotiation import why_unreadable
from api.refusals import refuse

PAGE = 200
MOST_FIELDS = 60
FORMATS = {"ndjson": "application/x-ndjson", "csv": "text/csv"}
TAKEN = frozenset({"filter", "format", "fields", "after"})

_PATH = re.compile(r"[a-z][A-Za-z0-9]*(\.[a-z][A-Za-z0-9]*){0,4}")
_PAGED = frozenset({"nodes", "edges", "pageInfo", "totalCount"})


@dataclass(frozen=True, slots=True)
class Exported:
    """A list that can be exported. ``fields`` are those of whoever names none."""

    name: str
    filter_type: str
    key: str
    fields: tuple[str, ...]


LISTS: Mapping[str, Exported] = {
    "cases": Exported(
        "cases",
        "CaseFilter",
        "CASE",
        (
            "key", "kind", "state", "title", "severity", "priority", "sensitivity", "reasonCode", "queue.key",
            "team.key", "assignee.name", "resolution", "openedAt", "dueAt", "resolvedAt", "updatedAt", "version",
        ),
    ),
    "inquiries": Exported(
        "inquiries",
        "InquiryFilter",
        "INQ",
        (
            "key", "kind", "state", "title", "channel", "language", "team.key", "assignee.name", "resolution",
            "openedAt", "firstRepliedAt", "closedAt", "updatedAt", "version",
        ),
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Export:
    """One request's. ``after`` is the number of the last row its client has."""

    of: Exported
    format: str
    fields: tuple[str, ...]
    filter: Mapping[str, Any]
    after: int

    @property
    def document(self) -> str:
        """The document of every page."""
        selected = _selection([field.split(".") for field in self.fields])
        return (
            f"query Export($filter: {self.of.filter_type}) {{ rows: {self.of.name}(first: {PAGE}, filter: $filter,"
            f" orderBy: [{{field: NUMBER, direction: ASC}}]) {{ nodes {{ exported: key {selected} }} }} }}"
        )

    def variables(self, after: int) -> dict[str, Any]:
        """Those of the page that begins after a number."""
        return {"filter": {**self.filter, "and": [*(self.filter.get("and") or ()), {"number": {"gt": after}}]}}

    def head(self) -> bytes:
        """What stands before the rows."""
        return csv_line(self.fields) if self.format == "csv" else b""

    def line(self, row: Mapping[str, Any]) -> bytes:
        """One row."""
        if self.format == "csv":
            return csv_line([cell(value(row, field.split("."))) for field in self.fields])
        return json_line({name: found for name, found in row.items() if name != "exported"})

    def tail(self, after: int, rows: int, errors: Sequence[Any] = ()) -> bytes:
        """What stands after the rows: where to go on from, and whether that is all. CSV has no place for it."""
        if self.format == "csv":
            return b""
        told = {"complete": not errors, "rows": rows, "after": f"{self.of.key}-{after}" if after else None}
        return json_line(told | ({"errors": errors} if errors else {}))

    def number(self, row: Mapping[str, Any]) -> int:
        """The number of a row."""
        return int(str(row["exported"]).rpartition("-")[2])


def asked(name: str, given: Sequence[tuple[str, str]]) -> Export:
    """The export a request's parameters ask for; 404 or 400 where they ask for none."""
    of = LISTS.get(name)
    if of is None:
        refuse(404, "NOT_FOUND", f"There is no such export. There are {' and '.join(LISTS)}.")
    told = dict(given)
    if unknown := sorted(told.keys() - TAKEN):
        refuse(400, "BAD_REQUEST", f"An export takes no {unknown[0][:40]}, only {', '.join(sorted(TAKEN))}.")
    if len(told) < len(given):
        refuse(400, "BAD_REQUEST", "Say each parameter once.")
    form = told.get("format", "ndjson")
    if form not in FORMATS:
        refuse(400, "BAD_REQUEST", f"format is {' or '.join(FORMATS)}.")
    return Export(of, form, _fields(of, told.get("fields")), _filter(told.get("filter")), _after(of, told.get("after")))


def _fields(of: Exported, text: str | None) -> tuple[str, ...]:
    if not text:
        return of.fields
    found = tuple(dict.fromkeys(part.strip() for part in text.split(",")))
    if len(found) > MOST_FIELDS:
        refuse(400, "BAD_REQUEST", f"At most {MOST_FIELDS} fields.")
    for field in found:
        if not _PATH.fullmatch(field) or field.split(".")[0] == "exported":
            refuse(400, "BAD_REQUEST", f"{field[:60]} is no field: write key,queue.key,assignee.name.")
        if _PAGED & set(field.split(".")):
            refuse(400, "BAD_REQUEST", f"{field} has pages of its own: a row would hold the first of them only.")
    return found


def _filter(text: str | None) -> Mapping[str, Any]:
    try:
        found = orjson.loads(text) if text else {}
    except orjson.JSONDecodeError as error:
        refuse(400, "BAD_REQUEST", f"filter cannot be read as JSON: {why_unreadable(error)}.")
    if not isinstance(found, dict) or not isinstance(found.get("and") or [], list):
        refuse(400, "BAD_REQUEST", "filter is a JSON object, as the list's own filter takes it.")
    return found


def _after(of: Exported, text: str | None) -> int:
    if not text:
        return 0
    head, _, digits = text.rpartition("-")
    if head != of.key or not (digits.isascii() and digits.isdigit() and len(digits) < 19):
        refuse(400, "BAD_REQUEST", f"after is the key of the last row you have: {of.key}-123.")
    return int(digits)


def _selection(paths: Sequence[Sequence[str]]) -> str:
    """The GraphQL selection of paths, each object once."""
    below: dict[str, list[Sequence[str]]] = {}
    for first, *rest in paths:
        below.setdefault(first, []).extend([rest] if rest else [])
    return " ".join(f"{name} {{ {_selection(rest)} }}" if rest else name for name, rest in below.items())
