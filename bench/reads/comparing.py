"""Rounds in which the ways take turns, and the tables they come to."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from statistics import median, quantiles
from typing import Any

import orjson

from bench.measuring import table
from bench.reads.load import load, once
from bench.reads.ways import Server, Way, memory, serving, spent, spent_by_all

QUEUES = [f"queue_01930000000370008000{number:012x}" for number in range(1, 21)]
WARMING = 1.0
"""Seconds of load before anything is counted, for each server and number of connections."""


@dataclass(slots=True)
class Found:
    """One way at one number of connections, a value a round. ``costs``: the server's processor milliseconds an answer.

    ``behind`` are PostgreSQL's, ``asking`` the generator's.
    """

    rates: list[float] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    costs: list[float] = field(default_factory=list)
    behind: list[float] = field(default_factory=list)
    asking: list[float] = field(default_factory=list)
    memory: float = 0.0

    @property
    def rate(self) -> float:
        """Answers a second, the middle round."""
        return median(self.rates)

    @property
    def whole(self) -> float:
        """Processor milliseconds an answer takes of its server and PostgreSQL together, the middle round."""
        return median(map(sum, zip(self.costs, self.behind, strict=True)))


class Different(Exception):
    """Two ways do not give the same answer, so their speeds cannot be compared."""


async def ensure_same(servers: Sequence[Server]) -> None:
    """Asks every queue's page of every way. Refuses where one of them tells it otherwise, or finds nothing."""
    for queue in QUEUES:
        wanted: Any = None
        for server in servers:
            told = server.way.told(orjson.loads(await once(server.port, server.way.ask(queue))))["data"]
            if not told["cases"]["nodes"]:
                raise Different(f"{server.way.name} finds nothing in {queue}")
            wanted = wanted or told
            if told != wanted:
                raise Different(f"{server.way.name} tells {queue} otherwise: {told} instead of {wanted}")


async def rounds(servers: Sequence[Server], *, connections: int, seconds: float, number: int) -> list[Found]:
    """So many rounds in which each server is under load in its turn, the others idle."""
    found = [Found() for _ in servers]
    requests = [[server.way.ask(queue) for queue in QUEUES] for server in servers]
    for server, asked in zip(servers, requests, strict=True):
        await load(server.port, asked, connections=connections, seconds=min(WARMING, seconds))
    for _ in range(number):
        for server, asked, into in zip(servers, requests, found, strict=True):
            before, behind = spent(server.pid), spent_by_all(server.database)
            outcome = await load(server.port, asked, connections=connections, seconds=seconds)
            into.rates.append(outcome.rate)
            into.waits += outcome.waits
            each = 1000 / len(outcome.waits)
            into.costs.append((spent(server.pid) - before) * each)
            into.behind.append((spent_by_all(server.database) - behind) * each)
            into.asking.append(outcome.own * outcome.seconds * each)
            into.memory = memory(server.pid)
    return found


async def page(
    urls: Sequence[tuple[str, Way]],
    *,
    connections: Sequence[int],
    seconds: float,
    number: int,
    title: str,
    same: bool = True,
) -> None:
    """Measures the page by every way, each over its database, and prints a table for each number of connections."""
    async with AsyncExitStack() as running:
        servers = [await running.enter_async_context(serving(way, url)) for url, way in urls]
        if same:
            await ensure_same(servers)
        size = len(await once(servers[0].port, servers[0].way.ask(QUEUES[0])))
        rest = [memory(server.pid) for server in servers]
        for busy in connections:
            found = await rounds(servers, connections=busy, seconds=seconds, number=number)
            names = [server.way.name for server in servers]
            report(f"{title}, {size:,} bytes, {busy} connections", names, found, rest)


def report(title: str, names: Sequence[str], found: Sequence[Found], rest: Sequence[float]) -> None:
    """Prints what the ways came to, and how the first compares with each."""
    first = found[0]
    rows = [
        (
            name,
            f"{each.rate:,.0f}",
            f"{min(each.rates):,.0f} to {max(each.rates):,.0f}",
            "1" if each is first else f"{first.rate / each.rate:.2f}",
            *(f"{quantiles(each.waits, n=100)[cut] * 1000:,.1f}" for cut in (49, 94)),
            *(f"{median(costs):.2f}" for costs in (each.costs, each.behind)),
            f"{each.whole:.2f}",
            "1" if each is first else f"{each.whole / first.whole:.2f}",
            f"{median(each.asking):.3f}",
            f"{idle:.0f} → {each.memory:.0f}",
        )
        for name, each, idle in zip(names, found, rest, strict=True)
    ]
    ratio = f"{names[0]} answers … times as many"
    cpu = ("CPU ms: server", "PostgreSQL", "both", f"… times {names[0]}'s", "generator")
    header = ("", "answers/s, median", "rounds", ratio, "p50 ms", "p95 ms", *cpu, "MB")
    table(title, header, rows)
