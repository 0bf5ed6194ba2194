"""Rows of an export as lines: NDJSON as they are, CSV with one cell a field that no spreadsheet takes for a formula."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a cell begins with that spreadsheets carry out, the full-width forms included."""

PLAIN = "'"
"""Put before such a cell: a spreadsheet shows it as text."""


def value(row: Any, path: Sequence[str]) -> Any:
    """What a row holds at a path; of a list what each of its items holds there."""
    for depth, name in enumerate(path):
        if isinstance(row, list):
            return [value(each, path[depth:]) for each in row]
        if not isinstance(row, Mapping):
            return None
        row = row.get(name)
    return row


def cell(found: Any) -> str:
    """A value as a cell: nothing for null, JSON for lists and objects, texts as they are unless they look like a
    formula."""
    match found:
        case None:
            return ""
        case bool():
            return "true" if found else "false"
        case str():
            return f"{PLAIN}{found}" if found.startswith(FORMULA) else found
        case int() | float():
            return str(found)
    return orjson.dumps(found).decode()


def csv_line(cells: Sequence[str]) -> bytes:
    """One record of RFC 4180, in UTF-8."""
    written = io.StringIO()
    csv.writer(written).writerow(cells)
    return written.getvalue().encode()


def json_line(found: Any) -> bytes:
    """One line of NDJSON."""
    return orjson.dumps(found, option=orjson.OPT_APPEND_NEWLINE)
