"""The ticker: rings for workers, and does itself what no worker did."""

import asyncio
from datetime import timedelta

import pytest
from tortoise import connections

from domain.cases import actions as cases
from domain.cases.models import Case
from domain.cases.states import CaseState
from domain.core import clock, effects, timers
from domain.core.events import Recorded
from domain.core.ids import new_id
from domain.core.models import Timer
from domain.core.transaction import Ref, transaction
from integrations import connect
from integrations.settings import Settings
from tests import desk
from tests.builders import a_person, a_queue, a_signal, a_team, an_account
from workers import effects as doers
from workers import reactions
from workers.doorbell import Doorbell
from workers.drains import drains
from workers.firing import TIMERS
from workers.ticker import Ticker

pytestmark = pytest.mark.usefixtures("database")

ADAPTERS = connect(Settings())


async def plan(key: str) -> None:
    async with transaction():
        await effects.plan("test.effect", key=key, ref=Ref("thing", new_id()))


async def test_with_no_redis_the_ticker_does_the_work_within_a_tick_or_two(monkeypatch: pytest.MonkeyPatch) -> None:
    done = asyncio.Event()

    async def doer(_effect: effects.Effect, _adapters: object) -> None:
        done.set()

    monkeypatch.setitem(doers.DOERS, "test.effect", doer)
    bell = Doorbell("redis://127.0.0.1:1/0")
    ticker, stop = Ticker(drains=drains(ADAPTERS), ring=bell.ring), asyncio.Event()
    running = asyncio.create_task(ticker.run(stop))
    await plan("only")

    async with asyncio.timeout(3):
        await done.wait()

    stop.set()
    await running
    await bell.close()


async def test_a_ring_that_nobody_answers_is_answered_by_the_ticker(
    monkeypatch: pytest.MonkeyPatch, redis_url: str
) -> None:
    done = asyncio.Event()

    async def doer(_effect: effects.Effect, _adapters: object) -> None:
        done.set()

    monkeypatch.setitem(doers.DOERS, "test.effect", doer)
    bell = Doorbell(redis_url)
    ticker, stop = Ticker(drains=drains(ADAPTERS), ring=bell.ring), asyncio.Event()
    running = asyncio.create_task(ticker.run(stop))
    await plan("only")

    async with asyncio.timeout(4):
        await done.wait()

    stop.set()
    await running
    await bell.close()


async def test_the_ticker_alone_runs_the_very_first_reaction(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = asyncio.Event()

    async def react(_recorded: Recorded) -> None:
        seen.set()

    monkeypatch.setitem(reactions.REACTIONS, "TeamAdded", [react])
    ticker, stop = Ticker(drains=drains(ADAPTERS), ring=_unheard), asyncio.Event()
    running = asyncio.create_task(ticker.run(stop))
    await a_team()

    async with asyncio.timeout(4):
        await seen.wait()

    stop.set()
    await running


async def test_of_two_takers_one_gets_a_due_timer(monkeypatch: pytest.MonkeyPatch) -> None:
    fired: list[object] = []

    async def firing(due: timers.Due) -> None:
        fired.append(due.id)

    monkeypatch.setitem(TIMERS, "TEST", firing)
    async with transaction():
        for _ in range(20):
            await timers.arm("TEST", Ref("thing", new_id()), await clock.now() - timedelta(seconds=1))

    await asyncio.gather(*(Ticker(drains={}, ring=_unheard).fire() for _ in range(4)))

    assert len(fired) == len(set(fired)) == 20
    assert not await Timer.exists()


async def test_a_timer_that_keeps_failing_is_set_aside_and_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    fired: list[str] = []

    async def firing(due: timers.Due) -> None:
        fired.append(due.kind)

    monkeypatch.setitem(TIMERS, "TEST", firing)
    now = await clock.now()
    async with transaction():
        await timers.arm("UNKNOWN", Ref("thing", new_id()), now - timedelta(seconds=2))
        await timers.arm("TEST", Ref("thing", new_id()), now - timedelta(seconds=1))

    await Ticker(drains={}, ring=_unheard).fire()

    assert fired == ["TEST"]
    assert (await Timer.get(kind="UNKNOWN")).parked_at is not None


async def test_a_lease_that_runs_out_gives_the_case_back_and_keeps_the_assignee() -> None:
    await desk.movable_clock()
    team = await a_team()
    await a_queue(team=team.id)
    ada = await a_person("Ada", team=team.id)
    case = (await a_signal(await an_account())).case
    await cases.claim(case.id, by=ada)

    await desk.forward(ADAPTERS, minutes=14)
    assert (await Case.get(id=case.id)).state is CaseState.IN_REVIEW
    await desk.forward(ADAPTERS, minutes=2)

    found = await Case.get(id=case.id)
    assert (found.state, found.assignee_id) == (CaseState.QUEUED, ada.person_id)


async def test_an_effect_that_fails_is_tried_with_growing_waits_and_then_buried(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await desk.movable_clock()
    tried: list[int] = []

    async def doer(effect: effects.Effect, _adapters: object) -> None:
        tried.append(effect.attempt)
        raise effects.TryAgain("the other side is away")

    monkeypatch.setitem(doers.DOERS, "test.effect", doer)
    await plan("only")

    for _ in range(14):
        await desk.forward(ADAPTERS, minutes=40)

    assert tried == list(range(1, 13))


async def _unheard(_drain: str) -> bool:
    return False


async def test_a_living_ticker_shows_a_sign_of_life() -> None:
    ticker, stop = Ticker(drains={}, ring=_unheard), asyncio.Event()
    assert not await _signs_of_life()

    running = asyncio.create_task(ticker.run(stop))
    async with asyncio.timeout(4):
        while not (found := await _signs_of_life()):
            pass
    stop.set()
    await running

    assert found[0]["seconds"] < 4


async def _signs_of_life() -> list[dict[str, float]]:
    found: list[dict[str, float]] = await connections.get("default").execute_query_dict(
        "SELECT extract(epoch FROM clock_timestamp() - ticked_at)::float8 AS seconds FROM ticker"
    )
    return found
