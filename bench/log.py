"""The event log: events per second, the wait for a position, and rebuilding what is computed from it.

    python -m bench.log [--events N] [--rounds N] [--seconds S] [--cases N] [--file LOG.csv[.gz]] [--durable]

Appending and sequencing are compared with plain multi-row INSERTs of the same payloads in transactions of the same
size. Rebuilding is of the cases of a replayed log: a made-up one, or the file given.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median
from uuid import UUID

import asyncpg
import orjson
from rich.console import Console
from tortoise import connections

from bench.logs import SHIPPED, written
from bench.measuring import a_database, a_stack, percentile, rates, table, timed_async
from caseward.replay.mapping import load
from caseward.replay.running import replay
from caseward.stack import Stack
from caseward.wiring import wire
from domain.cases.events import CaseMoved
from domain.cases.states import CaseState
from domain.core.actor import Tool, system
from domain.core.events import Entry, append_entries
from domain.core.ids import new_id
from domain.core.transaction import Ref, transaction
from integrations import postgres
from integrations.postgres import connected
from workers import projections
from workers.rebuilding import PROJECTIONS, rebuild
from workers.sequencer import sequence

ACTOR = system(Tool.COMMAND_LINE)
MOVED = CaseMoved(from_state=CaseState.QUEUED, to_state=CaseState.IN_REVIEW)
PAYLOAD = orjson.dumps(MOVED.model_dump(mode="json")).decode()
FLOOR = """
CREATE TABLE bench_event (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, subject_type varchar(32) NOT NULL,
    subject_id uuid NOT NULL, kind varchar(64) NOT NULL, occurred_at timestamptz NOT NULL, actor_id uuid NOT NULL,
    payload jsonb NOT NULL);
CREATE INDEX ON bench_event (subject_type, subject_id, id)
"""
INSERTED = """
INSERT INTO bench_event (subject_type, subject_id, kind, occurred_at, actor_id, payload)
SELECT 'case', s, 'CaseMoved', now(), $2, $3 FROM unnest($1::uuid[]) s
"""
PER_CASE = 10
WAYS = ("append + sequence", "append", "sequence", "plain INSERT")


async def append(subjects: Sequence[UUID], size: int) -> None:
    """The log's own way: ``size`` events in each transaction."""
    for first in range(0, len(subjects), size):
        async with transaction():
            await append_entries([Entry(Ref("case", id), MOVED) for id in subjects[first : first + size]], by=ACTOR)  # noqa: A001


async def insert(subjects: Sequence[UUID], size: int) -> None:
    """The floor: the same payloads in one INSERT a transaction, with no order, hash, refusal or outbox."""
    for first in range(0, len(subjects), size):
        async with transaction() as unit:
            await unit.connection.execute_query(INSERTED, [subjects[first : first + size], ACTOR.id, PAYLOAD])


async def position() -> None:
    """Until everything committed has its position."""
    while await sequence():
        pass


async def throughput(url: str, *, events: int, rounds: int, sizes: Sequence[int], title: str) -> None:
    """Rates of one connection, by size of transaction; the ways take turns."""
    async with connected(url, pool=(1, 4)):
        await projections.subscribe()
        await connections.get("default").execute_script(FLOOR)
        for size in sizes:
            number = events if size > 1 else max(1, events // 5)
            seconds: dict[str, list[float]] = {name: [] for name in WAYS}
            for _ in range(rounds):
                cases = [new_id() for _ in range(max(1, number // PER_CASE))]
                subjects = [cases[place % len(cases)] for place in range(number)]
                appended = await timed_async(lambda subjects=subjects, size=size: append(subjects, size))  # type: ignore[misc]
                placed = await timed_async(position)
                plain = await timed_async(lambda subjects=subjects, size=size: insert(subjects, size))  # type: ignore[misc]
                for name, taken in zip(seconds, (appended + placed, appended, placed, plain), strict=True):
                    seconds[name].append(taken)
            rates(f"{title}, {size} a transaction", seconds, dict.fromkeys(seconds, number), unit="events")


async def waits(url: str, *, per_second: float, seconds: float) -> list[float]:
    """Milliseconds from each commit until its position is there for others to read, a ticker running beside."""
    heard: list[tuple[int, float]] = []
    committed: dict[int, float] = {}
    async with connected(url, pool=(1, 4)), _listening(url, heard), ticking(url):
        number = max(1, int(per_second * seconds))
        await _positioned([await _one()])  # what a process does once, after it has started, is over
        begun = time.perf_counter()
        for place in range(number):
            await asyncio.sleep(max(0.0, begun + place / per_second - time.perf_counter()))
            committed[await _one()] = time.perf_counter()
        told = await _positioned(list(committed))
        await asyncio.sleep(0.1)  # the last bell
    found = []
    for event, at in committed.items():
        rung = next(when for last, when in heard if last >= told[event])
        found.append(max(0.0, rung - at) * 1000)  # the bell may ring before we are told of our own commit
    return found


async def _one() -> int:
    async with transaction():
        recorded = await append_entries([Entry(Ref("case", new_id()), MOVED)], by=ACTOR)
    return recorded[0].id


async def _positioned(events: list[int]) -> dict[int, int]:
    """The positions of these events, once each has one."""
    rows: list[dict[str, int]] = []
    while len(rows) < len(events):
        await asyncio.sleep(0.1)
        rows = await connections.get("default").execute_query_dict(
            "SELECT event_id, position FROM event_position WHERE event_id = ANY ($1::bigint[])", [events]
        )
    return {row["event_id"]: row["position"] for row in rows}


@asynccontextmanager
async def _listening(url: str, heard: list[tuple[int, float]]) -> AsyncIterator[None]:
    connection = await asyncpg.connect(url)

    def rung(*args: object) -> None:
        heard.append((int(str(args[-1])), time.perf_counter()))

    await connection.add_listener("caseward_log", rung)
    try:
        yield
    finally:
        await connection.close()


@asynccontextmanager
async def ticking(url: str) -> AsyncIterator[None]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.ticking", url, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    await process.stdout.readline()
    try:
        yield
    finally:
        process.terminate()
        await process.wait()


async def latency(url: str, *, per_second: float, seconds: float, title: str) -> None:
    """Prints the median, the 99th percentile and the longest wait."""
    found = sorted(await waits(url, per_second=per_second, seconds=seconds))
    middle, late = percentile(found, 50), percentile(found, 99)
    header = ("events", "a second", "p50 ms", "p99 ms", "longest ms")
    row = (str(len(found)), f"{per_second:g}", f"{middle:.1f}", f"{late:.1f}", f"{found[-1]:.1f}")
    table(f"commit → position, {title}", header, [row])


async def rebuilding(url: str, file: Path, *, rounds: int, jobs: int) -> None:
    """Every projection folded anew: compared with equal tables, and written where clocks and cases were spoilt."""
    wire()
    async with connected(url, pool=(1, 4), lean=True):
        quiet = Console(quiet=True)
        await replay(file, load(SHIPPED), url=url, limit=None, live=False, jobs=jobs, out=quiet, silent=True)
        events = await postgres.pool().fetchval("SELECT count(*) FROM event")
        seconds: dict[str, list[float]] = {"compared": [], "written anew": []}
        for _ in range(rounds):
            seconds["compared"].append(await timed_async(lambda: rebuild(PROJECTIONS, by=ACTOR, check=True)))
            await connections.get("default").execute_script(
                "DELETE FROM sla_clock; UPDATE \"case\" SET state = 'NEW', version = 1, tier = 9"
            )
            seconds["written anew"].append(await timed_async(lambda: rebuild(PROJECTIONS, by=ACTOR, check=False)))
        again = await rebuild(PROJECTIONS, by=ACTOR, check=True)
        assert not again.differences, again.differences[:3]
    rates(f"rebuilding all projections of {events:,} events", seconds, dict.fromkeys(seconds, events), unit="events")
    print("\nall of it " + ", ".join(f"{name} in {median(taken):.1f} s" for name, taken in seconds.items()))


def read(arguments: Sequence[str] | None) -> argparse.Namespace:
    """What the command line asks for."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument(
        "--events", type=int, default=5_000, help="a round; a fifth of it with one a transaction; 0: none"
    )
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--seconds", type=float, default=10.0, help="how long waits are watched")
    asked.add_argument("--per-second", type=float, default=50.0, help="commits a second meanwhile")
    asked.add_argument("--cases", type=int, default=300, help="of the made-up log that is rebuilt")
    asked.add_argument("--file", type=Path, help="a log to replay and rebuild instead")
    asked.add_argument("--jobs", type=int, default=2, help="processes that replay it")
    asked.add_argument("--durable", action="store_true", help="also with commits that wait for the disk")
    return asked.parse_args(arguments)


async def measure(stack: Stack, given: argparse.Namespace, *, title: str = "no wait for the disk") -> None:
    """Rates and waits, each on a database of its own."""
    if given.events:
        url = await a_database(stack, "bench_rates")
        await throughput(url, events=given.events, rounds=given.rounds, sizes=(1, 10, 100), title=title)
        url = await a_database(stack, "bench_waits")
        await latency(url, per_second=given.per_second, seconds=given.seconds, title=title)


async def measure_rebuilding(stack: Stack, given: argparse.Namespace, folder: Path) -> None:
    """The rebuild of a whole log, once: it is long."""
    file = given.file or written(folder, given.cases)
    await rebuilding(await a_database(stack, "bench_rebuilt"), file, rounds=1, jobs=given.jobs)


def main(arguments: Sequence[str] | None = None) -> None:
    given = read(arguments)
    with a_stack() as stack, tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure(stack, given))
        asyncio.run(measure_rebuilding(stack, given, Path(folder)))
    if given.durable:
        with a_stack(durable=True) as stack:
            asyncio.run(measure(stack, given, title="durable"))


if __name__ == "__main__":
    main()
