"""The written form of a calendar, read once into windows, and refused with the path of what is wrong."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from domain.calendars.zones import DAY, SECOND

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CLOCK = re.compile(r"([01]\d|2[0-4]):([0-5]\d)")
_MINUTE = 60 * SECOND

# Microseconds after the local midnight of the date a window belongs to; the end may lie on the following date.
Window = tuple[int, int]
WHOLE_DAY: tuple[Window, ...] = ((0, DAY),)


class CalendarSpecError(ValueError):
    """A calendar's written form says something impossible; `path` points at it."""

    code = "CALENDAR_SPEC_INVALID"

    def __init__(self, path: str, reason: str) -> None:
        """`path` reads like `exceptions[2].windows[0]`; `reason` says what to write instead."""
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


@dataclass(frozen=True, slots=True)
class DatedException:
    """Other windows on every date from `first` to `last`, both included."""

    first: date
    last: date
    windows: tuple[Window, ...]


@dataclass(frozen=True, slots=True)
class YearlyException:
    """Other windows on every (month, day) from `first` to `last`, both included; may run over New Year."""

    first: tuple[int, int]
    last: tuple[int, int]
    windows: tuple[Window, ...]


@dataclass(frozen=True, slots=True)
class CalendarSpec:
    """What was written: a zone, the windows of each weekday from Monday, and exceptions in their written order."""

    zone: ZoneInfo
    weekly: tuple[tuple[Window, ...], ...]
    dated: tuple[DatedException, ...]
    yearly: tuple[YearlyException, ...]


def read_spec(spec: Mapping[str, Any]) -> CalendarSpec:
    """Refuses unknown keys, unknown zones, impossible times and dates, and a calendar that could never open."""
    _only(spec, {"tz", "weekly", "24x7", "exceptions"}, "")
    dated: list[DatedException] = []
    yearly: list[YearlyException] = []
    for number, entry in enumerate(_list(spec.get("exceptions", []), "exceptions")):
        found = _exception(entry, f"exceptions[{number}]")
        if isinstance(found, DatedException):
            dated.append(found)
        else:
            yearly.append(found)
    weekly = _weekly(spec)
    if not (any(weekly) or any(entry.windows for entry in dated) or any(entry.windows for entry in yearly)):
        raise CalendarSpecError("weekly", "the calendar would never open; give at least one window")
    return CalendarSpec(read_zone(spec.get("tz"), "tz"), weekly, tuple(dated), tuple(yearly))


def read_zone(name: object, path: str) -> ZoneInfo:
    """An IANA zone by its name."""
    try:
        if isinstance(name, str):
            return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        pass
    raise CalendarSpecError(path, f"{name!r} is no IANA time zone, such as Europe/Berlin")


def read_clock(text: object, path: str) -> int:
    """Microseconds after midnight of HH:MM, up to and including 24:00."""
    match = _CLOCK.fullmatch(text) if isinstance(text, str) else None
    minutes = int(match[1]) * 60 + int(match[2]) if match else 9999
    if minutes > 1440:
        raise CalendarSpecError(path, f"{text!r} is no time of day; write HH:MM from 00:00 to 24:00")
    return minutes * _MINUTE


def _weekly(spec: Mapping[str, Any]) -> tuple[tuple[Window, ...], ...]:
    always = spec.get("24x7", False)
    if not isinstance(always, bool):
        raise CalendarSpecError("24x7", "must be true or false")
    if always:
        if "weekly" in spec:
            raise CalendarSpecError("weekly", "drop it: a calendar that is always open has no weekly windows")
        return (WHOLE_DAY,) * 7
    weekly = spec.get("weekly")
    if not isinstance(weekly, Mapping):
        raise CalendarSpecError("weekly", 'must map weekdays to windows, or be replaced by "24x7": true')
    _only(weekly, set(WEEKDAYS), "weekly.")
    return tuple(_windows(weekly.get(day, []), f"weekly.{day}") for day in WEEKDAYS)


def _exception(entry: object, path: str) -> DatedException | YearlyException:
    if not isinstance(entry, Mapping):
        raise CalendarSpecError(path, "must be a mapping with a date (or from and to) and windows")
    _only(entry, {"date", "from", "to", "yearly", "windows", "name"}, f"{path}.")
    if ("date" in entry) == ("from" in entry) or ("from" in entry) != ("to" in entry):
        raise CalendarSpecError(path, "needs either date, or both from and to")
    if "windows" not in entry:
        raise CalendarSpecError(f"{path}.windows", "missing; an empty list closes the date")
    windows = _windows(entry["windows"], f"{path}.windows")
    first_key, last_key = ("date", "date") if "date" in entry else ("from", "to")
    yearly = entry.get("yearly", False)
    if not isinstance(yearly, bool):
        raise CalendarSpecError(f"{path}.yearly", "must be true or false")
    if yearly:
        return YearlyException(
            _month_day(entry[first_key], f"{path}.{first_key}"),
            _month_day(entry[last_key], f"{path}.{last_key}"),
            windows,
        )
    first, last = _date(entry[first_key], f"{path}.{first_key}"), _date(entry[last_key], f"{path}.{last_key}")
    if last < first:
        raise CalendarSpecError(f"{path}.to", "lies before from")
    return DatedException(first, last, windows)


def _windows(entry: object, path: str) -> tuple[Window, ...]:
    return tuple(_window(pair, f"{path}[{number}]") for number, pair in enumerate(_list(entry, path)))


def _window(pair: object, path: str) -> Window:
    if not isinstance(pair, Sequence) or isinstance(pair, str) or len(pair) != 2:
        raise CalendarSpecError(path, 'must be a pair such as ["09:00", "17:00"]')
    start, end = read_clock(pair[0], f"{path}[0]"), read_clock(pair[1], f"{path}[1]")
    if start == DAY:
        raise CalendarSpecError(f"{path}[0]", "24:00 ends a day; start the next one at 00:00")
    return start, end if end > start else end + DAY


def _date(text: object, path: str) -> date:
    try:
        if isinstance(text, str):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise CalendarSpecError(path, f"{text!r} is no date; write YYYY-MM-DD")


def _month_day(text: object, path: str) -> tuple[int, int]:
    try:
        if isinstance(text, str) and len(text) == 5:
            # A leap year, so that 29 February can be written; it then applies in leap years only.
            day = date.fromisoformat(f"2000-{text}")
            return day.month, day.day
    except ValueError:
        pass
    raise CalendarSpecError(path, f"{text!r} is no day of the year; write MM-DD")


def _list(entry: object, path: str) -> Sequence[Any]:
    if not isinstance(entry, Sequence) or isinstance(entry, str):
        raise CalendarSpecError(path, "must be a list")
    return entry


def _only(entry: Mapping[str, Any], known: set[str], path: str) -> None:
    for key in entry:
        if key not in known:
            raise CalendarSpecError(f"{path}{key}", f"unknown; known are {', '.join(sorted(known))}")
