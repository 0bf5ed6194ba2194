"""Fields that say something of many rows: how many, the least, the sum, the spread. Declared like all others.

``target`` is a type, or a function that returns it where it comes later; the rows are those whose ``column`` holds our
id, or of which ``on`` is true, that the viewer may see. ``value`` is a column of theirs, or SQL over `{row}`.
"""

from typing import Any

import strawberry

from schema.reads.errors import MisdeclaredRead
from schema.reads.fields import joined
from schema.reads.sources import SOURCE, Aggregate, Count, Source, Spread, Tally, Where

AT_ONCE = {"minimum": "min({x})", "maximum": "max({x})", "average": "avg({x})"}
PERCENTILE = "percentile_cont({at}) WITHIN GROUP (ORDER BY {x})"


def count(
    target: Any,
    column: str | None = None,
    *,
    on: str | None = None,
    where: Where = None,
    description: str | None = None,
) -> Any:
    """How many there are."""
    return _field(Count(target=target, on=joined(column, on), where=where), description)


def minimum(
    target: Any,
    value: str,
    column: str | None = None,
    *,
    on: str | None = None,
    where: Where = None,
    description: str | None = None,
) -> Any:
    """The least value; null where there is none."""
    return _aggregate(AT_ONCE["minimum"], target, value, joined(column, on), where, description)


def maximum(
    target: Any,
    value: str,
    column: str | None = None,
    *,
    on: str | None = None,
    where: Where = None,
    description: str | None = None,
) -> Any:
    """The greatest value; null where there is none."""
    return _aggregate(AT_ONCE["maximum"], target, value, joined(column, on), where, description)


def total(
    target: Any,
    value: str,
    column: str | None = None,
    *,
    on: str | None = None,
    where: Where = None,
    description: str | None = None,
) -> Any:
    """The sum of the values; zero where there is none."""
    return _aggregate("COALESCE(sum({x}), 0)", target, value, joined(column, on), where, description)


def average(
    target: Any,
    value: str,
    column: str | None = None,
    *,
    on: str | None = None,
    where: Where = None,
    description: str | None = None,
) -> Any:
    """The mean of the values; null where there is none."""
    return _aggregate(AT_ONCE["average"], target, value, joined(column, on), where, description, exact=False)


def percentile(
    at: float,
    target: Any,
    value: str,
    column: str | None = None,
    *,
    on: str | None = None,
    where: Where = None,
    description: str | None = None,
) -> Any:
    """The value below which the share ``at`` (0 to 1) of them lies, interpolated; null where there is none."""
    if not 0 <= at <= 1:
        raise MisdeclaredRead(f"a percentile lies between 0 and 1, not at {at}")
    function = PERCENTILE.replace("{at}", str(float(at)))
    return _aggregate(function, target, value, joined(column, on), where, description, exact=False)


def spread(
    target: Any,
    value: str,
    column: str | None = None,
    *,
    on: str | None = None,
    where: Where = None,
    description: str | None = None,
) -> Any:
    """How the values are spread, as a `reads.DurationSpread` or `reads.NumberSpread`: one pass over the rows."""
    return _field(Spread(target=target, value=value, on=joined(column, on), where=where), description)


def tally(
    target: Any,
    value: str,
    column: str | None = None,
    *,
    on: str | None = None,
    where: Where = None,
    description: str | None = None,
) -> Any:
    """How many there are per value, as a `list[reads.Tally[…]]`: at most 200 values, the most frequent first."""
    return _field(Tally(target=target, value=value, on=joined(column, on), where=where), description)


def _aggregate(
    function: str, target: Any, value: str, on: str, where: Where, description: str | None, *, exact: bool = True
) -> Any:
    found = Aggregate(target=target, function=function, value=value, on=on, where=where, exact=exact)
    return _field(found, description)


def _field(source: Source, description: str | None) -> Any:
    return strawberry.field(metadata={SOURCE: source}, description=description)
