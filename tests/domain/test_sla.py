"""Clocks in the tables: what the log says, folded in the action's own transaction."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tortoise import connections

from domain.calendars import actions as calendars
from domain.cases import actions as cases
from domain.cases.states import CaseState, Priority, Severity
from domain.core import clock as time
from domain.core import events, versions
from domain.core.actor import Origin
from domain.core.errors import Forbidden, ValidationFailed
from domain.core.models import Event, Timer
from domain.core.transaction import Ref
from domain.core.versions import ConfigKind
from domain.sla import actions as sla
from domain.sla import rebuilding
from domain.sla.clocks import ClockState
from domain.sla.configuration import book_of
from domain.sla.folding import fold
from domain.sla.models import SlaClock, SlaFiring, SlaSegment, SlaTransition
from domain.sla.reading import facts_of
from domain.sla.timeline import ClockEvent
from integrations import connect
from integrations.settings import Settings
from tests.builders import SYSTEM, a_person
from tests.desk import settle
from tests.domain.promises import (
    ACKNOWLEDGED,
    LONG_AGO,
    a_case,
    a_desk,
    a_policy,
    a_resolved_case,
    promise,
    recomputed,
    tables,
    the_clock,
)

pytestmark = pytest.mark.usefixtures("database")


async def test_an_answer_shows_its_own_clocks() -> None:
    ada = await a_desk()
    await a_policy(ACKNOWLEDGED, promise())
    case = await a_case()

    opened = {clock.metric: clock.state for clock in await SlaClock.filter(subject_id=case.id)}
    await cases.claim(case.id, by=ada)
    claimed = {clock.metric: clock.state for clock in await SlaClock.filter(subject_id=case.id)}

    assert opened == {"ACKNOWLEDGE": ClockState.RUNNING, "FIRST_RESOLUTION": ClockState.RUNNING}
    assert claimed == {"ACKNOWLEDGE": ClockState.MET, "FIRST_RESOLUTION": ClockState.RUNNING}


async def test_tables_say_what_the_pure_fold_says() -> None:
    ada = await a_desk()
    await a_policy(ACKNOWLEDGED, promise())
    case = await a_case()
    lease = await cases.claim(case.id, by=ada)
    await cases.hold(case.id, by=ada, reason="WAITING", token=lease.token)
    await cases.resume(case.id, by=ada)

    told = await events.of(Ref("case", case.id), connections.get("default"))
    book = book_of(await versions.history(ConfigKind.SLA_POLICY), [])
    folded = fold([ClockEvent(e.seq, e.occurred_at, e.kind, facts_of(e.payload)) for e in told], book).clocks

    for pure in folded:
        row = await the_clock(case.id, pure.metric)
        same = ("state", "started_at", "running_since", "elapsed_base", "due_at", "stopped_at", "goal", "revision")
        assert {name: getattr(row, name) for name in same} == {name: getattr(pure, name) for name in same}
        segments = await SlaSegment.filter(clock_id=row.id).order_by("number")
        assert [(s.started_at, s.ended_at, s.mode, s.reason, s.business) for s in segments] == [
            (s.start, s.end, s.mode, s.reason, s.business) for s in pure.segments
        ]
        steps = await SlaTransition.filter(clock_id=row.id).order_by("number")
        assert [(s.type, s.at, s.cause, s.seq) for s in steps] == [
            (s.type, s.at, s.cause, s.seq) for s in pure.transitions
        ]
    assert len(folded) == 2


async def test_a_hold_stands_still_and_moves_the_due() -> None:
    ada = await a_desk()
    await a_policy(promise(seconds=600))
    case = await a_case()
    before = await the_clock(case.id)
    lease = await cases.claim(case.id, by=ada)

    await cases.hold(case.id, by=ada, reason="WAITING", token=lease.token)
    held = await the_clock(case.id)
    unarmed = await Timer.filter(kind="SLA").count()
    await cases.resume(case.id, by=ada)
    resumed = await the_clock(case.id)

    assert (held.state, held.due_at, unarmed) == (ClockState.PAUSED, None, 0)
    assert resumed.state is ClockState.RUNNING
    assert resumed.due_at is not None
    assert before.due_at is not None
    pause = await SlaSegment.get(clock_id=held.id, mode="PAUSE")
    assert pause.ended_at is not None
    assert resumed.due_at - before.due_at == pause.ended_at - pause.started_at
    assert (await Timer.get(kind="SLA")).due_at == resumed.due_at + timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("reopen", "states"),
    [
        ("FIRST_ONLY", [ClockState.MET]),
        ("CONTINUE", [ClockState.RUNNING]),
        ("NEW_CYCLE", [ClockState.MET, ClockState.RUNNING]),
    ],
)
async def test_reopening_does_what_the_target_says(reopen: str, states: list[ClockState]) -> None:
    ada = await a_desk()
    await a_policy(promise(reopen=reopen))
    case = await a_resolved_case(ada)

    await cases.reopen(case.id, by=ada, reason="NEW_SIGNAL")

    assert [clock.state for clock in await SlaClock.filter(subject_id=case.id).order_by("cycle")] == states


async def test_a_cancelled_case_counts_nowhere() -> None:
    await a_desk()
    await a_policy(promise())
    case = await a_case()

    await cases.cancel(case.id, by=SYSTEM, reason="SPAM")

    clock = await the_clock(case.id)
    assert (clock.state, clock.cancel_reason) == (ClockState.CANCELLED, "CANCELLED")
    assert not await Timer.filter(kind="SLA").exists()


async def test_racing_actions_leave_the_clocks_of_all_of_them() -> None:
    await a_desk()
    await a_policy(promise(when={"priority": ["P1"]}, key="fast", seconds=60), promise(key="slow"))
    case = await a_case()
    people = [await a_person(f"Person{n}") for n in range(4)]

    await asyncio.gather(
        *(cases.comment(case.id, by=p, text="seen") for p in people),
        cases.prioritize(case.id, by=SYSTEM, severity=Severity.SEV0, priority=Priority.P1),
        *(recomputed(Ref("case", case.id)) for _ in range(4)),
    )

    clock = await the_clock(case.id)
    assert (clock.target_key, clock.revision, clock.goal) == ("fast", 2, timedelta(seconds=60))
    before = await tables()
    await recomputed(Ref("case", case.id))
    assert await tables() == before


async def test_a_new_version_counts_what_is_open_and_leaves_verdicts() -> None:
    ada = await a_desk()
    await a_policy(promise(seconds=600))
    done, waiting = await a_resolved_case(ada), await a_case()
    verdict = await tables()
    closed = [row for row in verdict["sla_clock"] if row["subject_id"] == done.id]

    await a_policy(promise(seconds=300))
    await settle(connect(Settings()))
    await recomputed(Ref("case", done.id))

    assert [row for row in (await tables())["sla_clock"] if row["subject_id"] == done.id] == closed
    clock = await the_clock(waiting.id)
    assert (clock.policy_rev, clock.revision, clock.goal) == (2, 2, timedelta(seconds=300))
    assert clock.due_at == clock.started_at + timedelta(seconds=300)


async def test_a_policy_that_no_longer_promises_takes_the_clock_out_of_the_count() -> None:
    await a_desk()
    await a_policy(promise())
    case = await a_case()

    await a_policy(promise(), enabled=False)
    await settle(connect(Settings()))

    assert (await the_clock(case.id)).state is ClockState.CANCELLED
    assert not await Timer.filter(kind="SLA").exists()


async def test_an_imported_case_has_clocks_and_arms_nothing() -> None:
    await a_desk()
    await a_policy(promise(seconds=60), effective_from=LONG_AGO)
    importer = replace(SYSTEM, origin=Origin.IMPORT)
    opened = await time.now() - timedelta(days=30)

    case = await a_case(by=importer, state=CaseState.QUEUED, occurred_at=opened)

    clock = await the_clock(case.id)
    assert (clock.state, clock.started_at) == (ClockState.BREACHING, opened)
    assert clock.breached_at == opened + timedelta(seconds=60)
    assert not await Timer.filter(kind="SLA").exists()
    await cases.comment(case.id, by=SYSTEM, text="Taken over from the old desk.")
    assert not await Timer.filter(kind="SLA").exists()
    assert not await SlaFiring.exists()


async def test_rebuilt_clocks_equal_those_in_the_tables() -> None:
    ada = await a_desk()
    await a_policy(ACKNOWLEDGED, promise(reopen="NEW_CYCLE"))
    done, open_ = await a_resolved_case(ada), await a_case()
    await cases.reopen(done.id, by=ada, reason="NEW_SIGNAL")
    before = await tables()

    await SlaClock.all().delete()
    found = await rebuilding.compare([Ref("case", case.id) for case in (done, open_)], check=False)

    assert {each.column for each in found} == {None}
    assert await tables() == before
    assert len(before["sla_clock"]) == 5


async def test_no_policy_means_no_clock() -> None:
    await a_desk()

    case = await a_case()

    assert not await SlaClock.filter(subject_id=case.id).exists()


async def test_time_counts_by_the_calendar_the_target_names() -> None:
    await a_desk()
    closed: dict[str, Any] = {"tz": "UTC", "weekly": {"mon": [["00:00", "00:01"]]}}
    await calendars.publish_calendar("mondays", by=SYSTEM, spec=closed, note="one minute a week")
    await a_policy(promise(calendar="mondays", seconds=120))

    clock = await the_clock((await a_case()).id)

    assert clock.due_at is not None
    assert (clock.due_at.weekday(), clock.due_at.strftime("%H:%M:%S")) == (0, "00:01:00")


WRONG: list[tuple[dict[str, Any], tuple[str | int, ...]]] = [
    ({"targets": [promise("SPEED")]}, ("spec", "targets", 0, "metric")),
    ({"targets": [promise(calendar="moon")]}, ("spec", "targets", 0, "calendar")),
    ({"targets": [promise(goal={})]}, ("spec", "targets", 0, "goal")),
    (
        {"targets": [promise(thresholds=[{"percent": 50, "actions": [{"page": "nobody"}]}])]},
        ("spec", "targets", 0, "thresholds", 0, "actions", 0, "page"),
    ),
]


@pytest.mark.parametrize(("spec", "path"), WRONG)
async def test_what_is_wrong_with_a_policy_is_named_by_its_path(
    spec: dict[str, Any], path: tuple[str | int, ...]
) -> None:
    with pytest.raises(ValidationFailed) as refused:
        await sla.publish_policy("live", by=SYSTEM, spec=spec, note="wrong")

    assert [problem.path for problem in refused.value.problems] == [path]
    assert not await versions.history(ConfigKind.SLA_POLICY)


async def test_a_calendar_that_cannot_be_is_named_by_its_path() -> None:
    with pytest.raises(ValidationFailed) as refused:
        await calendars.publish_calendar("x", by=SYSTEM, spec={"tz": "Mars/Base"}, note="wrong")

    assert refused.value.problems[0].path[0] == "spec"
    assert not await Event.filter(kind="CalendarPublished").exists()


async def test_a_policy_cannot_be_dated_back_before_a_verdict() -> None:
    ada = await a_desk()
    await a_policy(promise())
    await a_resolved_case(ada)

    with pytest.raises(ValidationFailed, match="Verdicts"):
        await a_policy(promise(seconds=1), effective_from=LONG_AGO)

    assert len(await versions.history(ConfigKind.SLA_POLICY)) == 1


async def test_a_policy_can_be_dated_back_before_verdicts_on_cases_it_never_covers() -> None:
    ada = await a_desk()
    await a_policy(promise())
    await a_resolved_case(ada, details={"log": "ours"})

    await a_policy(promise(seconds=1), key="theirs", scope={"details.log": "theirs"}, effective_from=LONG_AGO)
    with pytest.raises(ValidationFailed, match="Verdicts"):
        await a_policy(promise(seconds=1), key="ours", scope={"details.log": "ours"}, effective_from=LONG_AGO)

    assert [found.key for found in await versions.history(ConfigKind.SLA_POLICY)] == ["live", "theirs"]


async def test_a_reviewer_cannot_change_what_is_promised() -> None:
    ada = await a_desk()

    with pytest.raises(Forbidden):
        await sla.publish_policy("live", by=ada, spec={"targets": [promise()]}, note="mine")

    assert not await versions.history(ConfigKind.SLA_POLICY)
