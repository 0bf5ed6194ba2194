"""Reading the values of a document: each kind's form, and what is refused."""

import math
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any
from uuid import UUID

from domain.core import search
from domain.core.errors import IdRefused
from domain.core.ids import parse_public_id
from domain.core.predicates.conditions import Ago, Keyed
from domain.core.predicates.durations import parse_duration
from domain.core.predicates.entities import Field, Kind
from domain.core.predicates.errors import PredicateRefused

_BIGGEST = 2**63 - 1
_FARTHEST = timedelta(days=36_500)
_EARLIEST_YEAR, _LATEST_YEAR = 1900, 9900


def read_value(field: Field, value: Any, path: tuple[str | int, ...]) -> Any:
    """The Python value of a field's kind; a moment may also be a duration, then relative to the evaluation."""
    if value is None:
        raise PredicateRefused(path, "Comparing with null is never true; use isNull.")
    read, wanted = _READERS[field.kind]
    try:
        found = read(field, value)
    except (ValueError, OverflowError, InvalidOperation):
        found = None
    if found is None and field.kind is Kind.ID:
        keyed = f", or a key such as {field.key}-123," if field.key else ""
        raise IdRefused(f"{wanted.format(field=field)}{keyed} is needed here.", path=path)
    if found is None:
        listed = f": {', '.join(field.choices.__members__)}" if field.choices is not None else ""
        raise PredicateRefused(path, f"{wanted.format(field=field)} is needed here{listed}.")
    return found


def _id(field: Field, value: Any) -> UUID | Keyed | None:
    if isinstance(value, UUID) or not isinstance(value, str):
        return value if isinstance(value, UUID) else None
    head, _, digits = value.rpartition("-")
    if field.key and head == field.key and digits.isascii() and digits.isdigit() and len(digits) < 19:
        return Keyed(field.keyed_in, field.key, int(digits))
    return parse_public_id(field.prefix, value) if field.prefix else UUID(value)


def _text(_field: Field, value: Any) -> str | None:
    if not isinstance(value, str) or "\0" in value:
        return None
    value.encode()  # a lone surrogate has no UTF-8
    return value


def _choice(field: Field, value: Any) -> Enum | None:
    choices = field.choices
    if choices is None or isinstance(value, choices):
        return value if isinstance(value, Enum) else None
    if isinstance(value, str) and value in choices.__members__:
        return choices[value]
    return None


def _flag(_field: Field, value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _integer(_field: Field, value: Any) -> int | None:
    fits = isinstance(value, int) and not isinstance(value, bool) and -_BIGGEST <= value <= _BIGGEST
    return value if fits else None


def _number(_field: Field, value: Any) -> float | None:
    fits = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return float(value) if fits else None


def _decimal(_field: Field, value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        return None
    found = Decimal(value)
    return found if found.is_finite() and abs(found.adjusted()) < 1000 else None


def _moment(_field: Field, value: Any) -> datetime | Ago | None:
    if isinstance(value, timedelta):
        return Ago(value)
    if isinstance(value, str):
        offset = parse_duration(value)
        if offset is not None:
            return Ago(offset) if abs(offset) <= _FARTHEST else None
        value = datetime.fromisoformat(value)
    if not isinstance(value, datetime) or value.tzinfo is None or not is_reckonable(value):
        return None
    return value.astimezone(UTC)


def is_reckonable(moment: datetime) -> bool:
    """Whether an instant is far enough from either end of the calendar to be reckoned with."""
    return _EARLIEST_YEAR <= moment.year < _LATEST_YEAR


def _day(_field: Field, value: Any) -> date | None:
    if isinstance(value, str):
        return date.fromisoformat(value)
    return value if isinstance(value, date) and not isinstance(value, datetime) else None


def _duration(_field: Field, value: Any) -> timedelta | None:
    return value if isinstance(value, timedelta) else parse_duration(value) if isinstance(value, str) else None


def _question(_field: Field, value: Any) -> str | None:
    found = _text(_field, value)
    if found is None or len(found) > search.LONGEST_QUESTION:
        return None
    return found if 1 <= len(search.terms(found)) <= search.MOST_TERMS else None


_READERS: dict[Kind, tuple[Callable[[Field, Any], Any], str]] = {
    Kind.ID: (_id, "An id that starts with {field.prefix}_"),
    Kind.TEXT: (_text, "Text without U+0000"),
    Kind.CHOICE: (_choice, "One of the enum's values"),
    Kind.BOOLEAN: (_flag, "true or false"),
    Kind.INTEGER: (_integer, "A whole number of at most 63 bits"),
    Kind.NUMBER: (_number, "A finite number"),
    Kind.DECIMAL: (_decimal, "A decimal number"),
    Kind.MOMENT: (_moment, "A time with its offset, 1900 to 9899, or a duration such as -P2W, at most 100 years,"),
    Kind.DAY: (_day, "A date such as 2026-01-31"),
    Kind.DURATION: (_duration, "An ISO 8601 duration such as PT1H30M"),
    Kind.DOCUMENT: (
        _question,
        f"Something with 1 to {search.MOST_TERMS} words, at most {search.LONGEST_QUESTION} characters,",
    ),
}
