"""The log's order: gapless positions whatever the order of commits, and nothing skipped."""

import asyncio

import asyncpg
import pytest
from tortoise import connections

from domain.core import events, projections
from domain.core.events import Event, Recorded
from domain.core.ids import new_id
from domain.core.transaction import Ref, transaction
from tests.builders import SYSTEM
from workers import reactions, sequencer

pytestmark = pytest.mark.usefixtures("database")


class TestThingHappened(Event):
    __test__ = False
    n: int


async def positions() -> list[tuple[int, int]]:
    rows = await connections.get("default").execute_query_dict(
        "SELECT p.position, (e.payload->>'n')::int AS n FROM event_position p JOIN event e ON e.id = p.event_id"
        " ORDER BY p.position"
    )
    return [(row["position"], row["n"]) for row in rows]


async def append(ref: Ref, n: int) -> Recorded:
    async with transaction():
        (entry,) = await events.append(ref, TestThingHappened(n=n), by=SYSTEM)
    return entry


async def test_a_transaction_that_commits_late_is_positioned_after_and_not_lost() -> None:
    slow, quick = Ref("thing", new_id()), Ref("thing", new_id())
    appended, may_commit = asyncio.Event(), asyncio.Event()

    async def slow_writer() -> None:
        async with transaction():
            await events.append(slow, TestThingHappened(n=1), by=SYSTEM)
            appended.set()
            await may_commit.wait()

    writer = asyncio.create_task(slow_writer())
    await appended.wait()
    await append(quick, 2)
    await sequencer.sequence()
    assert await positions() == [(1, 2)]

    may_commit.set()
    await writer
    await sequencer.sequence()

    assert await positions() == [(1, 2), (2, 1)]


async def test_two_sequencers_at_once_leave_no_gap_and_no_double() -> None:
    refs = [Ref("thing", new_id()) for _ in range(10)]
    await asyncio.gather(*(append(refs[n % 10], n) for n in range(60)))

    await asyncio.gather(*(sequencer.sequence() for _ in range(6)))
    await sequencer.sequence()

    found = await positions()
    assert [position for position, _ in found] == list(range(1, 61))
    assert sorted(n for _, n in found) == list(range(60))


async def test_a_dead_sequencers_lock_is_gone_with_it(database: str) -> None:
    await append(Ref("thing", new_id()), 1)
    other = await asyncpg.connect(database)
    await other.execute("BEGIN")
    await other.execute("SELECT * FROM sequence_events(10)")
    assert await sequencer.sequence() == 0

    other.terminate()

    async with asyncio.timeout(3):
        while await sequencer.sequence() == 0:
            pass
    assert await positions() == [(1, 1)]


async def test_a_subjects_events_keep_their_order() -> None:
    ref = Ref("thing", new_id())
    entries = [await append(ref, n) for n in range(5)]

    await sequencer.sequence()

    assert [entry.seq for entry in entries] == [1, 2, 3, 4, 5]
    assert [n for _, n in await positions()] == [0, 1, 2, 3, 4]


async def test_a_reaction_runs_once_and_a_poison_event_parks_its_subject_only(monkeypatch: pytest.MonkeyPatch) -> None:
    good, bad = Ref("thing", new_id()), Ref("thing", new_id())
    seen: list[int] = []

    async def react(recorded: Recorded) -> None:
        if recorded.ref == bad:
            message = "poison"
            raise ValueError(message)
        seen.append(recorded.payload["n"])

    monkeypatch.setitem(reactions.REACTIONS, "TestThingHappened", [react])
    for n, ref in enumerate([good, bad, good, bad, good]):
        await append(ref, n)
    await sequencer.sequence()

    await asyncio.gather(reactions.drain(), reactions.drain())
    await reactions.drain()

    assert seen == [0, 2, 4]
    assert await projections.is_parked("reactions", bad)
    assert not await projections.is_parked("reactions", good)


async def test_the_log_refuses_change() -> None:
    await append(Ref("thing", new_id()), 1)

    with pytest.raises(asyncpg.PostgresError, match="append-only"):
        async with connections.get("default")._pool.acquire() as connection:
            await connection.execute("UPDATE event SET payload = '{}'")
