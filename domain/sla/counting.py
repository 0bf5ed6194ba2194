"""What a clock's row reads at an instant. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from domain.calendars.stored import hours_of
from domain.sla.book import WALL
from domain.sla.clocks import NOTHING
from domain.sla.measures import Calendars, CalendarVersion, Measure

_MICROSECOND = timedelta(microseconds=1)
_calendars: dict[tuple[str, ...], Measure] = {}
_KEPT = 64


@dataclass(frozen=True, slots=True)
class Counted:
    """In the goal's own time: what has passed, what is left, and by how much it is late."""

    elapsed: timedelta
    remaining: timedelta
    overdue: timedelta


def counted(row: Mapping[str, Any]) -> Counted:
    """By a row's `goal` and `elapsed_base` (microseconds), `running_since`, `breached_at`, `due_at`, `now` (ISO text)
    and `calendar`: the versions of its calendar with `id`, `from` and `body`, or null for plain time."""
    elapsed, goal = row["elapsed_base"] * _MICROSECOND, row["goal"] * _MICROSECOND
    now = _at(row["now"])
    if row["running_since"] is not None:
        since = _at(row["running_since"])
        elapsed += _measure(row["calendar"]).between(since, max(since, now))
    late = row["breached_at"] is not None or (
        row["running_since"] is not None and row["due_at"] is not None and _at(row["due_at"]) < now
    )
    return Counted(elapsed, max(NOTHING, goal - elapsed), max(NOTHING, elapsed - goal) if late else NOTHING)


@lru_cache(maxsize=256)
def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _measure(versions: Sequence[Mapping[str, Any]] | None) -> Measure:
    """A calendar is built once per process: its versions never change."""
    if not versions:
        return WALL
    key = tuple(version["id"] for version in versions)
    found = _calendars.get(key)
    if found is None:
        while len(_calendars) >= _KEPT:
            _calendars.pop(next(iter(_calendars)))
        found = _calendars[key] = Calendars(
            [CalendarVersion(_at(version["from"]), hours_of(version["body"])) for version in versions]
        )
    return found
