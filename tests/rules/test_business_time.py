"""Business time against hand-computed cases (numbered as in the SLA semantics) and a minute-by-minute oracle."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.calendars.business_time import Calendar, Hours, union
from domain.calendars.spec import WEEKDAYS, CalendarSpecError
from domain.calendars.zones import instant, instant_of, pieces

WORKDAYS = WEEKDAYS[:5]
BERLIN = ZoneInfo("Europe/Berlin")
NEW_YORK = ZoneInfo("America/New_York")
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def weekly(*windows: list[str], days: tuple[str, ...] = WORKDAYS, tz: str = "Europe/Berlin", **more: Any) -> Calendar:
    return Calendar.from_spec({"tz": tz, "weekly": {day: list(windows) for day in days}, **more})


def always(tz: str, *exceptions: dict[str, Any]) -> Calendar:
    return Calendar.from_spec({"tz": tz, "24x7": True, "exceptions": list(exceptions)})


def berlin(text: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN, fold=fold)


def closed(day: str) -> dict[str, Any]:
    return {"date": day, "windows": []}


C1 = weekly(["09:00", "17:00"])
SPLIT = weekly(["08:00", "12:00"], ["13:30", "18:00"])
NIGHTS = weekly(["22:00", "06:00"], days=WEEKDAYS)
HALF_DAY = weekly(
    ["09:00", "17:00"], exceptions=[{"date": "2026-12-24", "windows": [["09:00", "12:00"]]}, closed("2026-12-25")]
)
NEW_YEAR = weekly(["09:00", "17:00"], exceptions=[{"from": "12-31", "to": "01-02", "yearly": True, "windows": []}])


@pytest.mark.parametrize(
    ("hours", "start", "amount", "due"),
    [
        pytest.param(C1, "2026-02-06 16:30", 1, "2026-02-09 09:30", id="1-over-a-weekend"),
        pytest.param(C1, "2026-02-07 11:00", 2, "2026-02-09 11:00", id="2-created-on-saturday"),
        pytest.param(C1, "2026-02-06 16:00", 1, "2026-02-06 17:00", id="3-due-at-the-very-close"),
        pytest.param(C1, "2026-02-06 17:00", 1, "2026-02-09 10:00", id="4-created-at-the-very-close"),
        pytest.param(SPLIT, "2026-02-06 11:30", 1, "2026-02-06 14:00", id="5-over-lunch"),
        pytest.param(SPLIT, "2026-02-06 12:30", 1, "2026-02-06 14:30", id="5-created-at-lunch"),
        pytest.param(NIGHTS, "2026-02-03 23:00", 8, "2026-02-04 23:00", id="6-night-shift"),
        pytest.param(NIGHTS, "2026-03-28 23:00", 8, "2026-03-30 00:00", id="7-night-of-seven-hours"),
        pytest.param(NIGHTS, "2026-10-24 22:00", 9, "2026-10-25 06:00", id="8-night-of-nine-hours"),
        pytest.param(always("Europe/Berlin"), "2026-03-28 12:00", 24, "2026-03-29 13:00", id="9-spring"),
        pytest.param(always("Europe/Berlin"), "2026-10-24 12:00", 24, "2026-10-25 11:00", id="9-autumn"),
        pytest.param(C1, "2026-03-27 16:00", 2, "2026-03-30 10:00", id="10-weekend-that-moves-the-clock"),
        pytest.param(
            always("Europe/Berlin", closed("2026-03-29")),
            "2026-03-28 23:00",
            2,
            "2026-03-30 01:00",
            id="11-short-holiday",
        ),
        pytest.param(HALF_DAY, "2026-12-24 11:00", 2, "2026-12-28 10:00", id="17-half-day-then-holiday"),
        pytest.param(NEW_YEAR, "2026-12-30 16:00", 2, "2027-01-04 10:00", id="18-yearly-holiday-over-new-year"),
    ],
)
def test_the_deadline_is_where_the_amount_of_open_time_ends(hours: Hours, start: str, amount: int, due: str) -> None:
    reached = hours.add(berlin(start), amount * HOUR)

    assert reached == berlin(due)
    assert reached.tzinfo is UTC
    assert hours.between(berlin(start), reached) == amount * HOUR


def test_nothing_elapses_over_a_weekend() -> None:
    """Case 2: the clock runs out of hours; it is not paused."""
    assert C1.between(berlin("2026-02-07 11:00"), berlin("2026-02-09 09:00")) == timedelta()


def test_a_holiday_of_twenty_five_hours_is_skipped_whole() -> None:
    """Case 12."""
    hours = always("America/New_York", closed("2026-11-01"))

    due = hours.add(datetime(2026, 10, 31, 23, tzinfo=NEW_YORK), 2 * HOUR)

    assert due == datetime(2026, 11, 2, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    ("window", "day", "minutes"),
    [
        (["02:00", "04:00"], "2026-03-29", 60),
        (["02:15", "02:45"], "2026-03-29", 0),
        (["02:00", "04:00"], "2026-10-25", 180),
        (["02:15", "02:45"], "2026-10-25", 60),
    ],
)
def test_hours_skipped_count_nothing_and_hours_repeated_count_twice(window: list[str], day: str, minutes: int) -> None:
    """Case 13."""
    hours = weekly(window, days=("sun",))

    assert hours.between(berlin(f"{day} 00:00"), berlin(f"{day} 12:00")) == minutes * MINUTE


def test_an_hour_between_the_two_passes_of_a_fold_is_an_hour() -> None:
    """Case 14: paused 02:10 summer time to 02:10 winter time, four hours from midnight end at 04:00."""
    hours = always("Europe/Berlin")
    start = berlin("2026-10-25 00:00")

    paused = hours.between(berlin("2026-10-25 02:10"), berlin("2026-10-25 02:10", fold=1))
    due = hours.add(start, 4 * HOUR + paused)

    assert paused == HOUR
    assert due == berlin("2026-10-25 04:00")
    assert hours.add(start, 4 * HOUR) == berlin("2026-10-25 03:00")


@pytest.mark.parametrize("start", ["2026-10-24 23:30", "2026-10-25 00:30", "2026-03-28 23:30"])
def test_every_local_date_is_visited_once_when_the_clock_moves(start: str) -> None:
    """Case 15."""
    hours = always("Europe/Berlin")

    closes = [hours.add_days(berlin(start), days) for days in range(1, 5)]

    first = berlin(start).date()
    assert closes == [
        instant_of(datetime.combine(first + timedelta(days=n), datetime.min.time()), BERLIN) for n in range(1, 5)
    ]


@pytest.mark.parametrize(
    ("tz", "start", "end", "hours"),
    [
        ("Australia/Lord_Howe", "2026-10-04 00:00", "2026-10-05 00:00", 23.5),
        ("Africa/Cairo", "2026-04-23 12:00", "2026-04-25 00:00", 35),
        ("Pacific/Apia", "2011-12-29 00:00", "2012-01-01 00:00", 48),
    ],
)
def test_odd_moves_of_a_zone_keep_the_days_their_true_length(tz: str, start: str, end: str, hours: float) -> None:
    """Case 16: a move of half an hour, a date without midnight, a date that never was."""
    zone = ZoneInfo(tz)

    opened = always(tz).between(*(datetime.fromisoformat(at).replace(tzinfo=zone) for at in (start, end)))

    assert opened == hours * HOUR


def test_a_date_that_never_was_is_no_working_day() -> None:
    """Case 16: Samoa went from 29 to 31 December 2011."""
    apia = ZoneInfo("Pacific/Apia")

    reached = always("Pacific/Apia").add_days(datetime(2011, 12, 29, 12, tzinfo=apia), 2)

    assert reached == datetime(2012, 1, 1, tzinfo=apia)


def test_a_calendar_that_never_opens_is_refused_and_one_that_stops_opening_answers_none() -> None:
    """Case 19."""
    gone = Calendar.from_spec(
        {"tz": "UTC", "weekly": {}, "exceptions": [{"date": "2020-01-01", "windows": [["09:00", "10:00"]]}]}
    )

    with pytest.raises(CalendarSpecError, match="never open"):
        Calendar.from_spec({"tz": "UTC", "weekly": {}})

    assert gone.add(datetime(2021, 1, 1, tzinfo=UTC), MINUTE) is None
    assert gone.add_days(datetime(2021, 1, 1, tzinfo=UTC), 1) is None
    assert gone.next_open(datetime(2021, 1, 1, tzinfo=UTC)) is None


def test_the_same_instant_is_due_by_each_calendars_own_clock() -> None:
    """Case 20."""
    start = datetime(2026, 2, 2, 8, 30, tzinfo=UTC)

    assert C1.add(start, HOUR) == berlin("2026-02-02 10:30")
    assert weekly(["09:00", "17:00"], tz="America/New_York").add(start, HOUR) == datetime(
        2026, 2, 2, 10, tzinfo=NEW_YORK
    )


@pytest.mark.parametrize(("day", "hours"), [("2026-02-02", 14), ("2026-03-16", 13)])
def test_the_sun_is_followed_without_counting_an_overlap_twice(day: str, hours: int) -> None:
    """Case 21."""
    both = union(C1, weekly(["09:00", "17:00"], tz="America/New_York"))

    assert both.between(berlin(f"{day} 09:00"), berlin(f"{day} 23:00")) == hours * HOUR
    assert both.add_days(berlin(f"{day} 09:00"), 1) == datetime.fromisoformat(f"{day} 17:00").replace(tzinfo=NEW_YORK)


def test_time_off_within_a_pause_costs_nothing() -> None:
    """Cases 22 and 23, as the calendar sees them: what a pause takes is its open time."""
    assert C1.between(berlin("2026-02-06 18:00"), berlin("2026-02-09 08:00")) == timedelta()
    assert C1.add(
        berlin("2026-02-06 09:00"), 8 * HOUR + C1.between(berlin("2026-02-06 16:00"), berlin("2026-02-09 10:00"))
    ) == (berlin("2026-02-09 11:00"))


def test_pauses_that_overlap_are_counted_once() -> None:
    """Case 24: 10 to 12 and 11 to 13 take three hours out of the day."""
    paused = C1.between(berlin("2026-02-02 10:00"), berlin("2026-02-02 13:00"))

    assert C1.add(berlin("2026-02-02 09:00"), 4 * HOUR + paused) == berlin("2026-02-02 16:00")


def test_a_business_day_is_not_twenty_four_business_hours() -> None:
    """Case 48."""
    monday = berlin("2026-02-02 09:00")

    assert C1.add(monday, 24 * HOUR) == berlin("2026-02-04 17:00")
    assert C1.add_days(monday, 1) == berlin("2026-02-02 17:00")


@pytest.mark.parametrize(
    ("start", "days", "at", "due"),
    [
        ("2026-02-02 17:00", 1, "close", "2026-02-03 17:00"),
        ("2026-02-06 12:00", 2, "close", "2026-02-09 17:00"),
        ("2026-02-06 12:00", 1, "15:00", "2026-02-06 15:00"),
        ("2026-02-06 15:00", 1, "15:00", "2026-02-09 15:00"),
        ("2026-02-06 12:00", 0, "close", "2026-02-06 12:00"),
    ],
)
def test_working_days_are_counted_from_the_first_that_still_has_time(start: str, days: int, at: str, due: str) -> None:
    assert C1.add_days(berlin(start), days, at=at) == berlin(due)


def test_a_night_belongs_to_the_date_it_starts_on_even_if_the_next_is_a_holiday() -> None:
    hours = weekly(["22:00", "06:00"], days=WEEKDAYS, exceptions=[closed("2026-02-04")])

    opened = hours.windows(berlin("2026-02-03 12:00"), berlin("2026-02-05 12:00"))

    assert opened == [(berlin("2026-02-03 22:00"), berlin("2026-02-04 06:00"))]
    assert hours.add_days(berlin("2026-02-04 03:00"), 1) == berlin("2026-02-04 06:00")


def test_windows_that_touch_are_one_window() -> None:
    hours = weekly(["08:00", "12:00"], ["12:00", "24:00"], days=("mon", "tue"))

    opened = hours.windows(berlin("2026-02-02 10:00"), berlin("2026-02-03 09:00"))

    assert opened == [
        (berlin("2026-02-02 10:00"), berlin("2026-02-03 00:00")),
        (berlin("2026-02-03 08:00"), berlin("2026-02-03 09:00")),
    ]
    new_year = (datetime(2026, 12, 31, 12, tzinfo=UTC), datetime(2027, 1, 1, 12, tzinfo=UTC))
    assert always("Europe/Berlin").windows(*new_year) == [new_year]


@pytest.mark.parametrize(
    ("exceptions", "opened"),
    [
        ([{"date": "2026-02-02", "windows": [["10:00", "11:00"]]}, {"date": "2026-02-02", "windows": []}], 0),
        ([closed("2026-02-02"), {"from": "2026-02-01", "to": "2026-02-02", "windows": [["10:00", "11:00"]]}], 1),
        (
            [{"date": "2026-02-02", "windows": [["10:00", "13:00"]]}, {"date": "02-02", "yearly": True, "windows": []}],
            3,
        ),
    ],
    ids=["later-wins", "range-includes-its-end", "dated-beats-yearly"],
)
def test_the_stronger_exception_decides(exceptions: list[dict[str, Any]], opened: int) -> None:
    hours = weekly(["09:00", "17:00"], exceptions=exceptions)

    assert hours.between(berlin("2026-02-02 00:00"), berlin("2026-02-03 00:00")) == opened * HOUR


def test_a_holiday_on_the_leap_day_exists_in_leap_years_only() -> None:
    hours = always("UTC", {"date": "02-29", "yearly": True, "windows": []})

    lengths = [
        hours.between(datetime(year, 2, 1, tzinfo=UTC), datetime(year, 4, 1, tzinfo=UTC)).days for year in (2027, 2028)
    ]

    assert lengths == [59, 59]


@pytest.mark.parametrize(
    ("spec", "path"),
    [
        ({"tz": "Mars/Olympus", "24x7": True}, "tz"),
        ({"tz": "Europe", "24x7": True}, "tz"),
        ({"24x7": True}, "tz"),
        ({"tz": "UTC", "24x7": True, "weekly": {}}, "weekly"),
        ({"tz": "UTC"}, "weekly"),
        ({"tz": "UTC", "weekly": {"monday": []}}, "weekly.monday"),
        ({"tz": "UTC", "weekly": {"mon": [["9:00", "17:00"]]}}, "weekly.mon[0][0]"),
        ({"tz": "UTC", "weekly": {"mon": [["09:00", "12:00"], ["13:00", "24:01"]]}}, "weekly.mon[1][1]"),
        ({"tz": "UTC", "weekly": {"mon": [["24:00", "08:00"]]}}, "weekly.mon[0][0]"),
        ({"tz": "UTC", "weekly": {"mon": ["09:00"]}}, "weekly.mon[0]"),
        ({"tz": "UTC", "24x7": True, "exceptions": [{"date": "2026-02-30", "windows": []}]}, "exceptions[0].date"),
        ({"tz": "UTC", "24x7": True, "exceptions": [{"date": "2026-02-03"}]}, "exceptions[0].windows"),
        ({"tz": "UTC", "24x7": True, "exceptions": [{"from": "2026-02-03", "windows": []}]}, "exceptions[0]"),
        (
            {"tz": "UTC", "24x7": True, "exceptions": [{"from": "2026-02-03", "to": "2026-02-02", "windows": []}]},
            "exceptions[0].to",
        ),
        (
            {"tz": "UTC", "24x7": True, "exceptions": [{"date": "13-01", "yearly": True, "windows": []}]},
            "exceptions[0].date",
        ),
        ({"tz": "UTC", "24x7": True, "holidays": []}, "holidays"),
    ],
)
def test_a_bad_spec_is_refused_at_the_path_of_the_mistake(spec: dict[str, Any], path: str) -> None:
    with pytest.raises(CalendarSpecError) as refused:
        Calendar.from_spec(spec)

    assert refused.value.path == path
    assert refused.value.code == "CALENDAR_SPEC_INVALID"


def test_impossible_questions_are_refused() -> None:
    start = datetime(2026, 2, 2, 9, tzinfo=UTC)
    naive = start.replace(tzinfo=None)

    for ask in (
        lambda: C1.between(naive, start),
        lambda: C1.add(naive, HOUR),
        lambda: C1.windows(start, naive),
        lambda: C1.between(start, start - MINUTE),
        lambda: C1.windows(start, start - MINUTE),
        lambda: C1.add(start, -MINUTE),
        lambda: C1.add_days(start, -1),
        union,
    ):
        with pytest.raises(ValueError, match=r"\w"):
            ask()


# -- against an oracle that asks every minute -------------------------------------------------------------------------

ZONES = (
    "UTC", "Europe/Berlin", "Europe/London", "Europe/Dublin", "America/New_York", "America/St_Johns",
    "America/Sao_Paulo", "America/Santiago", "America/Havana", "America/Caracas", "Africa/Cairo", "Asia/Tehran",
    "Africa/Casablanca", "Asia/Gaza", "Asia/Kathmandu", "Asia/Pyongyang", "Asia/Amman", "Asia/Shanghai",
    "Australia/Lord_Howe", "Australia/Sydney", "Pacific/Apia", "Pacific/Chatham", "Pacific/Norfolk", "Antarctica/Troll",
)  # fmt: skip
EPOCH_YEARS = range(2006, 2030)


def moves(tz: str) -> list[datetime]:
    return [instant(piece.start) for year in EPOCH_YEARS for piece in pieces(ZoneInfo(tz), year)[1:]]


MOVES = {tz: moves(tz) or [datetime(2026, 1, 1, tzinfo=UTC)] for tz in ZONES}

quarter_hours = st.integers(0, 95).map(lambda n: f"{n // 4:02}:{n % 4 * 15:02}")
window = st.tuples(quarter_hours, quarter_hours | st.just("24:00")).map(list)
windows = st.lists(window, max_size=3)


@st.composite
def specs(draw: st.DrawFn) -> tuple[dict[str, Any], datetime]:
    """A calendar in any of the zones, and an instant near one of the moves of that zone's clock."""
    tz = draw(st.sampled_from(ZONES))
    near = draw(st.sampled_from(MOVES[tz])).replace(second=0) + draw(st.integers(-2880, 1440)) * MINUTE
    dates = st.integers(-2, 4).map(lambda days: near.date() + timedelta(days=days))
    spec: dict[str, Any] = {"tz": tz, "weekly": {day: draw(windows) for day in WEEKDAYS}, "exceptions": []}
    if draw(st.booleans()):
        spec |= {"weekly": {day: [["00:00", "24:00"]] for day in WEEKDAYS}}
    for day in draw(st.lists(dates, max_size=2)):
        spec["exceptions"].append({"date": day.isoformat(), "windows": draw(windows)})
    for day in draw(st.lists(dates, max_size=1)):
        spec["exceptions"].append({"date": f"{day:%m-%d}", "yearly": True, "windows": draw(windows)})
    spec["weekly"]["mon"] = spec["weekly"]["mon"] or [["09:00", "17:00"]]
    return spec, near


def windows_written_for(spec: dict[str, Any], day: date) -> list[list[str]]:
    found = spec["weekly"].get(WEEKDAYS[day.weekday()], [])
    for yearly in (True, False):
        for entry in spec["exceptions"]:
            if entry.get("yearly", False) is yearly and entry["date"] == (
                f"{day:%m-%d}" if yearly else day.isoformat()
            ):
                found = entry["windows"]
    return found


def minutes(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])


class Oracle:
    """Asks the written spec about one minute at a time."""

    def __init__(self, spec: dict[str, Any]) -> None:
        self.spec = spec
        self.zone = ZoneInfo(spec["tz"])
        self.days: dict[date, list[tuple[int, int]]] = {}

    def on(self, day: date) -> list[tuple[int, int]]:
        if day not in self.days:
            pairs = [(minutes(start), minutes(end)) for start, end in windows_written_for(self.spec, day)]
            self.days[day] = [(start, end if end > start else end + 1440) for start, end in pairs]
        return self.days[day]

    def is_open(self, at: datetime) -> bool:
        wall = at.astimezone(self.zone)
        today, minute = wall.date(), wall.hour * 60 + wall.minute
        return any(start <= minute < end for start, end in self.on(today)) or any(
            start <= minute + 1440 < end for start, end in self.on(today - timedelta(days=1))
        )

    def between(self, start: datetime, end: datetime) -> timedelta:
        return sum(self.is_open(start + n * MINUTE) for n in range((end - start) // MINUTE)) * MINUTE


@settings(max_examples=150, deadline=None)
@given(specs(), st.integers(0, 2880))
def test_open_time_is_the_number_of_open_minutes_in_every_zone_and_over_every_move(
    drawn: tuple[dict[str, Any], datetime], length: int
) -> None:
    """Invariant I2."""
    spec, start = drawn
    end = start + length * MINUTE
    hours, oracle = Calendar.from_spec(spec), Oracle(spec)

    opened = hours.windows(start, end)

    assert hours.between(start, end) == oracle.between(start, end)
    assert sum((closes - opens for opens, closes in opened), timedelta()) == hours.between(start, end)
    assert hours.is_open(start) == oracle.is_open(start)


@settings(max_examples=60, deadline=None)
@given(specs(), specs(), st.integers(0, 1440))
def test_a_union_is_open_in_the_minutes_in_which_a_member_is(
    one: tuple[dict[str, Any], datetime], other: tuple[dict[str, Any], datetime], length: int
) -> None:
    (spec, start), (more, _) = one, other
    oracles = Oracle(spec), Oracle(more)
    both = union(Calendar.from_spec(spec), Calendar.from_spec(more))

    opened = sum(any(oracle.is_open(start + n * MINUTE) for oracle in oracles) for n in range(length))

    assert both.between(start, start + length * MINUTE) == opened * MINUTE


seconds = st.integers(0, 40 * 86_400).map(lambda n: timedelta(seconds=n))
amounts = st.integers(0, 400 * 3600 * 1_000_000).map(lambda n: timedelta(microseconds=n))


@settings(max_examples=300, deadline=None)
@given(specs(), seconds, seconds)
def test_open_time_adds_up_and_never_exceeds_the_wall(
    drawn: tuple[dict[str, Any], datetime], x: timedelta, y: timedelta
) -> None:
    """Invariant I2."""
    spec, a = drawn
    b, c = a + x, a + x + y
    hours = Calendar.from_spec(spec)

    assert hours.between(a, c) == hours.between(a, b) + hours.between(b, c)
    assert timedelta() <= hours.between(a, b) <= b - a


@settings(max_examples=300, deadline=None)
@given(specs(), seconds, amounts, amounts)
def test_adding_open_time_is_the_inverse_of_measuring_it_and_keeps_order(
    drawn: tuple[dict[str, Any], datetime], later: timedelta, x: timedelta, y: timedelta
) -> None:
    """Invariant I3."""
    spec, start = drawn
    hours = Calendar.from_spec(spec)
    small, large = sorted((x, y))

    due, due_of_more, due_of_later = hours.add(start, small), hours.add(start, large), hours.add(start + later, small)

    assert due is not None
    assert due_of_more is not None
    assert due_of_later is not None
    assert hours.between(start, due) == small
    assert due <= due_of_more
    assert due <= due_of_later
    assert not small or hours.between(due - timedelta(microseconds=1), due)
    assert hours.add(start, timedelta()) == start


def crosses_midnight(spec: dict[str, Any]) -> bool:
    """Nights may outlast the whole next date; then dropping a date may let an earlier close count."""
    written = [*spec["weekly"].values(), *(entry["windows"] for entry in spec["exceptions"])]
    return any(end <= start for pairs in written for start, end in pairs)


@settings(max_examples=300, deadline=None)
@given(specs(), amounts, st.integers(0, 30), st.integers(1, 15))
def test_a_holiday_never_shortens_a_deadline_and_extra_hours_never_lengthen_it(
    drawn: tuple[dict[str, Any], datetime], amount: timedelta, ahead: int, days: int
) -> None:
    """Invariant I4."""
    spec, start = drawn
    day = (start + timedelta(days=ahead)).date().isoformat()
    hours = Calendar.from_spec(spec)
    fewer = Calendar.from_spec(spec | {"exceptions": [*spec["exceptions"], closed(day)]})
    extra = union(hours, weekly(["06:00", "23:00"], tz=spec["tz"]))

    due = hours.add(start, amount)

    assert extra.add(start, amount) <= due <= fewer.add(start, amount)
    assert crosses_midnight(spec) or hours.add_days(start, days) <= fewer.add_days(start, days)


@settings(max_examples=100, deadline=None)
@given(specs(), st.integers(1, 12))
def test_working_days_close_in_order_at_the_end_of_open_time(drawn: tuple[dict[str, Any], datetime], days: int) -> None:
    spec, start = drawn
    hours = Calendar.from_spec(spec)

    due = hours.add_days(start, days)

    assert due is not None
    assert due > start
    assert hours.between(due - timedelta(microseconds=1), due)
    assert hours.between(start, due) > timedelta()
