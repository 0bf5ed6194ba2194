"""One layer over time: when turns change, whose turn it is, and in which hours the layer serves.

Everything follows from the anchor's wall clock and a turn's number; nothing is counted by walking from the anchor.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import lru_cache
from math import lcm
from zoneinfo import ZoneInfo

from domain.calendars.spec import WEEKDAYS, read_clock
from domain.calendars.zones import instant_of
from domain.oncall.schedule import AdvanceOn, Layer, Period, Restriction

_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)
_WEEK_MINUTES = 7 * 1440
_PERIOD_MINUTES = {Period.HOUR: 60, Period.DAY: 1440, Period.WEEK: _WEEK_MINUTES}


def occurrence(layer: Layer, turn: int, zone: ZoneInfo) -> datetime:
    """When a turn begins. Never decreases with the turn; a turn skipped by the clock has no length.

    A skipped wall clock becomes the first valid instant after the gap, a repeated one its first occurrence.
    """
    return instant_of(_wall(layer, turn), zone)


def turn_at(layer: Layer, at: datetime, zone: ZoneInfo) -> int:
    """The turn an instant lies in; negative before the anchor."""
    wall = at.astimezone(zone).replace(tzinfo=None)
    turn = _estimate(layer, wall)
    while occurrence(layer, turn, zone) > at:
        turn -= 1
    while occurrence(layer, turn + 1, zone) <= at:
        turn += 1
    return turn


def slot_of(layer: Layer, turn: int) -> int | None:
    """Which slot of participants has a turn; None before the anchor, and when nobody participates."""
    if turn < 0 or not layer.participants:
        return None
    return (_served_before(layer, turn) + layer.first) % len(layer.participants)


def serves(layer: Layer, at: datetime, zone: ZoneInfo) -> bool:
    """Whether the layer is in effect and within its hours."""
    if layer.effective_from is not None and at < layer.effective_from:
        return False
    if layer.effective_to is not None and at >= layer.effective_to:
        return False
    if not layer.restrictions:
        return True
    today = at.astimezone(zone).date()
    return any(start <= at < end for start, end in _hours(layer, today - 2 * _DAY, today + _DAY, zone))


def edges(layer: Layer, start: datetime, end: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """Every instant at which the layer may change, at least those within `(start, end)`."""
    turn = max(0, turn_at(layer, start, zone))
    while (begins := occurrence(layer, turn, zone)) < end:
        yield begins
        turn += 1
    for bound in (layer.effective_from, layer.effective_to):
        if bound is not None:
            yield bound
    if layer.restrictions:
        first, last = start.astimezone(zone).date() - 2 * _DAY, end.astimezone(zone).date() + _DAY
        for window in _hours(layer, first, last, zone):
            yield from window


def without_slot(layer: Layer, slot: int, at: datetime, zone: ZoneInfo) -> Layer:
    """The layer after a slot of participants leaves at an instant.

    Whoever is on stays on; if they are the ones who leave, the next ones start now and keep their own turn after.
    """
    participants = layer.participants[:slot] + layer.participants[slot + 1 :]
    if not participants:
        return layer.model_copy(update={"participants": (), "first": 0})
    turn = max(0, turn_at(layer, at, zone))
    current = slot_of(layer, turn) or 0
    kept = current - 1 if slot < current else current
    return layer.model_copy(
        update={"participants": participants, "first": (kept - _served_before(layer, turn)) % len(participants)}
    )


def _wall(layer: Layer, turn: int) -> datetime:
    if layer.period is not Period.MONTH:
        return layer.anchor + turn * layer.interval * _PERIOD_MINUTES[layer.period] * _MINUTE
    months = layer.anchor.year * 12 + layer.anchor.month - 1 + turn * layer.interval
    following = date((months + 1) // 12, (months + 1) % 12 + 1, 1)
    last_day = (following - _DAY).day
    return layer.anchor.replace(year=months // 12, month=months % 12 + 1, day=min(layer.anchor.day, last_day))


def _estimate(layer: Layer, wall: datetime) -> int:
    if layer.period is not Period.MONTH:
        return (wall - layer.anchor) // (layer.interval * _PERIOD_MINUTES[layer.period] * _MINUTE)
    months = (wall.year - layer.anchor.year) * 12 + wall.month - layer.anchor.month
    return months // layer.interval


def _served_before(layer: Layer, turn: int) -> int:
    """How many turns count before this one: all, or those that touch the hours the layer serves in."""
    if layer.advance_on is AdvanceOn.CALENDAR or not layer.restrictions or layer.period is Period.MONTH:
        return turn
    anchor = layer.anchor.weekday() * 1440 + layer.anchor.hour * 60 + layer.anchor.minute
    counted = _pattern(layer.restrictions, anchor, layer.interval * _PERIOD_MINUTES[layer.period])
    rounds, rest = divmod(turn, len(counted) - 1)
    return rounds * counted[-1] + counted[rest]


@lru_cache(maxsize=256)
def _pattern(restrictions: tuple[Restriction, ...], anchor: int, length: int) -> tuple[int, ...]:
    """Active turns before each turn of one full round of turns and weeks (at most 168 turns), by the wall clock.

    The anchor in minutes of its week, the length of a turn in minutes.
    """
    counted = [0]
    for turn in range(lcm(length, _WEEK_MINUTES) // length):
        counted.append(counted[-1] + _touches(restrictions, (anchor + turn * length) % _WEEK_MINUTES, length))
    return tuple(counted)


def _touches(restrictions: tuple[Restriction, ...], start: int, length: int) -> bool:
    """Whether the minutes of the week from `start` on meet a restriction."""
    for restriction in restrictions:
        for weekday in restriction.weekdays:
            opens, lasts = _minutes(restriction)
            begins = WEEKDAYS.index(weekday) * 1440 + opens
            ahead = (begins - start) % _WEEK_MINUTES
            if ahead < length or ahead + lasts > _WEEK_MINUTES:
                return True
    return False


def _minutes(restriction: Restriction) -> tuple[int, int]:
    """The minute of the day it opens, and for how many."""
    opens, closes = (read_clock(text, "clock") // 60_000_000 for text in (restriction.start, restriction.end))
    return opens, closes - opens if closes > opens else closes - opens + 1440


def _hours(layer: Layer, first: date, last: date, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    """The layer's hours that belong to the dates `[first, last]`."""
    for days in range((last - first).days + 1):
        day = first + days * _DAY
        for restriction in layer.restrictions:
            if WEEKDAYS[day.weekday()] in restriction.weekdays:
                yield _window(restriction, day, zone)


@lru_cache(maxsize=65536)
def _window(restriction: Restriction, day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Starts at the first occurrence of its wall clock and ends at the last, so that neighbours leave no gap."""
    opens, lasts = _minutes(restriction)
    start = datetime.combine(day, datetime.min.time()) + opens * _MINUTE
    return instant_of(start, zone), instant_of(start + lasts * _MINUTE, zone, last=True)
