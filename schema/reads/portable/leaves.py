"""Stored values as the schema's own scalars take them; they write the answer, as they do for any resolver."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import orjson
from graphql import get_nullable_type, is_enum_type, is_list_type, is_non_null_type

from domain.core.predicates import Kind

Read = Callable[[Any], Any]
_FROM_TEXT = "({sql})::text"


@dataclass(frozen=True, slots=True)
class Leaf:
    """``sql`` is what to ask the database for, ``read`` what makes a scalar's value of that."""

    sql: str
    read: Read


def leaf(of: Any, sql: str, prefix: str | None) -> Leaf:
    """How a value of a GraphQL type is had from declared SQL."""
    nullable = get_nullable_type(of)
    if is_list_type(nullable):
        item = _read_of(get_nullable_type(nullable.of_type))
        absent: list[Any] | None = [] if is_non_null_type(of) else None
        return Leaf(f"to_json({sql})::text", lambda found: _listed(found, item, absent))
    if nullable.name == "ID":
        return Leaf(_FROM_TEXT.format(sql=sql), _present(lambda found: _identified(found, prefix)))
    if nullable.name == "JSON":
        return Leaf(f"to_json({sql})::text", _present(orjson.loads))
    if nullable.name in {"String", "UUID"}:
        return Leaf(_FROM_TEXT.format(sql=sql), as_is)
    if nullable.name == "Duration":
        # a mean or percentile of microseconds is told in whole ones
        return Leaf(f"({sql})::bigint", _present(_read_of(nullable)))
    return Leaf(sql, _present(_read_of(nullable)))


def as_is(found: Any) -> Any:
    """The value as the driver gives it."""
    return found


def _identified(text: str, prefix: str | None) -> str:
    return f"{prefix}_{text.replace('-', '')}" if prefix else text


def _listed(text: str | None, item: Read, absent: list[Any] | None) -> list[Any] | None:
    found = None if text is None else orjson.loads(text)
    return absent if found is None else [item(each) for each in found]


def _present(read: Read) -> Read:
    return lambda found: None if found is None else read(found)


def _read_of(of: Any) -> Read:
    if is_enum_type(of):
        # strawberry's enums hold the Python member, or that member's value
        members = {_stored(value.value): value.value for value in of.values.values()}
        return lambda found: members[found]
    reads: dict[str, Read] = {
        "Duration": lambda found: timedelta(microseconds=int(found)),
        "Decimal": lambda found: format(found, "f"),
        "Float": float,
        "Int": int,
        "Long": int,
    }
    return reads.get(of.name, as_is)


def _stored(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else value


NEEDS: dict[Kind, Read] = {
    Kind.ID: lambda found: found if isinstance(found, UUID) else UUID(found),
    Kind.MOMENT: lambda found: found if isinstance(found, datetime) else datetime.fromisoformat(found),
    Kind.DAY: lambda found: found if isinstance(found, date) else date.fromisoformat(found),
    Kind.DECIMAL: Decimal,
    Kind.DURATION: lambda micros: timedelta(microseconds=micros),
}
"""What computed functions take for each kind."""
