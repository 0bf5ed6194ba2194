"""The log's order under fault: nothing is lost and nothing overtaken, whoever dies and whatever commits late."""

import asyncio
import random
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from tortoise import connections

from domain.core import events, log
from domain.core.events import Event
from domain.core.ids import new_id
from domain.core.transaction import Ref, transaction
from domain.core.verification import verify
from tests.builders import SYSTEM
from workers import sequencer
from workers.ticker import Ticker

pytestmark = pytest.mark.usefixtures("database")


class TestStepTaken(Event):
    __test__ = False
    n: int


@asynccontextmanager
async def a_sequencer(url: str, *arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A process that positions; it has begun once this is entered."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.workers.sequencing", url, *arguments, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(20):
            await process.stdout.readline()
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def append(ref: Ref, *numbers: int) -> None:
    async with transaction():
        for n in numbers:
            await events.append(ref, TestStepTaken(n=n), by=SYSTEM)


async def positioned(count: int, *, within: float) -> float:
    """Waits until so many events have a position; says for how many seconds it waited."""
    began = time.monotonic()
    async with asyncio.timeout(within):
        while await log.last_position() < count:
            pass
    return time.monotonic() - began


async def test_of_two_sequencers_one_killed_in_the_middle_the_other_takes_over(database: str) -> None:
    refs = [Ref("thing", new_id()) for _ in range(5)]
    for ref in refs:
        await append(ref, 1, 2, 3)

    async with a_sequencer(database, "hold") as dying, a_sequencer(database):
        assert await sequencer.sequence() == 0
        assert await log.last_position() == 0
        dying.kill()
        waited = await positioned(15, within=3)

    assert waited < 3
    assert (await verify(by=SYSTEM)).findings == []


async def test_sequencers_killed_one_after_the_other_under_load_leave_no_gap(database: str) -> None:
    refs = [Ref("thing", new_id()) for _ in range(8)]

    async def write(ref: Ref) -> None:
        for n in range(40):
            await append(ref, n)

    async with a_sequencer(database) as first, a_sequencer(database) as second, a_sequencer(database):
        writing = asyncio.gather(*(write(ref) for ref in refs))
        await positioned(60, within=20)
        first.kill()
        await positioned(160, within=20)
        second.kill()
        await writing
        await positioned(320, within=3)

    assert await log.last_position() == 320
    assert (await verify(by=SYSTEM)).findings == []


async def test_transactions_that_commit_in_any_order_are_all_followed_once_each_in_its_subjects_order() -> None:
    dice = random.Random(7)
    refs = sorted((Ref("thing", new_id()) for _ in range(6)), key=lambda ref: ref.id)
    gates = [asyncio.Event() for _ in range(9)]
    followed: list[tuple[int, Ref, int]] = []
    done = asyncio.Event()

    async def write(number: int) -> None:
        async with transaction():
            for ref in refs[number % 3 :: 3]:
                await events.append(ref, TestStepTaken(n=number), by=SYSTEM)
            await gates[number].wait()

    async def follow() -> None:
        position, last_look = 0, False
        while not last_look:
            last_look = done.is_set()
            await sequencer.sequence()
            rows = await connections.get("default").execute_query_dict(
                "SELECT p.position, p.subject_type, p.subject_id, e.seq FROM event_position p JOIN event e"
                " ON e.id = p.event_id WHERE p.position > $1 ORDER BY p.position",
                [position],
            )
            followed.extend((row["position"], Ref("thing", row["subject_id"]), row["seq"]) for row in rows)
            position = rows[-1]["position"] if rows else position

    following = asyncio.create_task(follow())
    for wave in range(3):
        writers = [asyncio.create_task(write(wave * 3 + lane)) for lane in range(3)]
        opened = [wave * 3 + lane for lane in range(3)]
        dice.shuffle(opened)
        for number in opened:
            gates[number].set()
        await asyncio.gather(*writers)
    done.set()
    await following

    assert [position for position, _, _ in followed] == list(range(1, 19))
    for ref in refs:
        assert [seq for _, followed_ref, seq in followed if followed_ref == ref] == [1, 2, 3]
    assert (await verify(by=SYSTEM)).findings == []


async def test_a_ticker_whose_connections_are_all_taken_away_goes_on() -> None:
    async def heard(_drain: str) -> bool:
        return True

    async def nothing() -> None:
        return None

    stop, ref = asyncio.Event(), Ref("thing", new_id())
    drains = dict.fromkeys(("reactions", "projections", "effects"), nothing)
    ticking = asyncio.create_task(Ticker(drains=drains, ring=heard).run(stop))
    for n in range(1, 6):
        await append(ref, n)
        await positioned(n, within=8)
        rows = await connections.get("default").execute_query_dict(
            "SELECT count(pg_terminate_backend(pid, 2000)) AS n FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        assert rows[0]["n"] > 0
    await append(ref, 6)
    await positioned(6, within=8)

    assert not ticking.done()
    stop.set()
    await ticking
    assert (await verify(by=SYSTEM)).findings == []
