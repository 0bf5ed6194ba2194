"""How the time of a clock is counted: by effective-dated calendars, or by the wall."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from domain.calendars.business_time import HORIZON, Hours


class Measure(Protocol):
    """Counts time; the same guarantees as `domain.calendars.business_time.Hours`."""

    def between(self, start: datetime, end: datetime, /) -> timedelta:
        """Counted time of `[start, end)`."""

    def add(self, start: datetime, amount: timedelta, /) -> datetime | None:
        """The earliest instant by which `amount` has been counted."""

    def add_days(self, start: datetime, days: int, *, at: str = "close") -> datetime | None:
        """The close (or HH:MM) of the n-th working day."""


class Wall:
    """Every moment counts; a day is 24 hours."""

    def between(self, start: datetime, end: datetime, /) -> timedelta:
        """The difference."""
        return end - start

    def add(self, start: datetime, amount: timedelta, /) -> datetime | None:
        """None beyond five years, as for every measure."""
        return start + amount if amount <= HORIZON else None

    def add_days(self, start: datetime, days: int, *, at: str = "close") -> datetime | None:
        """Has neither dates nor closing times, so `at` means nothing."""
        del at
        return self.add(start, timedelta(days=days))


@dataclass(frozen=True, slots=True)
class CalendarVersion:
    """A calendar as it stands from `effective_from` until its next version; the first also stands before."""

    effective_from: datetime
    hours: Hours


class Calendars:
    """The versions of one calendar as one measure: each instant is counted by the version in force then."""

    def __init__(self, versions: Sequence[CalendarVersion]) -> None:
        """Any order; of two versions effective at one instant the later in the list stands."""
        if not versions:
            raise ValueError("a calendar needs at least one version")
        ordered = sorted(versions, key=lambda version: version.effective_from)
        self._hours = [version.hours for version in ordered]
        self._changes = [version.effective_from for version in ordered[1:]]

    def between(self, start: datetime, end: datetime, /) -> timedelta:
        """Sums over the versions in force."""
        if not self._changes:
            return self._hours[0].between(start, end)
        total = timedelta()
        while start < end:
            version, until = self._at(start, end)
            total += version.between(start, until)
            start = until
        return total

    def add(self, start: datetime, amount: timedelta, /) -> datetime | None:
        """Looks through the versions in force, and those known to come."""
        limit = start + HORIZON
        while True:
            number = bisect_right(self._changes, start)
            reached = self._hours[number].add(start, amount)
            if number == len(self._changes) or (reached is not None and reached <= self._changes[number]):
                return reached if reached is None or reached <= limit else None
            amount -= self._hours[number].between(start, self._changes[number])
            start = self._changes[number]

    def add_days(self, start: datetime, days: int, *, at: str = "close") -> datetime | None:
        """Counted day by day, so that a day already closed under the old version is not counted again."""
        for _ in range(days):
            version, _until = self._at(start, start)
            reached = version.add_days(start, 1, at=at)
            if reached is not None and (later := bisect_right(self._changes, reached)) != bisect_right(
                self._changes, start
            ):
                reached = self._hours[later].add_days(max(start, self._changes[later - 1]), 1, at=at)
            if reached is None:
                return None
            start = reached
        return start

    def _at(self, start: datetime, end: datetime) -> tuple[Hours, datetime]:
        number = bisect_right(self._changes, start)
        until = end if number == len(self._changes) else min(end, self._changes[number])
        return self._hours[number], until
