"""A crash between any two statements loses nothing and doubles nothing."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import pytest

from caseward.wiring import wire
from domain.cases import actions as cases
from domain.cases.actions.intake import Filed
from domain.cases.models import Case, CaseSignal, Lease, Signal
from domain.cases.states import CaseState, SignalOrigin
from domain.core import projections, timers
from domain.core.events import Recorded
from domain.core.models import Content, Event, Timer
from domain.core.transaction import Ref, transaction
from domain.core.verification import verify
from domain.sla.models import SlaClock
from tests.builders import SYSTEM, a_person, a_queue, a_room, a_signal, a_team, an_account
from tests.domain import promises
from tests.workers.fragile import Ending, crashes_at, fragile
from workers import reactions, sequencer
from workers.rebuilding import PROJECTIONS, rebuild
from workers.ticker import Ticker

pytestmark = pytest.mark.usefixtures("desk")

MOST = 80


@pytest.fixture
async def desk(database_url: str) -> AsyncIterator[None]:
    """A desk whose connections can be ended, with clocks that are kept."""
    async with fragile(database_url):
        wire()
        await promises.a_policy(promises.promise(), promises.ACKNOWLEDGED)
        await a_queue(team=(await a_team()).id)
        yield


@dataclass(frozen=True, slots=True)
class Attempt:
    """An action, and what must hold after it raised: nothing of it happened."""

    act: Callable[[], Awaitable[object]]
    untouched: Callable[[], Awaitable[bool]]


async def at_every_statement(prepare: Callable[[int], Awaitable[Attempt]]) -> int:
    """Crashes an action at its first statement, its second and so on, tries it again each time, and ends where it runs
    to its end; says at how many statements it raised. ``prepare`` makes the n-th attempt."""
    crashes = 0
    for statement in range(1, MOST):
        attempt = await prepare(statement)
        ending = await crashes_at(statement, attempt.act)
        if ending is Ending.UNHARMED:
            return crashes
        if ending is Ending.CRASHED:
            crashes += 1
            assert await attempt.untouched()
            await attempt.act()
    message = f"It has more than {MOST} statements."
    raise AssertionError(message)


async def ensure_sound() -> None:
    while await sequencer.sequence():
        pass
    assert (await verify(by=SYSTEM)).findings == []
    assert (await rebuild(PROJECTIONS, by=SYSTEM, check=True)).differences == []


async def test_a_claim_that_crashed_anywhere_happened_not_at_all_and_its_repeat_happens_once() -> None:
    ada, intake = await a_person(), await an_account()
    made: list[Case] = []

    async def prepare(_n: int) -> Attempt:
        case = (await a_signal(intake)).case
        made.append(case)

        async def untouched() -> bool:
            leased, claimed = Lease.filter(case_id=case.id), Event.filter(subject_id=case.id, kind="CaseClaimed")
            return not await leased.exists() and not await claimed.exists()

        return Attempt(lambda: cases.claim(case.id, by=ada), untouched)

    crashes = await at_every_statement(prepare)

    assert crashes > 6
    for case in made:
        await happened_once(case)
    await ensure_sound()


async def happened_once(case: Case) -> None:
    found = await Case.get(id=case.id)
    assert found.state is CaseState.IN_REVIEW
    assert await Lease.filter(case_id=case.id, released_at=None).count() == 1
    assert await Event.filter(subject_id=case.id, kind="CaseClaimed").count() == 1
    assert await Timer.filter(subject_id=case.id, kind="LEASE").count() == 1
    assert await SlaClock.filter(subject_id=case.id).count() == 2


async def test_a_signal_that_crashed_anywhere_opens_one_case_when_it_is_sent_again() -> None:
    intake = await an_account()

    async def prepare(n: int) -> Attempt:
        async def send() -> Filed:
            return await cases.file_signal(
                a_room(f"room-{n}"),
                by=intake,
                origin=SignalOrigin.TRUSTED_FLAGGER,
                reason_code="SCAM",
                dedupe_key=f"key-{n}",
                detail="They sell what does not exist.",
            )

        async def untouched() -> bool:
            return not await Signal.filter(dedupe_key=f"key-{n}").exists()

        return Attempt(send, untouched)

    crashes = await at_every_statement(prepare)

    sent = await Signal.all().count()
    assert sent > crashes > 12
    assert sent == await Case.all().count() == await CaseSignal.all().count() == sent
    assert await Event.filter(kind="CaseOpened").count() == await Event.filter(kind="SignalFiled").count() == sent
    assert await Content.filter(body__startswith="They sell").count() == sent
    await ensure_sound()


async def test_a_timer_whose_firing_crashed_anywhere_fires_once() -> None:
    intake, ada = await an_account(), await a_person()
    made: list[Case] = []
    ticker = Ticker(drains={}, ring=unheard)

    async def prepare(_n: int) -> Attempt:
        case = (await a_signal(intake)).case
        made.append(case)
        await cases.claim(case.id, by=ada)
        await cases.hold(case.id, by=ada, reason="WAITING")
        async with transaction():
            await timers.arm("HOLD", Ref("case", case.id), case.opened_at)
            await Case.filter(id=case.id).update(hold_until=case.opened_at)
        return Attempt(ticker.fire, nothing_to_check)

    crashes = await at_every_statement(prepare)

    assert crashes > 6
    for case in made:
        assert (await Case.get(id=case.id)).state is CaseState.QUEUED
        assert await Event.filter(subject_id=case.id, kind="CaseResumed").count() == 1
    assert not await Timer.filter(kind="HOLD").exists()


async def test_a_sequencer_that_crashed_anywhere_leaves_no_gap() -> None:
    intake = await an_account()

    async def prepare(_n: int) -> Attempt:
        await a_signal(intake)
        return Attempt(sequencer.sequence, nothing_to_check)

    assert await at_every_statement(prepare) >= 1
    await ensure_sound()


async def test_a_reaction_that_crashed_anywhere_takes_effect_once(monkeypatch: pytest.MonkeyPatch) -> None:
    intake = await an_account()
    made: list[Case] = []

    async def comment(recorded: Recorded) -> None:
        await cases.comment(recorded.ref.id, by=SYSTEM.caused_by(recorded.id), text="Noticed.")

    monkeypatch.setitem(reactions.REACTIONS, "CaseOpened", [comment])

    async def prepare(_n: int) -> Attempt:
        made.append((await a_signal(intake)).case)
        await sequencer.sequence()
        return Attempt(reactions.drain, nothing_to_check)

    crashes = await at_every_statement(prepare)

    assert crashes > 6
    assert not await projections.parked()
    for case in made:
        assert await Event.filter(subject_id=case.id, kind="CaseCommented").count() == 1
    await ensure_sound()


async def nothing_to_check() -> bool:
    return True


async def unheard(_drain: str) -> bool:
    return False
