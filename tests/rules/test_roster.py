"""Who is on call: the numbered cases of the on-call semantics, and what holds for every schedule."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.oncall.roster import Stint, gaps, on_call, resolve, shifts
from domain.oncall.rotation import occurrence, slot_of, turn_at, without_slot
from domain.oncall.schedule import Absence, Layer, Override, OverrideConflictError, ScheduleVersion, ensure_no_conflict

NEW_YORK = "America/New_York"
LONDON = "Europe/London"
HOUR = timedelta(hours=1)


def z(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def layer(anchor: str, period: str = "WEEK", *, people: str = "AB", **more: Any) -> dict[str, Any]:
    return {"key": "main", "period": period, "anchor": anchor, "participants": list(people), **more}


def schedule(tz: str, *layers: dict[str, Any]) -> ScheduleVersion:
    return ScheduleVersion.model_validate({"tz": tz, "layers": list(layers)})


def override(
    kind: str, start: str, end: str, *, out: str | None = None, into: str | None = None, **more: Any
) -> Override:
    seq = more.pop("seq", 1)
    written = {"id": f"o{seq}", "kind": kind, "start": z(start), "end": z(end), "created_seq": seq}
    return Override.model_validate(written | {"remove_user": out, "add_user": into} | more)


def users(version: ScheduleVersion, at: str, *overrides: Override, absences: tuple[Absence, ...] = ()) -> list[str]:
    return [person.user for person in on_call(version, overrides, absences, at=z(at))]


def changes(version: ScheduleVersion, start: str, end: str) -> list[datetime]:
    return [stint.start for stint in resolve(version, (), (), (z(start), z(end)))][1:]


@pytest.mark.parametrize(
    ("tz", "anchor", "period", "interval", "around", "expected"),
    [
        pytest.param(
            NEW_YORK, "2026-02-23T09:00", "WEEK", 1, ("2026-03-01T00:00", "2026-03-10T00:00"),
            ["2026-03-02T14:00", "2026-03-09T13:00"], id="1-a-week-of-167-hours",
        ),
        pytest.param(
            NEW_YORK, "2026-02-23T09:00", "WEEK", 1, ("2026-10-25T00:00", "2026-11-03T00:00"),
            ["2026-10-26T13:00", "2026-11-02T14:00"], id="2-a-week-of-169-hours",
        ),
        pytest.param(
            NEW_YORK, "2026-03-01T02:30", "DAY", 1, ("2026-03-08T00:00", "2026-03-10T00:00"),
            ["2026-03-08T07:00", "2026-03-09T06:30"], id="3-a-handoff-in-the-gap",
        ),
        pytest.param(
            NEW_YORK, "2026-10-20T01:30", "DAY", 1, ("2026-11-01T00:00", "2026-11-03T00:00"),
            ["2026-11-01T05:30", "2026-11-02T06:30"], id="4-a-handoff-in-the-fold",
        ),
        pytest.param(
            LONDON, "2026-03-01T08:00", "HOUR", 12, ("2026-03-28T12:00", "2026-03-29T20:00"),
            ["2026-03-28T20:00", "2026-03-29T07:00", "2026-03-29T19:00"], id="5-a-night-of-eleven-hours",
        ),
        pytest.param(
            NEW_YORK, "2026-11-01T00:00", "HOUR", 1, ("2026-11-01T04:30", "2026-11-01T08:30"),
            ["2026-11-01T05:00", "2026-11-01T07:00", "2026-11-01T08:00"], id="6-a-slot-of-two-hours",
        ),
        pytest.param(
            "Australia/Lord_Howe", "2026-09-20T02:15", "DAY", 1, ("2026-10-03T00:00", "2026-10-04T00:00"),
            ["2026-10-03T15:30"], id="7-a-move-of-half-an-hour",
        ),
        pytest.param(
            "America/Santiago", "2026-09-01T00:00", "DAY", 1, ("2026-09-06T00:00", "2026-09-07T00:00"),
            ["2026-09-06T04:00"], id="8-a-midnight-that-is-skipped",
        ),
        pytest.param(
            "Pacific/Apia", "2011-12-20T09:00", "DAY", 1, ("2011-12-30T00:00", "2011-12-31T00:00"),
            ["2011-12-30T10:00", "2011-12-30T19:00"], id="9-a-date-that-never-was",
        ),
        pytest.param(
            "UTC", "2026-01-31T09:00", "MONTH", 1, ("2026-02-01T00:00", "2026-06-01T00:00"),
            ["2026-02-28T09:00", "2026-03-31T09:00", "2026-04-30T09:00", "2026-05-31T09:00"], id="11-the-31st",
        ),
    ],
)  # fmt: skip
def test_handoffs_keep_the_wall_clock(
    tz: str, anchor: str, period: str, interval: int, around: tuple[str, str], expected: list[str]
) -> None:
    version = schedule(tz, layer(anchor, period, interval=interval))

    assert changes(version, *around) == [z(at) for at in expected]


def test_a_skipped_hour_still_uses_up_its_turn() -> None:
    """Case 6: the turns of 02:00 and 03:00 both begin at 07:00Z; the first has no length."""
    zone = ZoneInfo(NEW_YORK)
    hourly = schedule(NEW_YORK, layer("2026-03-08T00:00", "HOUR", people="ABCD"))

    stints = resolve(hourly, (), (), (z("2026-03-08T05:00"), z("2026-03-08T09:00")))

    assert occurrence(hourly.layers[0], 2, zone) == occurrence(hourly.layers[0], 3, zone) == z("2026-03-08T07:00")
    assert [stint.people[0].user for stint in stints] == ["A", "B", "D", "A"]


NIGHT = {"start": "22:00", "end": "06:00"}


def test_a_restricted_night_has_the_hours_the_night_has() -> None:
    """Case 10: both 01:xx hours are included."""
    version = schedule(LONDON, layer("2026-10-01T00:00", restrictions=[NIGHT]))

    stints = resolve(version, (), (), (z("2026-10-24T12:00"), z("2026-10-25T12:00")))

    assert [(s.start, s.end) for s in stints if s.people] == [(z("2026-10-24T21:00"), z("2026-10-25T06:00"))]


def test_restrictions_that_meet_in_the_fold_overlap_and_leave_no_gap() -> None:
    """Case 10."""
    early = layer("2026-10-01T00:00", people="A", restrictions=[{"start": "00:00", "end": "01:30"}])
    late = layer(
        "2026-10-01T00:00", people="B", key="late", mode="ADDITIVE", restrictions=[{"start": "01:30", "end": "24:00"}]
    )
    version = schedule(NEW_YORK, early, late)

    assert users(version, "2026-11-01T05:29") == ["A"]
    assert users(version, "2026-11-01T05:30") == users(version, "2026-11-01T06:29") == ["A", "B"]
    assert users(version, "2026-11-01T06:30") == ["B"]


WEEKLY = schedule("UTC", layer("2026-02-02T09:00"))


def test_at_the_handoff_only_the_incoming_person_is_on_call() -> None:
    """Case 13."""
    assert users(WEEKLY, "2026-02-09T08:59") == ["A"]
    assert users(WEEKLY, "2026-02-09T09:00") == ["B"]


def test_overrides_of_different_people_both_apply() -> None:
    """Case 14."""
    one = override("ADD", "2026-02-03", "2026-02-05", into="C")
    two = override("ADD", "2026-02-04", "2026-02-06", into="D", seq=2)

    assert users(WEEKLY, "2026-02-04T12:00", one, two) == ["A", "C", "D"]
    ensure_no_conflict(two, (one,))


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (
            override("REMOVE", "2026-02-03", "2026-02-05", out="A"),
            override("REPLACE", "2026-02-04", "2026-02-06", out="A", into="C", seq=2),
        ),
        (
            override("ADD", "2026-02-03", "2026-02-05", into="C"),
            override("REPLACE", "2026-02-04", "2026-02-06", out="A", into="C", seq=2),
        ),
    ],
    ids=["14-taken-out-twice", "14-put-in-twice"],
)
def test_the_same_person_is_neither_taken_out_nor_put_in_twice(one: Override, two: Override) -> None:
    with pytest.raises(OverrideConflictError, match="o1") as refused:
        ensure_no_conflict(two, (one,))

    assert refused.value.other == one
    ensure_no_conflict(two.model_copy(update={"start": one.end}), (one,))
    ensure_no_conflict(one, (one,))


def test_replacements_chain_in_the_order_they_were_made() -> None:
    """Case 15."""
    week = override("REPLACE", "2026-02-02T09:00", "2026-02-09T09:00", out="A", into="B")
    hour = override("REPLACE", "2026-02-04T12:00", "2026-02-04T13:00", out="B", into="C", seq=2)

    stints = resolve(WEEKLY, (hour, week), (), (z("2026-02-04T00:00"), z("2026-02-05T00:00")))

    assert [(stint.people[0].user, stint.people[0].provenance.overrides) for stint in stints] == [
        ("B", ("o1",)),
        ("C", ("o1", "o2")),
        ("B", ("o1",)),
    ]
    assert stints[1].people[0].provenance.layer == "main"


def test_replacing_somebody_who_is_not_on_call_puts_nobody_in() -> None:
    """Case 16."""
    unused = override("REPLACE", "2026-02-03", "2026-02-05", out="B", into="C")
    added = override("ADD", "2026-02-03", "2026-02-05", into="C")
    removed = override("REMOVE", "2026-02-03", "2026-02-05", out="A")

    assert users(WEEKLY, "2026-02-04", unused) == ["A"]
    assert users(WEEKLY, "2026-02-04", added) == ["A", "C"]
    assert gaps(resolve(WEEKLY, (removed,), (), (z("2026-02-02T09:00"), z("2026-02-09T09:00")))) == (
        (z("2026-02-03"), z("2026-02-05")),
    )


def test_a_replacement_over_a_handoff_is_about_the_person_unless_it_is_about_the_layer() -> None:
    """Case 17."""
    person = override("REPLACE", "2026-02-08", "2026-02-10", out="A", into="C")
    whoever = override("REPLACE", "2026-02-08", "2026-02-10", into="C", layer="main")

    assert users(WEEKLY, "2026-02-09T12:00", person) == ["B"]
    assert users(WEEKLY, "2026-02-09T12:00", whoever) == ["C"]


@pytest.mark.parametrize(
    ("leaving", "now", "following"),
    [
        pytest.param(1, "C", ["D", "A", "C"], id="18-the-one-on-call"),
        pytest.param(0, "B", ["C", "D", "B"], id="18-one-before"),
        pytest.param(3, "B", ["C", "A", "B"], id="18-one-after"),
    ],
)
def test_who_leaves_a_rotation_costs_nobody_a_turn(leaving: int, now: str, following: list[str]) -> None:
    daily = schedule("UTC", layer("2026-02-02T09:00", "DAY", people="ABCD"))

    left = without_slot(daily.layers[0], leaving, z("2026-02-07T12:00"), daily.zone)
    after = daily.model_copy(update={"layers": (left,)})

    assert users(daily, "2026-02-07T12:00") == ["B"]
    assert users(after, "2026-02-07T12:00") == [now]
    assert [users(after, f"2026-02-{day:02}T12:00")[0] for day in (8, 9, 10)] == following


def test_an_empty_rotation_is_a_gap_and_no_error() -> None:
    """Case 19."""
    left = without_slot(
        schedule("UTC", layer("2026-02-02T09:00", people="A")).layers[0], 0, z("2026-02-03"), ZoneInfo("UTC")
    )
    interval = (z("2026-02-02T09:00"), z("2026-02-09T09:00"))

    assert gaps(resolve(WEEKLY.model_copy(update={"layers": (left,)}), (), (), interval)) == (interval,)
    assert gaps(resolve(schedule("UTC"), (), (), interval)) == (interval,)


WORKDAYS = {"weekdays": ["mon", "tue", "wed", "thu", "fri"], "start": "00:00", "end": "24:00"}


@pytest.mark.parametrize(("advance_on", "served"), [("ACTIVE_DAY", 14), ("CALENDAR", 10)])
def test_weekends_off_do_not_eat_turns(advance_on: str, served: int) -> None:
    """Case 20: by calendar, four of fourteen never serve."""
    daily = layer("2026-02-02T00:00", "DAY", people="ABCDEFGHIJKLMN", restrictions=[WORKDAYS], advance_on=advance_on)
    version = schedule(LONDON, daily)

    stints = resolve(version, (), (), (z("2026-02-02T00:00"), z("2026-05-11T00:00")))

    turns = [person.user for stint in stints for person in stint.people]
    assert len(set(turns)) == served
    if advance_on == "ACTIVE_DAY":
        assert "".join(turns) == ("ABCDEFGHIJKLMN" * 6)[: len(turns)]


def test_a_person_away_is_on_call_nowhere_and_nobody_steps_in_unasked() -> None:
    away = (Absence(user="A", start=z("2026-02-03"), end=z("2026-02-05")),)
    cover = override("REPLACE", "2026-02-03", "2026-02-04", out="A", into="C")

    assert users(WEEKLY, "2026-02-04T12:00", cover, absences=away) == []
    assert users(WEEKLY, "2026-02-03T12:00", cover, absences=away) == ["C"]


def test_a_higher_layer_stands_where_it_has_someone() -> None:
    lowest = layer("2026-02-02T00:00", people="A")
    nights = layer("2026-02-02T00:00", "DAY", key="nights", position=1, restrictions=[NIGHT]) | {
        "participants": [["N", "M"], None]
    }
    beside = layer("2026-02-02T00:00", people="S", key="shadow", position=2, mode="ADDITIVE")
    version = schedule("UTC", lowest, nights, beside)

    assert users(version, "2026-02-02T23:00") == ["S", "N", "M"]
    assert users(version, "2026-02-03T12:00") == users(version, "2026-02-03T23:00") == ["S", "A"]


def test_a_layer_serves_only_while_in_effect() -> None:
    limited = layer("2026-02-02T00:00", people="A", effective_from=z("2026-02-03"), effective_to=z("2026-02-05"))
    version = schedule("UTC", limited)

    stints = resolve(version, (), (), (z("2026-02-01"), z("2026-02-07")))

    assert gaps(stints) == ((z("2026-02-01"), z("2026-02-03")), (z("2026-02-05"), z("2026-02-07")))
    assert users(WEEKLY, "2026-02-02T08:59") == []


def test_shifts_are_each_persons_unbroken_time() -> None:
    extra = override("ADD", "2026-02-04", "2026-02-11", into="C")

    found = shifts(resolve(WEEKLY, (extra,), (), (z("2026-02-02T09:00"), z("2026-02-16T09:00"))))

    assert [(shift.user, shift.start, shift.end) for shift in found] == [
        ("A", z("2026-02-02T09:00"), z("2026-02-09T09:00")),
        ("C", z("2026-02-04"), z("2026-02-11")),
        ("B", z("2026-02-09T09:00"), z("2026-02-16T09:00")),
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        {"tz": "Mars/Olympus"},
        {"layers": [layer("2026-02-02T09:00"), layer("2026-02-02T09:00")]},
        {"layers": [layer("2026-02-02T09:00+01:00")]},
        {"layers": [layer("2026-02-02T09:00", interval=0)]},
        {"layers": [layer("2026-02-02T09:00", restrictions=[{"start": "9", "end": "10:00"}])]},
    ],
)
def test_a_schedule_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ScheduleVersion.model_validate({"tz": "UTC"} | wrong)


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("ADD", {}),
        ("ADD", {"into": "C", "out": "A"}),
        ("REMOVE", {}),
        ("REMOVE", {"out": "A", "layer": "main"}),
        ("REPLACE", {"out": "A"}),
    ],
)
def test_an_override_names_exactly_whom_it_is_about(kind: str, names: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        override(kind, "2026-02-03", "2026-02-04", **names)
    with pytest.raises(ValidationError):
        override("ADD", "2026-02-04", "2026-02-04", into="C")


# -- for every schedule -----------------------------------------------------------------------------------------------

ZONES = (
    "UTC", NEW_YORK, LONDON, "Europe/Berlin", "America/Santiago", "America/Havana", "Africa/Cairo", "Africa/Casablanca",
    "Asia/Tehran", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia", "Pacific/Chatham", "Antarctica/Troll",
)  # fmt: skip
WEEKS = ("2011-12-27", "2026-03-05", "2026-03-26", "2026-04-01", "2026-04-22", "2026-09-03", "2026-10-01", "2026-10-29")

clock = st.integers(0, 47).map(lambda n: f"{n // 2:02}:{n % 2 * 30:02}")
days = st.lists(st.sampled_from(["mon", "wed", "fri", "sat", "sun"]), min_size=1, unique=True)
restriction = st.builds(lambda d, a, b: {"weekdays": d, "start": a, "end": b}, days, clock, clock)
anchors = st.datetimes(datetime(2011, 1, 1), datetime(2026, 12, 1)).map(lambda at: at.replace(second=0, microsecond=0))  # noqa: DTZ001


@st.composite
def layers(draw: st.DrawFn, key: str) -> dict[str, Any]:
    period = draw(st.sampled_from(["HOUR", "DAY", "WEEK", "MONTH"]))
    return {
        "key": key,
        "period": period,
        "interval": draw(st.integers(3, 14) if period == "HOUR" else st.integers(1, 3)),
        "anchor": draw(anchors),
        "position": draw(st.integers(0, 2)),
        "mode": draw(st.sampled_from(["EXCLUSIVE", "ADDITIVE"])),
        "advance_on": draw(st.sampled_from(["ACTIVE_DAY", "CALENDAR"])),
        "participants": draw(st.lists(st.sampled_from(["A", "B", "C", ["A", "D"], None]), max_size=5)),
        "restrictions": draw(st.lists(restriction, max_size=2)),
    }


@st.composite
def rosters(draw: st.DrawFn) -> tuple[ScheduleVersion, list[Override], list[Absence], tuple[datetime, datetime]]:
    tz = draw(st.sampled_from(ZONES))
    start = z(draw(st.sampled_from(WEEKS))) + draw(st.integers(0, 47)) * HOUR
    times = st.integers(-24, 120).map(lambda hours: start + hours * HOUR)
    overrides, absences = [], []
    for seq in range(draw(st.integers(0, 4))):
        begins, kind = draw(times), draw(st.sampled_from(["ADD", "REMOVE", "REPLACE"]))
        out = None if kind == "ADD" else draw(st.sampled_from("ABCD"))
        into = None if kind == "REMOVE" else draw(st.sampled_from("ABCDE"))
        ends = begins + draw(st.integers(1, 60)) * HOUR
        overrides.append(
            override(kind, f"{begins:%Y-%m-%dT%H:%M}", f"{ends:%Y-%m-%dT%H:%M}", out=out, into=into, seq=seq)
        )
    for user in draw(st.lists(st.sampled_from("ABC"), max_size=2)):
        begins = draw(times)
        absences.append(Absence(user=user, start=begins, end=begins + draw(st.integers(1, 40)) * HOUR))
    written = [draw(layers(key)) for key in ("one", "two")[: draw(st.integers(1, 2))]]
    return schedule(tz, *written), overrides, absences, (start, start + 4 * 24 * HOUR)


@settings(max_examples=120, deadline=None)
@given(rosters(), st.lists(st.integers(0, 4 * 1440 - 1), max_size=40))
def test_a_range_says_for_every_instant_what_the_instant_says(
    drawn: tuple[ScheduleVersion, list[Override], list[Absence], tuple[datetime, datetime]], minutes: list[int]
) -> None:
    version, overrides, absences, (start, end) = drawn

    stints = resolve(version, overrides, absences, (start, end))

    assert stints[0].start == start
    assert stints[-1].end == end
    assert all(one.end == two.start and one.people != two.people for one, two in pairwise(stints))
    assert all(stint.start < stint.end for stint in stints)
    for minute in minutes:
        at = start + minute * timedelta(minutes=1)
        (stint,) = (stint for stint in stints if stint.start <= at < stint.end)
        assert stint.people == on_call(version, overrides, absences, at=at)
        assert len({person.user for person in stint.people}) == len(stint.people)
    assert resolve(version, overrides[::-1], absences[::-1], (start, end)) == stints


@settings(max_examples=100, deadline=None)
@given(rosters(), st.integers(1, 4 * 24 - 1))
def test_a_range_resolved_in_two_parts_is_the_same_range(
    drawn: tuple[ScheduleVersion, list[Override], list[Absence], tuple[datetime, datetime]], hours: int
) -> None:
    version, overrides, absences, (start, end) = drawn
    middle = start + hours * HOUR

    whole = resolve(version, overrides, absences, (start, end))
    parts = [
        *resolve(version, overrides, absences, (start, middle)),
        *resolve(version, overrides, absences, (middle, end)),
    ]

    joined: list[Stint] = []
    for part in parts:
        if joined and joined[-1].people == part.people:
            joined[-1] = Stint(joined[-1].start, part.end, part.people)
        else:
            joined.append(part)
    assert tuple(joined) == whole


@settings(max_examples=200, deadline=None)
@given(layers("one"), st.sampled_from(ZONES), st.sampled_from(WEEKS), st.integers(0, 7 * 1440))
def test_turns_begin_in_order_and_every_instant_lies_in_its_turn(
    written: dict[str, Any], tz: str, week: str, minutes: int
) -> None:
    zone, found = ZoneInfo(tz), Layer.model_validate(written)
    at = z(week) + timedelta(minutes=minutes)

    turn = turn_at(found, at, zone)

    assert occurrence(found, turn, zone) <= at < occurrence(found, turn + 1, zone)
    assert occurrence(found, turn - 1, zone) <= occurrence(found, turn, zone)
    assert (slot_of(found, turn) is None) == (turn < 0 or not found.participants)


@settings(max_examples=100, deadline=None)
@given(layers("one"), st.sampled_from(ZONES))
def test_a_schedule_survives_its_json_form(written: dict[str, Any], tz: str) -> None:
    version = schedule(tz, written)

    assert ScheduleVersion.model_validate_json(version.model_dump_json()) == version
