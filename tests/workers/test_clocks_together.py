"""Clocks of many cases are folded in one transaction; the one that cannot be stops no other."""

import asyncio
from collections.abc import Sequence

import pytest

from domain.core import events, projections
from domain.core.events import KINDS, Event
from domain.core.models import DirtySubject
from domain.core.transaction import Ref, transaction
from domain.sla import actions as sla
from domain.sla import recording
from domain.sla.models import SlaClock
from tests.builders import SYSTEM
from tests.domain import promises
from workers import projections as following
from workers import sequencer
from workers.rebuilding import rebuild

pytestmark = pytest.mark.usefixtures("database")

MOVED_BACK = promises.promise(inherit=[{"kind": "TestStartMovedBack"}])


class TestStartMovedBack(Event):
    __test__ = False
    since: str


class TestNewsNextYear(Event):
    __test__ = False


async def cases(number: int) -> list[Ref]:
    await promises.a_desk()
    return [Ref("case", (await promises.a_case()).id) for _ in range(number)]


async def happened(ref: Ref, event: Event) -> None:
    async with transaction():
        await events.append(ref, event, by=SYSTEM)


async def with_clocks() -> set[Ref]:
    return {Ref(clock.subject_type, clock.subject_id) for clock in await SlaClock.all()}


async def test_clocks_of_a_burst_are_recomputed_and_one_that_fails_is_parked_alone() -> None:
    *good, bad = await cases(5)
    await happened(bad, TestStartMovedBack(since="the other day"))
    await promises.a_policy(MOVED_BACK, effective_from=promises.LONG_AGO)

    await sla.refold_open(by=SYSTEM)
    await following.drain()

    assert await with_clocks() == set(good)
    (parked,) = await projections.parked("sla")
    assert parked.ref == bad
    assert "the other day" in parked.error
    assert [row.subject_id for row in await DirtySubject.filter(consumer="sla")] == [bad.id]


async def test_a_rebuild_names_and_parks_the_case_whose_clocks_cannot_be_folded_and_the_others_land() -> None:
    *good, bad = await cases(5)
    await happened(bad, TestStartMovedBack(since="the other day"))
    await promises.a_policy(MOVED_BACK, effective_from=promises.LONG_AGO)

    checked = await rebuild(["clocks"], by=SYSTEM, check=True)

    assert checked.totals["clocks"] > 4
    assert not await projections.parked()
    assert await with_clocks() == set()

    rebuilt = await rebuild(["clocks"], by=SYSTEM, check=False, limit=100)

    assert rebuilt.subjects == {"clocks": 5}
    (unfolded,) = [each for each in rebuilt.differences if each.key == ("case", str(bad.id))]
    assert "the other day" in str(unfolded)
    assert await with_clocks() == set(good)
    assert [parked.ref for parked in await projections.parked("sla")] == [bad]


async def test_a_rebuild_leaves_the_clocks_of_a_case_with_news_of_a_newer_release(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await promises.a_desk()
    await promises.a_policy()
    ahead, usual = [Ref("case", (await promises.a_case()).id) for _ in range(2)]
    await happened(ahead, TestNewsNextYear())
    await SlaClock.filter(subject_id=usual.id).delete()
    await sequencer.sequence()

    with monkeypatch.context() as older:
        older.delitem(KINDS, "TestNewsNextYear")
        rebuilt = await rebuild(["clocks"], by=SYSTEM, check=False, limit=100)

    assert await with_clocks() == {ahead, usual}
    assert [each for each in rebuilt.differences if "TestNewsNextYear" in str(each)]
    assert [parked.ref for parked in await projections.parked("sla")] == [ahead]


async def test_a_case_that_is_being_recomputed_is_left_out_of_the_others() -> None:
    free, taken = await cases(2)
    await promises.a_policy(effective_from=promises.LONG_AGO)
    await sla.refold_open(by=SYSTEM)
    began, may_end = asyncio.Event(), asyncio.Event()

    async def slow(refs: Sequence[Ref]) -> None:
        await recording.project_all(refs)
        began.set()
        await may_end.wait()

    elsewhere = asyncio.ensure_future(projections.recompute("sla", [taken], run=slow))
    await began.wait()
    done = await projections.recompute("sla", [free, taken], run=recording.project_all)

    assert done == 1
    assert await with_clocks() == {free}
    may_end.set()
    assert await elsewhere == 1
    assert await with_clocks() == {free, taken}
    assert not await DirtySubject.filter(consumer="sla").exists()
