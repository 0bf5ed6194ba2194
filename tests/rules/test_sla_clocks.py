"""SLA clocks as folds of events: the numbered cases of the SLA semantics, and what holds for every history."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from domain.calendars.business_time import Calendar
from domain.sla.book import PolicyBook, UnknownCalendarError
from domain.sla.clocks import ClockState, Mode, TransitionType
from domain.sla.folding import fold, voided
from domain.sla.measures import CalendarVersion
from domain.sla.policies import Policy, PolicyVersion
from domain.sla.thresholds import next_threshold, passed_thresholds
from domain.sla.timeline import ClockEvent, FutureEventError, clamped
from tests.rules.sla_histories import (
    HOUR,
    LONG_AGO,
    MINUTE,
    NEXT_RESPONSE,
    OFFICE,
    RESOLVED,
    SECOND,
    History,
    book,
    office,
    on,
    policy,
    steps,
    target,
)

# -- pauses -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "hours", "pause", "due"),
    [
        pytest.param("fri 16:00", 2, ("fri 18:00", "mon+1 08:00"), "mon+1 10:00", id="22-a-pause-out-of-hours"),
        pytest.param("fri 09:00", 8, ("fri 16:00", "mon+1 10:00"), "mon+1 11:00", id="23-a-pause-over-the-weekend"),
    ],
)
def test_a_pause_moves_the_due_by_its_open_time(start: str, hours: int, pause: tuple[str, str], due: str) -> None:
    clock = History(start).hold(*pause).clock(book(target(hours=hours)))

    assert clock.due_at == on(due)
    assert clock.state is ClockState.RUNNING


def test_causes_of_a_pause_that_overlap_are_one_pause() -> None:
    """Case 24."""
    causes = target(
        pause=[{"kind": "PauseBegan"}, {"state": ["ON_HOLD"]}], resume={"kind": "PauseEnded"}, calendar="office"
    )
    history = History("mon 09:00").then("mon 10:00", "PauseBegan", cause="A").then("mon 11:00", "PauseBegan", cause="B")
    history.then("mon 12:00", "PauseEnded", cause="A").then("mon 13:00", "PauseEnded", cause="B")

    clock = history.clock(book(causes))

    assert clock.due_at == on("mon 16:00")
    assert [(segment.mode, segment.reason) for segment in clock.segments] == [
        (Mode.RUN, None),
        (Mode.PAUSE, "A"),
        (Mode.PAUSE, "B"),
        (Mode.RUN, None),
    ]


def test_a_clock_on_hold_before_its_due_is_not_late_however_long_it_takes() -> None:
    """Case 25."""
    clock = History("mon 09:00").move("mon 11:00", "ON_HOLD").clock(book(target()), as_of="tue 12:00")

    seen = clock.at(on("tue 12:00"))

    assert (seen.state, seen.due, seen.remaining, seen.overdue) == (ClockState.PAUSED, None, 2 * HOUR, timedelta())
    assert next_threshold(clock) is None


def test_a_pause_at_the_very_due_leaves_nothing_and_is_not_late() -> None:
    """Case 26."""
    history = History("mon 09:00").move("mon 13:00", "ON_HOLD")
    paused = history.clock(book(target()))

    resumed = history.move("tue 10:00", "IN_REVIEW").clock(book(target()))
    just_met = history.clock(book(target(stop=[RESOLVED, {"state": ["IN_REVIEW"]}])))
    late = History("mon 09:00").hold("mon 13:00", "tue 10:00").move("tue 10:01", "RESOLVED").clock(book(target()))

    assert (paused.state, paused.due_at, paused.at(on("mon 18:00")).remaining) == (ClockState.PAUSED, None, timedelta())
    assert resumed.due_at == on("tue 10:00")
    assert just_met.state is ClockState.MET
    assert late.state is ClockState.BREACHED


def test_a_late_clock_on_hold_stays_late_and_stops_growing() -> None:
    """Case 27."""
    history = History("mon 09:00").move("mon 14:00", "ON_HOLD")

    held = history.clock(book(target()))
    resumed = history.move("mon 16:00", "IN_REVIEW").clock(book(target()))

    assert held.state is ClockState.BREACHING
    assert (held.breached_at, held.due_at, held.running_since) == (on("mon 13:00"), on("mon 13:00"), None)
    assert held.at(on("mon 15:30")).overdue == HOUR == held.at(on("mon 15:30")).overdue_wall
    assert resumed.at(on("mon 16:30")).overdue == 1.5 * HOUR
    assert resumed.due_at == on("mon 13:00")


# -- changed promises -------------------------------------------------------------------------------------------------


def by_priority(**more: Any) -> PolicyBook:
    urgent = target(key="urgent", when={"priority": ["P1"]}, hours=4, **more)
    return book(urgent, target(key="usual", hours=16, **more))


def test_a_raised_priority_counts_from_the_start() -> None:
    """Case 28."""
    clock = History("mon 09:00", priority="P3").then("mon 12:00", "CasePrioritized", priority="P1").clock(by_priority())

    assert (clock.due_at, clock.at(on("mon 12:00")).remaining) == (on("mon 13:00"), HOUR)
    assert (clock.target_key, clock.revision) == ("urgent", 2)


def test_a_change_that_comes_too_late_breaches_at_once_unless_a_grace_is_left() -> None:
    """Case 29."""
    history = History("mon 09:00", priority="P3").then("mon 15:00", "CasePrioritized", priority="P1")

    strict, lenient = history.clock(by_priority()), history.clock(by_priority(retarget_grace_seconds=1800))

    assert (strict.state, strict.due_at, strict.breached_at) == (ClockState.BREACHING, on("mon 13:00"), on("mon 15:00"))
    breach = strict.transitions[-1]
    assert (breach.type, breach.cause, breach.at, breach.detected_at) == (
        TransitionType.BREACH,
        "RETARGET",
        on("mon 13:00"),
        on("mon 15:00"),
    )
    assert (lenient.state, lenient.due_at) == (ClockState.RUNNING, on("mon 15:30"))


def test_pauses_before_a_change_are_kept() -> None:
    """Case 30."""
    history = History("mon 09:00", priority="P3").hold("mon 10:00", "mon 14:00")

    assert history.then("mon 15:00", "CasePrioritized", priority="P1").clock(by_priority()).due_at == on("mon 17:00")


def test_a_lowered_priority_gives_time_and_keeps_the_breach_on_record() -> None:
    """Case 31."""
    history = History("mon 09:00", priority="P1").then("mon 14:00", "CasePrioritized", priority="P3")

    clock = history.clock(by_priority())

    assert (clock.state, clock.revision, clock.due_at) == (ClockState.RUNNING, 2, on("tue 17:00"))
    assert [(step.at, step.revision) for step in clock.transitions if step.type is TransitionType.BREACH] == [
        (on("mon 13:00"), 1)
    ]


def test_a_goal_may_count_from_the_change() -> None:
    history = History("mon 09:00", priority="P3").then("mon 15:00", "CasePrioritized", priority="P1")

    clock = history.clock(by_priority(retarget="FROM_CHANGE"))

    assert clock.due_at == on("tue 11:00")
    assert [segment.mode for segment in clock.segments] == [Mode.DISREGARDED, Mode.RUN]
    assert clock.at(on("mon 16:00")).elapsed == HOUR


def test_a_new_calendar_counts_from_its_date_on() -> None:
    """Case 32."""
    changed = {"office": [*OFFICE["office"], CalendarVersion(on("wed 00:00"), office("08:00", "20:00"))]}
    history = History("mon 09:00")
    old = History("mon 09:00").move("mon 16:00", "RESOLVED")

    clock = history.clock(book(target(hours=24), calendars=changed))

    assert clock.due_at == on("wed 16:00")
    assert clock.at(on("wed 12:00")).elapsed == 20 * HOUR
    assert old.clock(book(target(), calendars=changed)) == old.clock(book(target()))


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        ("mon 09:00", 2, "tue 17:00"),
        ("mon 09:00", 3, "wed 20:00"),
        ("tue 17:30", 1, "wed 20:00"),
        ("tue 12:00", 4, "fri 20:00"),
    ],
)
def test_working_days_close_by_the_calendar_of_their_date(start: str, days: int, due: str) -> None:
    changed = {"office": [*OFFICE["office"], CalendarVersion(on("wed 00:00"), office("08:00", "20:00"))]}

    assert History(start).clock(book(target(goal={"business_days": days}), calendars=changed)).due_at == on(due)


def test_a_promise_that_is_withdrawn_cancels_its_clock() -> None:
    """Case 33: the policy loses the metric, is disabled, or the case leaves its scope."""
    first = PolicyVersion(policy(target(), target("DECISION")), 1, LONG_AGO)
    losing = PolicyBook([first, PolicyVersion(policy(target()), 2, on("mon 12:00"))], OFFICE)
    disabling = PolicyBook([first, PolicyVersion(policy(target(), enabled=False), 2, on("mon 12:00"))], OFFICE)
    scoped = book(target(), scope={"severity": ["SEV0"]})

    kept, lost = sorted(History("mon 09:00").clocks(losing), key=lambda clock: clock.metric, reverse=True)
    off = History("mon 09:00").clocks(disabling)
    left = History("mon 09:00", severity="SEV0").then("mon 10:00", "CasePrioritized", severity="SEV3").clock(scoped)

    assert (kept.state, kept.policy_rev) == (ClockState.RUNNING, 2)
    assert (lost.state, lost.cancel_reason, lost.cancelled_at) == (
        ClockState.CANCELLED,
        "POLICY_CHANGED",
        on("mon 12:00"),
    )
    assert {clock.state for clock in off} == {ClockState.CANCELLED}
    assert (left.state, left.cancel_reason) == (ClockState.CANCELLED, "OUT_OF_SCOPE")
    assert next_threshold(left) is None


def test_a_version_that_is_not_in_force_yet_changes_nothing() -> None:
    versions = [
        PolicyVersion(policy(target()), 1, LONG_AGO),
        PolicyVersion(policy(target(hours=2)), 2, on("mon 12:00")),
    ]
    history = History("mon 09:00")

    before, after = (history.clock(PolicyBook(versions, OFFICE), as_of=at) for at in ("mon 11:59", "mon 12:00"))

    assert (before.due_at, before.policy_rev) == (on("mon 13:00"), 1)
    assert (after.due_at, after.policy_rev, after.breached_at) == (on("mon 11:00"), 2, on("mon 12:00"))


def test_of_two_policies_that_match_the_lower_position_covers_in_any_order() -> None:
    """Case 34: a more specific scope comes first, then position, then key."""
    named = [
        PolicyVersion(policy(target(), key="b", position=1), 1, LONG_AGO),
        PolicyVersion(policy(target(), key="c", position=1), 1, LONG_AGO),
        PolicyVersion(policy(target(), key="a", position=2), 1, LONG_AGO),
        PolicyVersion(policy(target(), key="z", position=9, scope={"severity": "SEV0"}), 1, LONG_AGO),
    ]
    history, worst = History("mon 09:00", severity="SEV2"), History("mon 09:00", severity="SEV0")

    for order in (named, named[::-1], [named[2], named[0], named[3], named[1]]):
        folded = fold(history.events, PolicyBook(order, OFFICE))
        assert [clock.policy_key for clock in folded.clocks] == ["b"]
        assert [(why.policy.key, why.others) for why in folded.coverage] == [("b", ("c", "a"))]
        assert worst.clock(PolicyBook(order, OFFICE)).policy_key == "z"


def test_policies_of_different_kinds_run_side_by_side() -> None:
    versions = [
        PolicyVersion(policy(target(), key="contract"), 1, LONG_AGO),
        PolicyVersion(policy(target(hours=8), key="law", kind="REGULATORY"), 1, LONG_AGO),
    ]

    clocks = History("mon 09:00").clocks(PolicyBook(versions, OFFICE))

    assert [(clock.kind, clock.due_at) for clock in clocks] == [
        ("REGULATORY", on("mon 17:00")),
        ("SLA", on("mon 13:00")),
    ]


# -- starts and stops -------------------------------------------------------------------------------------------------

FIRST_RESPONSE = NEXT_RESPONSE | {"metric": "FIRST_RESPONSE", "reopen": "FIRST_ONLY"}


def test_a_second_message_does_not_start_a_second_cycle() -> None:
    """Case 35."""
    history = History("mon 09:00").then("mon 10:00", "MessageReceived").then("mon 10:40", "MessageReceived")

    clock = history.then("mon 10:50", "MessageSent", author="HUMAN", public=True).clock(book(NEXT_RESPONSE))

    assert (clock.started_at, clock.breached_at, clock.state) == (on("mon 10:00"), on("mon 10:30"), ClockState.BREACHED)
    assert steps(clock) == ["ACTIVATE", "BREACH", "FULFIL"]


def test_a_late_answer_is_late_although_nobody_looked_in_between() -> None:
    """Cases 36 and 37."""
    reply = History("mon 09:00").then("mon 10:00", "MessageReceived")
    reply.then("mon 10:33", "MessageSent", author="HUMAN", public=True)
    resolved = History("mon 09:00").move("mon 10:40", "RESOLVED")

    answered, closed = reply.clock(book(NEXT_RESPONSE)), resolved.clock(book(target(hours=1.5)))

    assert (answered.state, answered.at(on("mon 10:35")).overdue) == (ClockState.BREACHED, 3 * MINUTE)
    assert (closed.state, closed.breached_at) == (ClockState.BREACHED, on("mon 10:30"))


def test_resolving_answers_and_thanks_afterwards_start_nothing() -> None:
    """Case 38."""
    history = History("mon 09:00").then("mon 10:00", "MessageReceived").move("mon 10:10", "RESOLVED")
    thanked = history.then("mon 11:00", "MessageReceived").clock(book(NEXT_RESPONSE))

    reopened = history.move("mon 12:00", "QUEUED", kind="CaseReopened").then("mon 12:00", "MessageReceived")

    assert (thanked.state, thanked.stopped_at) == (ClockState.MET, on("mon 10:10"))
    assert [clock.cycle for clock in reopened.clocks(book(NEXT_RESPONSE))] == [1, 2]


def test_a_case_imported_as_resolved_starts_no_clock() -> None:
    opened = [ClockEvent(1, on("mon 09:00"), "CaseOpened", {"state": "RESOLVED"})]

    assert fold(opened, book(target())).clocks == ()


def test_an_opening_that_is_named_as_a_stop_is_a_promise_kept_at_once() -> None:
    stops = [{"kind": "CaseOpened", "state": ["RESOLVED"]}, {"kind": "CaseMoved", "to_state": "RESOLVED"}]
    opened = [ClockEvent(1, on("mon 09:00"), "CaseOpened", {"state": "RESOLVED"})]

    (clock,) = fold(opened, book(target(stop=stops))).clocks

    assert (clock.state, clock.started_at, clock.stopped_at) == (ClockState.MET, on("mon 09:00"), on("mon 09:00"))
    assert clock.elapsed_base == timedelta()


def test_bots_notes_and_moves_are_no_first_response() -> None:
    """Case 39."""
    history = History("mon 09:00").then("mon 10:00", "MessageReceived")
    history.then("mon 10:01", "MessageSent", author="BOT", public=True)
    history.then("mon 10:02", "MessageSent", author="HUMAN", public=False).move("mon 10:03", "IN_REVIEW")
    permissive = FIRST_RESPONSE | {"stop": {"kind": "MessageSent", "public": True}}

    assert history.clock(book(FIRST_RESPONSE)).state is ClockState.RUNNING
    assert history.clock(book(permissive)).stopped_at == on("mon 10:01")


def test_a_case_opened_by_us_owes_no_first_response_until_somebody_writes() -> None:
    """Case 40."""
    history = History("mon 09:00", case_kind="PROACTIVE")
    promised = book(FIRST_RESPONSE, target())

    assert [clock.metric for clock in history.clocks(promised)] == ["TOTAL_RESOLUTION"]

    history.then("mon 11:00", "MessageReceived")
    assert {clock.metric: clock.started_at for clock in history.clocks(promised)} == {
        "FIRST_RESPONSE": on("mon 11:00"),
        "TOTAL_RESOLUTION": on("mon 09:00"),
    }


def test_a_merge_cancels_one_clock_and_hands_its_start_to_the_other() -> None:
    """Case 41."""
    merging = book(target(cancel={"state": ["MERGED"]}, inherit={"kind": "CaseAbsorbed"}))
    merged, kept = History("mon 09:00").move("mon 12:00", "MERGED"), History("mon 11:00")
    alone = kept.clock(merging)

    absorbed = kept.then("mon 12:00", "CaseAbsorbed", since=on("mon 09:00").isoformat()).clock(merging)

    gone = merged.clock(merging)
    assert (gone.state, gone.cancel_reason) == (ClockState.CANCELLED, "MERGED")
    assert alone.due_at == on("mon 15:00")
    assert (absorbed.started_at, absorbed.due_at) == (on("mon 09:00"), on("mon 13:00"))


def test_reopening_does_what_the_target_says() -> None:
    """Case 42."""
    history = History("tue 09:00").move("tue 12:00", "RESOLVED").move("wed 09:30", "QUEUED", kind="CaseReopened")

    total = history.clock(book(target(hours=8, reopen="CONTINUE")))
    first = history.clock(book(target("FIRST_RESOLUTION", hours=8)))
    one, two = history.clocks(book(target(hours=8, reopen="NEW_CYCLE")))

    assert (total.state, total.due_at) == (ClockState.RUNNING, on("wed 14:30"))
    assert steps(total) == ["ACTIVATE", "FULFIL", "REOPEN"]
    assert (first.state, first.stopped_at) == (ClockState.MET, on("tue 12:00"))
    assert (one.state, two.state, two.cycle, two.due_at) == (ClockState.MET, ClockState.RUNNING, 2, on("thu 09:30"))


def test_reopening_a_late_case_does_not_undo_its_breach() -> None:
    history = History("mon 09:00").move("mon 14:00", "RESOLVED").move("tue 09:00", "QUEUED", kind="CaseReopened")

    clock = history.clock(book(target(reopen="CONTINUE")))

    assert (clock.state, clock.breached_at, clock.due_at) == (ClockState.BREACHING, on("mon 13:00"), on("mon 13:00"))
    assert clock.at(on("tue 10:00")).overdue == 2 * HOUR


def ownership(hold: str) -> PolicyBook:
    return book(target("OWNERSHIP", hours=2, per={"attribute": "team", "hold": hold}), kind="OLA")


def test_each_team_answers_for_its_own_time() -> None:
    """Case 43."""
    history = History("mon 09:00", team="A").then("mon 10:00", "CaseQueued", team_id="B")
    history.then("mon 13:00", "CaseQueued", team_id="A")

    each, total = history.clocks(ownership("ASSIGNMENT")), history.clocks(ownership("CUMULATIVE"))

    assert [(clock.holder, clock.cycle, clock.state, clock.due_at) for clock in each] == [
        ("A", 1, ClockState.MET, on("mon 11:00")),
        ("A", 2, ClockState.RUNNING, on("mon 15:00")),
        ("B", 1, ClockState.BREACHED, on("mon 12:00")),
    ]
    assert [(clock.holder, clock.state, clock.due_at) for clock in total] == [
        ("A", ClockState.RUNNING, on("mon 14:00")),
        ("B", ClockState.BREACHING, on("mon 12:00")),
    ]


def test_the_time_of_a_case_is_the_sum_of_its_teams() -> None:
    history = History("mon 09:00", team="A").then("mon 11:00", "CaseQueued", team="B").hold("mon 12:00", "mon 15:00")

    clock = (
        history.then("tue 10:00", "CaseQueued", team="A").move("tue 11:00", "RESOLVED").clock(book(target(hours=16)))
    )

    shares = {
        team: sum((s.business for s in clock.segments if s.team == team and s.mode is Mode.RUN), timedelta())
        for team in ("A", "B")
    }
    assert shares == {"A": 3 * HOUR, "B": 4 * HOUR}
    assert sum(shares.values(), timedelta()) == clock.elapsed_base == clock.at(on("fri 09:00")).elapsed


# -- thresholds -------------------------------------------------------------------------------------------------------


def warned(hours: float, *at: dict[str, int]) -> PolicyBook:
    return book(target(hours=hours, thresholds=[{"at": moment, "actions": [{"do": "notify"}]} for moment in at]))


def test_a_share_of_the_goal_is_a_share_of_open_time() -> None:
    """Case 44."""
    clock = History("mon 14:00").clock(warned(8, {"percent": 75}))

    warn, due = next_threshold(clock), next_threshold(clock, on("tue 12:00"))

    assert warn is not None
    assert due is not None
    assert (warn.at, warn.number, warn.threshold.actions) == (on("tue 12:00"), 0, ({"do": "notify"},))
    assert (due.at, due.number) == (on("tue 14:00"), None)
    assert next_threshold(clock, on("tue 14:00")) is None


def test_a_lead_is_of_open_time_or_of_the_wall_as_written() -> None:
    """Case 45."""
    clock = History("fri 16:30").clock(warned(1, {"lead_business": 3600}, {"lead_wall": 3600}, {"overdue": 1800}))

    found = [(rung.number, rung.at) for rung in passed_thresholds(clock, None, on("mon+1 23:00"))]

    assert found == [(0, on("fri 16:30")), (1, on("mon+1 08:30")), (None, on("mon+1 09:30")), (2, on("mon+1 10:00"))]


def test_a_warning_comes_again_for_a_changed_promise_only() -> None:
    """Case 46: unique by threshold and revision; a pause does not bring it back."""
    urgent = target(key="urgent", when={"priority": ["P1"]}, thresholds=[{"percent": 75}])
    policies = book(urgent, target(key="usual", hours=16, thresholds=[{"percent": 75}]))
    history = History("mon 09:00", priority="P1").hold("mon 12:30", "mon 14:30")

    paused = next_threshold(history.clock(policies), on("mon 12:00"))
    extended = next_threshold(history.then("mon 14:45", "CasePrioritized", priority="P3").clock(policies))

    assert paused is not None
    assert extended is not None
    assert (paused.number, paused.at, paused.revision) == (None, on("mon 15:00"), 1)
    assert (extended.number, extended.at, extended.revision) == (0, on("tue 15:00"), 2)


def test_a_thousandth_before_the_goal_is_not_late() -> None:
    """Case 47."""
    goal = timedelta(seconds=100_000)
    always = book(target(goal={"calendar_seconds": 100_000}, calendar=None))
    clock = History("mon 09:00").clock(always)
    due = on("mon 09:00") + goal

    for at, state in (
        (due - 49 * SECOND, ClockState.RUNNING),
        (due, ClockState.RUNNING),
        (due + timedelta(microseconds=1), ClockState.BREACHING),
    ):
        assert clock.at(at).state is state
    assert clock.at(due + timedelta(microseconds=1)).overdue == timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("goal", "due"),
    [
        ({"business_seconds": 24 * 3600}, "wed 17:00"),
        ({"business_days": 1}, "mon 17:00"),
        ({"business_days": 2, "at": "12:00"}, "tue 12:00"),
        ({"business_days": 1, "at": "20:00"}, "mon 20:00"),
    ],
)
def test_hours_and_days_are_different_units(goal: dict[str, Any], due: str) -> None:
    """Case 48."""
    clock = History("mon 09:00").clock(book(target(goal=goal)))

    assert clock.due_at == on(due)


def test_a_pause_moves_a_goal_of_days_too() -> None:
    clock = History("mon 09:00").hold("mon 10:00", "mon 12:00").clock(book(target(goal={"business_days": 1})))

    assert clock.due_at == on("tue 11:00")


# -- late news --------------------------------------------------------------------------------------------------------


def test_news_that_comes_late_is_folded_where_it_happened_and_voids_the_breach() -> None:
    """Case 49."""
    history = History("mon 09:00")
    before = history.clock(book(target()), as_of="mon 13:05")

    after = history.move("mon 12:55", "ON_HOLD").clock(book(target()), as_of="mon 13:05")
    (void,) = voided(before, after, detected_at=on("mon 13:05"))

    assert (before.state, after.state) == (ClockState.BREACHING, ClockState.PAUSED)
    assert (void.type, void.at, void.detected_at) == (TransitionType.VOID, on("mon 13:00"), on("mon 13:05"))
    assert voided(after, after, detected_at=on("mon 13:05")) == ()


def test_a_breach_that_is_voided_leaves_the_count() -> None:
    policies = book(target(void={"kind": "BreachVoided"}))
    history = History("mon 09:00").move("mon 15:00", "RESOLVED")

    other = history.then("mon 16:00", "BreachVoided", metric="DECISION", reason="OUTAGE").clock(policies)
    clock = history.then("mon 16:30", "BreachVoided", metric="TOTAL_RESOLUTION", reason="OUTAGE").clock(policies)

    assert other.state is ClockState.BREACHED
    assert (clock.state, clock.cancel_reason, clock.breached_at) == (ClockState.CANCELLED, "VOIDED: OUTAGE", None)
    assert steps(clock) == ["ACTIVATE", "BREACH", "FULFIL", "VOID"]


def test_a_worker_that_was_away_finds_every_verdict_dated_right() -> None:
    """Case 50: breached at the due, not at the wake-up; the ladder is at its current rung."""
    clock = History("mon 09:00").clock(
        warned(1, {"percent": 50}, {"overdue": 3600}, {"overdue": 7200}), as_of="mon 16:00"
    )

    passed = passed_thresholds(clock, None, on("mon 16:00"))

    assert clock.breached_at == on("mon 10:00")
    assert [rung.number for rung in passed] == [0, 1, 2]


def test_an_excluded_case_resumes_where_it_was_when_reinstated() -> None:
    """Case 51."""
    policies = book(target(cancel={"excluded": True}))
    history = History("mon 09:00").then("mon 10:00", "CaseExcluded", excluded=True, reason="SPAM")
    gone = history.clock(policies)

    back = history.then("mon 14:00", "CaseReinstated", excluded=False).clock(policies)

    assert gone.state is ClockState.CANCELLED
    assert (back.state, back.due_at, back.cancel_reason) == (ClockState.RUNNING, on("mon 17:00"), None)
    assert steps(back) == ["ACTIVATE", "CANCEL", "REOPEN"]


def test_a_case_resolved_while_excluded_does_not_come_back() -> None:
    policies = book(target(cancel={"excluded": True}))
    history = History("mon 09:00").then("mon 10:00", "CaseExcluded", excluded=True).move("mon 11:00", "RESOLVED")

    assert history.then("mon 14:00", "CaseReinstated", excluded=False).clock(policies).state is ClockState.CANCELLED


def test_events_of_one_instant_stop_before_they_start() -> None:
    """Case 52."""
    policies = book(NEXT_RESPONSE)
    sent: dict[str, Any] = {"author": "HUMAN", "public": True}
    asked = History("mon 09:00").then("mon 10:00", "MessageReceived")

    answered_then_asked = History("mon 09:00").then("mon 10:00", "MessageReceived")
    answered_then_asked.then("mon 10:20", "MessageSent", **sent).then("mon 10:20", "MessageReceived")
    asked.then("mon 10:20", "MessageReceived").then("mon 10:20", "MessageSent", **sent)
    at_once = History("mon 09:00").then("mon 10:20", "MessageReceived").then("mon 10:20", "MessageSent", **sent)

    assert [clock.state for clock in answered_then_asked.clocks(policies)] == [ClockState.MET, ClockState.RUNNING]
    assert [clock.state for clock in asked.clocks(policies)] == [ClockState.MET]
    assert [clock.state for clock in at_once.clocks(policies)] == [ClockState.MET]


def test_a_date_in_the_future_is_clamped_within_the_skew_and_refused_beyond() -> None:
    """Case 52."""
    event = ClockEvent(1, on("mon 09:05"), "CaseOpened", {})

    assert clamped(event, recorded_at=on("mon 09:00"), skew=5 * MINUTE).occurred_at == on("mon 09:00")
    assert clamped(event, recorded_at=on("mon 10:00"), skew=5 * MINUTE) is event
    with pytest.raises(FutureEventError):
        clamped(event, recorded_at=on("mon 09:00"), skew=4 * MINUTE)


# -- coming into scope, resets, refusals ------------------------------------------------------------------------------


def test_a_case_that_comes_into_scope_counts_from_its_start() -> None:
    policies = book(target(), FIRST_RESPONSE, scope={"severity": ["SEV0"]})
    history = History("mon 09:00", severity="SEV3").then("mon 09:10", "MessageReceived")
    history.then("mon 09:20", "MessageSent", author="HUMAN", public=True).hold("mon 10:00", "mon 11:00")

    clock = history.then("mon 12:00", "CasePrioritized", severity="SEV0").clock(policies)
    (same,) = history.then("mon 12:30", "MessageReceived").clocks(policies)

    assert (clock.metric, clock.started_at, clock.due_at, clock.revision) == (
        "TOTAL_RESOLUTION",
        on("mon 09:00"),
        on("mon 14:00"),
        1,
    )
    assert steps(clock) == ["ATTACH"]
    assert same == clock


def test_a_policy_published_later_promises_nothing_for_cases_already_open() -> None:
    published = PolicyBook([PolicyVersion(policy(target()), 1, on("mon 12:00"))], OFFICE)

    assert History("mon 09:00").then("mon 13:00", "CasePrioritized", priority="P1").clocks(published) == ()
    assert History("mon 12:00").clock(published).started_at == on("mon 12:00")


def test_a_reset_counts_afresh() -> None:
    policies = book(target(reset={"kind": "CaseEscalated"}))

    clock = History("mon 09:00").then("mon 12:00", "CaseEscalated").clock(policies)

    assert (clock.due_at, clock.revision, steps(clock)) == (on("mon 16:00"), 2, ["ACTIVATE", "RESET"])


def test_a_clock_that_can_never_be_due_says_so() -> None:
    once = Calendar.from_spec(
        {"tz": "UTC", "weekly": {}, "exceptions": [{"date": "2020-01-01", "windows": [["09:00", "10:00"]]}]}
    )
    policies = book(target(), calendars={"office": [CalendarVersion(LONG_AGO, once)]})

    clock = History("mon 09:00").clock(policies)

    assert (clock.state, clock.due_at) == (ClockState.UNSCHEDULABLE, None)
    assert History("mon 09:00").move("mon 10:00", "RESOLVED").clock(policies).state is ClockState.MET


def test_a_policy_survives_its_json_form() -> None:
    written = policy(
        NEXT_RESPONSE | {"thresholds": [{"at": {"percent": 50}, "actions": []}]}, target(per={"attribute": "team"})
    )

    assert Policy.model_validate_json(written.model_dump_json()) == written


@pytest.mark.parametrize(
    "wrong",
    [
        {"goal": {}},
        {"goal": {"business_seconds": 1, "business_days": 1}},
        {"goal": {"business_days": 1, "at": "noon"}},
        {"when": {"kind": "CaseOpened"}},
        {"start": [{"kind": [[None]]}]},
        {"thresholds": [{"percent": 50, "overdue": 1}]},
        {"reopen": "SOMETIMES"},
        {"surprise": True},
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        policy(target(**wrong))


def test_a_target_needs_its_calendar() -> None:
    with pytest.raises(UnknownCalendarError, match="office"):
        book(target(), calendars={})
