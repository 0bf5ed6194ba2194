"""Scalars of the contract: how they are written and read."""

from datetime import UTC, datetime, timedelta
from typing import Any, NewType

import strawberry
from strawberry.types.scalar import ScalarDefinition

from domain.core.predicates import format_duration, is_reckonable, parse_duration

Long = NewType("Long", int)
MomentOrDuration = NewType("MomentOrDuration", str)


LONGEST_DURATION = timedelta(days=36_500)


def _read_moment(value: Any) -> datetime:
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise ValueError("A time is ISO 8601 with its offset, such as 2026-01-31T09:00:00Z.")
    if not is_reckonable(found):
        raise ValueError("A time lies from the year 1900 on and before 9900.")
    return found.astimezone(UTC)


def write_moment(value: datetime) -> str:
    """UTC with six digits of seconds and Z, so that text order is time order."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _read_duration(value: Any) -> timedelta:
    found = parse_duration(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError("A duration is ISO 8601 without months and years, such as PT1H30M.")
    if abs(found) > LONGEST_DURATION:
        raise ValueError("A duration is at most 100 years of 365 days long.")
    return found


def _long(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not -(2**63) <= value < 2**63:
        raise ValueError("A whole number of at most 64 bits is needed.")
    return value


def _read_moment_or_duration(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("A time such as 2026-01-31T09:00:00Z or a duration such as -P2W is needed.")
    return value


SCALARS: dict[object, ScalarDefinition] = {
    datetime: strawberry.scalar(
        name="DateTime",
        description="ISO 8601 in UTC: 2026-01-31T09:00:00.000000Z. Any offset is accepted, none is not."
        " From 1900 on and before 9900.",
        serialize=write_moment,
        parse_value=_read_moment,
    ),
    timedelta: strawberry.scalar(
        name="Duration",
        description="ISO 8601 in hours, minutes and seconds: PT26H30M. Weeks and days of 24 hours are accepted too."
        " At most 100 years.",
        serialize=format_duration,
        parse_value=_read_duration,
    ),
    Long: strawberry.scalar(
        name="Long",
        description="A whole number of at most 64 bits, as a JSON number.",
        serialize=_long,
        parse_value=_long,
    ),
    MomentOrDuration: strawberry.scalar(
        name="DateTimeOrDuration",
        description="A DateTime, or a duration relative to now: -P2W is two weeks ago.",
        serialize=str,
        parse_value=_read_moment_or_duration,
    ),
}
"""For ``StrawberryConfig(scalar_map=SCALARS)``."""
