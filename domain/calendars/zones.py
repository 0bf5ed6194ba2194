"""Zones as pieces of constant offset, and the one rule that turns a wall clock into an instant."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = 1_000_000
DAY = 86_400 * SECOND
# No zone ever moved twice within 95 hours, so no move hides between two probes a day apart.
_PROBE = 86_400
FIRST_YEAR, LAST_YEAR = 1900, 9900


class Piece(NamedTuple):
    """A stretch `[start, end)` of UTC microseconds since 1970 in which the zone keeps one offset (microseconds)."""

    start: int
    end: int
    offset: int


def utc(at: datetime) -> datetime:
    """The same instant in UTC; refuses a naive datetime, and years no calendar can reach."""
    if at.tzinfo is not UTC:
        if at.utcoffset() is None:
            raise ValueError(f"{at.isoformat()} has no time zone")
        at = at.astimezone(UTC)
    if not FIRST_YEAR <= at.year <= LAST_YEAR:
        raise ValueError(f"{at.isoformat()} is outside the years {FIRST_YEAR} to {LAST_YEAR}")
    return at


def micros(at: datetime) -> int:
    """Whole microseconds since 1970 of an aware datetime: exact, no float."""
    gone = at - EPOCH
    return (gone.days * 86_400 + gone.seconds) * SECOND + gone.microseconds


def instant(at: int) -> datetime:
    """The inverse of `micros`, in UTC."""
    return EPOCH + timedelta(microseconds=at)


def year_start(year: int) -> int:
    """Microseconds at which a UTC year begins."""
    return micros(datetime(year, 1, 1, tzinfo=UTC))


@lru_cache(maxsize=2048)
def pieces(zone: ZoneInfo, year: int) -> tuple[Piece, ...]:
    """The pieces tiling one UTC year. Costs a fraction of a millisecond the first time, nothing after."""
    start, end = year_start(year) // SECOND, year_start(year + 1) // SECOND
    found: list[Piece] = []
    opened, known, before = start, _offset(zone, start), start
    for probe in (*range(start + _PROBE, end - 1, _PROBE), end - 1):
        seen = _offset(zone, probe)
        if seen != known:
            moved = _move_between(zone, before, probe)
            found.append(Piece(opened * SECOND, moved * SECOND, known * SECOND))
            opened, known = moved, seen
        before = probe
    found.append(Piece(opened * SECOND, end * SECOND, known * SECOND))
    return tuple(found)


def instant_of(wall: datetime, zone: ZoneInfo, *, last: bool = False) -> datetime:
    """The UTC instant of a naive wall clock.

    A wall clock that is skipped becomes the first valid instant after the gap; one that happens twice becomes its
    first occurrence, or its second with `last` (for what ends rather than begins).
    """
    before = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    after = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    if after >= before:
        return after if last else before
    # In a gap the two readings lie on either side of the move (PEP 495), which is the first valid instant.
    move = _move_between(zone, micros(after) // SECOND, -(-micros(before) // SECOND))
    return instant(move * SECOND)


def _offset(zone: ZoneInfo, at: int) -> int:
    offset = (EPOCH + timedelta(seconds=at)).astimezone(zone).utcoffset()
    return 0 if offset is None else offset.days * 86_400 + offset.seconds


def _move_between(zone: ZoneInfo, before: int, after: int) -> int:
    """The second in `(before, after]` from which the offset of `after` holds."""
    target = _offset(zone, after)
    while after - before > 1:
        middle = (before + after) // 2
        if _offset(zone, middle) == target:
            after = middle
        else:
            before = middle
    return after
