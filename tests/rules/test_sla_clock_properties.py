"""What holds for SLA clocks whatever happened: the numbered invariants of the SLA semantics."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.sla.book import PolicyBook
from domain.sla.clocks import Clock, ClockState, Mode
from domain.sla.folding import Folded, fold
from domain.sla.measures import Calendars, CalendarVersion
from domain.sla.policies import PolicyVersion
from domain.sla.thresholds import next_threshold, passed_thresholds
from domain.sla.timeline import ClockEvent
from tests.rules.sla_histories import HOUR, LONG_AGO, MINUTE, NEXT_RESPONSE, OFFICE, book, office, on, policy, target

METRICS = book(
    target(key="urgent", when={"priority": ["P1"]}, hours=3, reopen="CONTINUE", cancel={"excluded": True}),
    target(key="usual", hours=12, reopen="CONTINUE", cancel={"excluded": True}, thresholds=[{"percent": 80}]),
    NEXT_RESPONSE,
    target("FIRST_RESOLUTION", goal={"business_days": 2}),
    target("DECISION", goal={"calendar_seconds": 40_000}, reopen="NEW_CYCLE", retarget="FROM_CHANGE"),
    target("OWNERSHIP", hours=2, per={"attribute": "team"}),
    target("AGENT_WORK", hours=5, per={"attribute": "team", "hold": "CUMULATIVE"}),
)
HAPPENINGS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("CaseMoved", {"to_state": "IN_REVIEW"}),
    ("CaseMoved", {"to_state": "ON_HOLD", "hold_reason": "WAITING"}),
    ("CaseMoved", {"to_state": "RESOLVED"}),
    ("CaseReopened", {"to_state": "QUEUED"}),
    ("CasePrioritized", {"priority": "P1"}),
    ("CasePrioritized", {"priority": "P4"}),
    ("CaseQueued", {"team_id": "A"}),
    ("CaseQueued", {"team_id": "B"}),
    ("MessageReceived", {}),
    ("MessageSent", {"author": "HUMAN", "public": True}),
    ("CaseExcluded", {"excluded": True}),
    ("CaseExcluded", {"excluded": False}),
)

gaps = st.sampled_from((0, 0, 7, 30, 60, 240, 480, 1440))


@st.composite
def histories(draw: st.DrawFn) -> list[ClockEvent]:
    at = on("mon 08:00")
    events = [ClockEvent(1, at, "CaseOpened", {"state": "NEW", "priority": "P3", "team_id": "A"})]
    for kind, facts in draw(st.lists(st.sampled_from(HAPPENINGS), max_size=12)):
        at += draw(gaps) * MINUTE
        events.append(ClockEvent(len(events) + 1, at, kind, facts))
    return events


def folded(events: Sequence[ClockEvent], as_of: datetime | None = None) -> Folded:
    return fold(events, METRICS, as_of=as_of)


@settings(max_examples=150, deadline=None)
@given(histories(), st.integers())
def test_clocks_depend_on_neither_order_of_arrival_nor_repetition(events: list[ClockEvent], seed: int) -> None:
    """Invariant I1."""
    shuffled = [*events, *events[: len(events) // 2]]
    random.Random(seed).shuffle(shuffled)

    assert folded(shuffled) == folded(events)


@settings(max_examples=150, deadline=None)
@given(histories())
def test_there_is_one_open_clock_at_most_and_its_row_is_whole(events: list[ClockEvent]) -> None:
    """Invariants I5, I8 and I9."""
    clocks = folded(events).clocks

    open_ones = [(clock.kind, clock.metric, clock.holder) for clock in clocks if clock.is_open]
    assert len(open_ones) == len(set(open_ones))
    assert len({clock.identity for clock in clocks}) == len(clocks)
    for clock in clocks:
        last = clock.segments[-1]
        running = last.end is None and last.mode is Mode.RUN
        assert running == (clock.running_since is not None)
        if clock.is_open:
            assert last.end is None
            assert (clock.due_at is None) == (clock.state in (ClockState.PAUSED, ClockState.UNSCHEDULABLE))
            assert clock.state is not ClockState.RUNNING or running
            assert (clock.state is ClockState.BREACHING) == (clock.breached_at is not None)
        else:
            assert last.end == max(filter(None, (clock.stopped_at, clock.cancelled_at)))
        assert clock.segments[0].start == clock.started_at
        for one, two in zip(clock.segments, clock.segments[1:], strict=False):
            assert one.end == two.start
            assert one.start < two.start
        counted = [segment.business for segment in clock.segments if segment.mode is Mode.RUN and segment.end]
        assert sum(counted, timedelta()) == clock.elapsed_base
        if clock.state is ClockState.MET and clock.due_at:
            assert clock.stopped_at <= clock.due_at


@settings(max_examples=150, deadline=None)
@given(histories())
def test_a_running_clock_is_due_at_the_first_instant_its_goal_is_reached(events: list[ClockEvent]) -> None:
    for clock in folded(events).clocks:
        if clock.state is ClockState.RUNNING and clock.due_at is not None:
            before = clock.due_at - timedelta(microseconds=1)

            assert clock.at(clock.due_at).remaining == timedelta()
            assert clock.at(before).remaining > timedelta() or clock.due_at in (clock.running_since, clock.started_at)


@settings(max_examples=150, deadline=None)
@given(histories(), st.lists(st.integers(0, 15_000), max_size=4))
def test_what_is_seen_does_not_depend_on_when_somebody_looked(events: list[ClockEvent], looks: list[int]) -> None:
    """Invariant I10: a fold that saw breaches pass reads the same as one that did not."""
    end = events[-1].occurred_at
    unseen = folded(events).clocks

    for minutes in looks:
        at = end + minutes * MINUTE
        seen = folded(events, as_of=at).clocks
        for one, other in zip(unseen, seen, strict=True):
            assert one.at(at) == other.at(at)
            assert one.at(at + HOUR) == other.at(at + HOUR)


@settings(max_examples=150, deadline=None)
@given(histories(), st.integers(0, 2000))
def test_no_rung_is_left_on_hold_or_after_the_end_and_none_comes_twice(events: list[ClockEvent], minutes: int) -> None:
    """Invariant I7."""
    for clock in folded(events).clocks:
        passed = passed_thresholds(clock, None, events[-1].occurred_at + minutes * MINUTE)
        following = next_threshold(clock, events[-1].occurred_at + minutes * MINUTE)

        assert len({(rung.number, rung.revision) for rung in passed}) == len(passed)
        assert following is None or following not in passed
        assert clock.running_since is not None or (not passed and following is None)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 6000), st.integers(0, 3000), st.integers(0, 3000), st.integers(1, 90))
def test_a_pause_never_brings_the_due_forward(start: int, before: int, length: int, hours: int) -> None:
    """Invariant I4, for both units."""
    opened = on("mon 00:00") + start * MINUTE
    paused = opened + before * MINUTE
    events = [ClockEvent(1, opened, "CaseOpened", {"state": "NEW"})]
    more = [
        ClockEvent(2, paused, "CaseMoved", {"to_state": "ON_HOLD"}),
        ClockEvent(3, paused + length * MINUTE, "CaseMoved", {"to_state": "IN_REVIEW"}),
    ]
    policies = book(target(hours=hours), target("DECISION", goal={"business_days": 1 + hours // 30}))

    for plain, held in zip(fold(events, policies).clocks, fold(events + more, policies).clocks, strict=True):
        assert plain.due_at is not None
        assert held.due_at is not None
        assert plain.due_at <= held.due_at
        assert held.due_at > paused or held.due_at == plain.due_at


def verdict(clock: Clock) -> tuple[object, ...]:
    return clock.state, clock.stopped_at, clock.breached_at, clock.elapsed_base, clock.segments, clock.transitions


@settings(max_examples=100, deadline=None)
@given(histories(), st.integers(1, 40))
def test_a_verdict_outlives_every_later_edit(events: list[ClockEvent], hours: int) -> None:
    """Invariant I6: a policy and a calendar that change afterwards change nothing that is closed."""
    later = events[-1].occurred_at + HOUR
    calendars = {"office": [*OFFICE["office"], CalendarVersion(later, office("10:00", "11:00"))]}
    first = policy(target(hours=3), NEXT_RESPONSE)
    second = policy(target(hours=hours), enabled=hours % 2 == 0)
    edited = PolicyBook([PolicyVersion(first, 1, LONG_AGO), PolicyVersion(second, 2, later)], calendars)

    before = fold(events, PolicyBook([PolicyVersion(first, 1, LONG_AGO)], OFFICE)).clocks
    after = {clock.identity: clock for clock in fold(events, edited).clocks}

    for clock in before:
        if not clock.is_open:
            assert verdict(after[clock.identity]) == verdict(clock)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 6000), min_size=2, max_size=6, unique=True), st.integers(1, 60))
def test_a_calendar_in_versions_adds_up_and_is_undone_by_adding(changes: list[int], hours: int) -> None:
    """Invariants I2 and I3 over calendar versions."""
    start = on("mon 00:00")
    hours_of = [office(), office("08:00", "20:00"), office("12:00", "13:00")]
    versions = [CalendarVersion(start + at * MINUTE, hours_of[n % 3]) for n, at in enumerate(sorted(changes))]
    measure = Calendars(versions)

    due = measure.add(start, hours * HOUR)

    assert due is not None
    assert measure.between(start, due) == hours * HOUR
    middle = start + (due - start) / 2
    assert measure.between(start, middle) + measure.between(middle, due) == hours * HOUR
