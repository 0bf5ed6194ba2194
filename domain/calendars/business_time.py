"""Open hours and exact business time between, after and across instants.

A calendar is open at an instant iff the local wall clock then lies in one of its windows: an hour that happens twice
counts twice, an hour that is skipped counts nothing. Windows of a UTC year are computed once and kept as sorted
integers with running sums, so a question costs two binary searches.
"""

from abc import ABC, abstractmethod
from calendar import isleap
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any, Self
from zoneinfo import ZoneInfo

from domain.calendars.spans import Span, Spans, merged
from domain.calendars.spec import CalendarSpec, Window, read_clock, read_spec
from domain.calendars.zones import DAY, LAST_YEAR, instant, instant_of, micros, pieces, utc

HORIZON = timedelta(days=5 * 366)
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_YEARS_KEPT = 64


class Hours(ABC):
    """Anything that is open and closed over time. Every instant returned is UTC; every interval is half-open.

    Naive datetimes, intervals that end before they start, and negative amounts are refused with `ValueError`.
    """

    def __init__(self, zone: ZoneInfo) -> None:
        """`zone` tells dates and the times of `add_days`."""
        self.zone = zone
        self._years: dict[int, Spans] = {}

    @abstractmethod
    def _spans_of(self, year: int) -> list[Span]:
        """The open spans of a UTC year, clipped to it, in any order, overlapping or not."""

    @abstractmethod
    def _closing(self, day: int) -> int | None:
        """When the windows belonging to a local date (proleptic ordinal) have all closed; None if none opens."""

    def between(self, start: datetime, end: datetime, /) -> timedelta:
        """Open time in `[start, end)`: additive, never more than the wall time."""
        start, end = utc(start), utc(end)
        if end < start:
            raise ValueError(f"{end.isoformat()} lies before {start.isoformat()}")
        opened = self._year(end.year).opened_by(micros(end)) - self._year(start.year).opened_by(micros(start))
        return timedelta(microseconds=opened + sum(self._year(year).total for year in range(start.year, end.year)))

    def add(self, start: datetime, amount: timedelta, /) -> datetime | None:
        """The earliest instant by which `amount` of open time has passed, None when that is over five years away.

        At a window's end the answer is that end, not the next opening; nothing to add answers `start` itself.
        """
        start = utc(start)
        if amount < timedelta():
            raise ValueError(f"cannot add a negative amount of time: {amount}")
        if not amount:
            return start
        wanted = (amount.days * 86_400 + amount.seconds) * 1_000_000 + amount.microseconds
        wanted += self._year(start.year).opened_by(micros(start))
        limit = start + HORIZON
        for year in range(start.year, min(limit.year, LAST_YEAR) + 1):
            opened = self._year(year)
            if wanted <= opened.total:
                reached = instant(opened.reach(wanted))
                return reached if reached <= limit else None
            wanted -= opened.total
        return None

    def add_days(self, start: datetime, days: int, *, at: str = "close") -> datetime | None:
        """When the `days`-th working day closes, or its local HH:MM; None when that is over five years away.

        A working day is a local date on which a window opens. The first one counted is the earliest that still has
        open time, and whose HH:MM is still ahead. Costs some microseconds per day.
        """
        start = utc(start)
        if days < 0:
            raise ValueError(f"cannot add a negative number of days: {days}")
        if days == 0:
            return start
        clock = None if at == "close" else read_clock(at, "at")
        for deadline in self._deadlines(start, clock):
            days -= 1
            if days == 0:
                return deadline
        return None

    def windows(self, start: datetime, end: datetime, /) -> list[tuple[datetime, datetime]]:
        """The open windows of `[start, end)`, clipped to it, merged where they touch."""
        start, end = utc(start), utc(end)
        if end < start:
            raise ValueError(f"{end.isoformat()} lies before {start.isoformat()}")
        first, last = micros(start), micros(end)
        spans: list[Span] = []
        for year in range(start.year, end.year + 1):
            spans.extend(self._year(year).within(first, last))
        return [(instant(opens), instant(closes)) for opens, closes in merged(spans)]

    def is_open(self, at: datetime) -> bool:
        """Whether the calendar is open at this instant."""
        at = utc(at)
        return self._year(at.year).holds(micros(at))

    def next_open(self, at: datetime) -> datetime | None:
        """`at` if open then, else the next opening; None when there is none within five years."""
        if self.is_open(at):
            return utc(at)
        reached = self.add(at, timedelta(microseconds=1))
        return None if reached is None else reached - timedelta(microseconds=1)

    def _deadlines(self, start: datetime, clock: int | None) -> Iterator[datetime]:
        # A window may run into the date after its own, so the day before may still be open.
        day = start.astimezone(self.zone).date().toordinal() - 1
        limit = start + HORIZON
        while True:
            closing = self._closing(day)
            deadline = self._deadline(day, clock, closing)
            if deadline > limit:
                return
            if closing is not None and instant(closing) > start and deadline > start:
                yield deadline
            day += 1

    def _deadline(self, day: int, clock: int | None, closing: int | None) -> datetime:
        if clock is None and closing is not None:
            return instant(closing)
        wall = datetime.fromordinal(day) + timedelta(microseconds=clock or 0)
        return instant_of(wall, self.zone)

    def _year(self, year: int) -> Spans:
        found = self._years.get(year)
        if found is None:
            if len(self._years) >= _YEARS_KEPT:
                self._years.clear()
            found = self._years[year] = Spans.of(self._spans_of(year))
        return found


class Calendar(Hours):
    """Weekly windows in one zone with exceptions."""

    def __init__(self, spec: CalendarSpec) -> None:
        """Reads nothing and computes nothing yet."""
        super().__init__(spec.zone)
        self._spec = spec
        self._exceptions: dict[int, dict[int, tuple[Window, ...]]] = {}

    @classmethod
    def from_spec(cls, spec: Mapping[str, Any]) -> Self:
        """Reads the JSON form; refuses with `CalendarSpecInvalid`, which names the path of what is wrong."""
        return cls(read_spec(spec))

    def _windows_on(self, day: int) -> tuple[Window, ...]:
        year = date.fromordinal(day).year
        exceptions = self._exceptions.get(year)
        if exceptions is None:
            if len(self._exceptions) >= _YEARS_KEPT:
                self._exceptions.clear()
            exceptions = self._exceptions[year] = _exceptions_of(self._spec, year)
        found = exceptions.get(day)
        return self._spec.weekly[(day - 1) % 7] if found is None else found

    def _spans_of(self, year: int) -> list[Span]:
        spans: list[Span] = []
        for piece in pieces(self.zone, year):
            spans.extend(self._spans_within(piece.start, piece.end, piece.offset))
        return spans

    def _spans_within(self, start: int, end: int, offset: int) -> Iterator[Span]:
        # In a piece of constant offset wall clock and instant differ by that offset and nothing else.
        first_wall, last_wall = start + offset, end + offset
        for day in range(first_wall // DAY - 1, -(-last_wall // DAY)):
            midnight = day * DAY
            for opens, closes in self._windows_on(day + _EPOCH_DAY):
                begins, ends = max(midnight + opens, first_wall), min(midnight + closes, last_wall)
                if begins < ends:
                    yield begins - offset, ends - offset

    def _closing(self, day: int) -> int | None:
        midnight = (day - _EPOCH_DAY) * DAY
        closing = None
        for opens, closes in self._windows_on(day):
            # A wall clock of this window lies within a day of the same figure read as UTC.
            for year in {instant(midnight + opens - DAY).year, instant(midnight + closes + DAY).year}:
                for piece in pieces(self.zone, year):
                    begins = max(midnight + opens - piece.offset, piece.start)
                    ends = min(midnight + closes - piece.offset, piece.end)
                    if begins < ends and (closing is None or ends > closing):
                        closing = ends
        return closing


class _Union(Hours):
    """Open whenever any of its members is; dates and HH:MM are told by the first member's zone."""

    def __init__(self, members: tuple[Hours, ...]) -> None:
        super().__init__(members[0].zone)
        self._members = members

    def _spans_of(self, year: int) -> list[Span]:
        years = [member._year(year) for member in self._members]  # noqa: SLF001
        return [span for opened in years for span in zip(opened.starts, opened.ends, strict=True)]

    def _closing(self, day: int) -> int | None:
        return max((at for member in self._members if (at := member._closing(day)) is not None), default=None)  # noqa: SLF001


def union(*calendars: Hours) -> Hours:
    """Open whenever one of the calendars is, overlaps counted once.

    A working day of the union is a date on which any of them works; it closes when the last of them closes.
    """
    if not calendars:
        raise ValueError("a union needs at least one calendar")
    return calendars[0] if len(calendars) == 1 else _Union(calendars)


def _exceptions_of(spec: CalendarSpec, year: int) -> dict[int, tuple[Window, ...]]:
    """Windows by date for one year: the later entry wins, and a dated one beats a yearly one."""
    found: dict[int, tuple[Window, ...]] = {}
    new_year, new_years_eve = date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal()
    for yearly in spec.yearly:
        first, last = _first_on_or_after(year, yearly.first), _last_on_or_before(year, yearly.last)
        stretches = [(first, last)] if yearly.first <= yearly.last else [(new_year, last), (first, new_years_eve)]
        for begins, ends in stretches:
            found.update(dict.fromkeys(range(begins, ends + 1), yearly.windows))
    for dated in spec.dated:
        begins, ends = max(dated.first.toordinal(), new_year), min(dated.last.toordinal(), new_years_eve)
        found.update(dict.fromkeys(range(begins, ends + 1), dated.windows))
    return found


def _first_on_or_after(year: int, day: tuple[int, int]) -> int:
    return date(year, 3, 1).toordinal() if day == (2, 29) and not isleap(year) else date(year, *day).toordinal()


def _last_on_or_before(year: int, day: tuple[int, int]) -> int:
    return date(year, 2, 28).toordinal() if day == (2, 29) and not isleap(year) else date(year, *day).toordinal()
