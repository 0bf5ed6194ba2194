"""One mutation over HTTP against endpoints that run its SQL and nothing else.

    python -m bench.mutations [--rounds N] [--seconds S] [--connections 8] [--cases N]

A reviewer claims case after case: first on one connection, for how long a claim takes where nobody else asks, then on
several. Each case has a clock, which a claim stops. Caseward judges the request, the person's rights and the case,
folds the clock and answers with the case. Two endpoints do without all that: one says to PostgreSQL what Caseward said
for the same case of a copy of the database, to the letter (``bench.recorded``); the other knows beforehand what every
row will be and writes them by the fewest statements anybody could think of (``bench.claiming``): the idempotency key,
the case under its lock, the lease and its timer, the event in its chain, the clock with its parts and its timer, the
worklist's row and the outbox. Commits wait for the disk on all sides, as on a desk.
"""

import argparse
import asyncio
import sys
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import uvloop

from bench.bulk import opened
from bench.measuring import a_database, a_stack, percentile, table
from bench.reads.load import Outcome, load, post
from bench.reads.ways import Server, Way, serving, spelled, spent
from bench.recorded import Recording, kept, recording
from caseward.stack import Stack
from caseward.wiring import wire
from domain.core.actor import Tool, system
from domain.people import actions as people
from domain.people.roles import Role
from domain.sla import actions as sla
from integrations.postgres import connected

CLAIM = """mutation Claim($input: ClaimCaseInput!) { claimCase(input: $input) {
  ... on ClaimCaseSuccess { token case { id key state version lease { token expiresAt } assignee { id name } } }
  ... on Problem { code message } } }"""


OURS, SAME, FEWEST = "Caseward", "the same statements", "the fewest statements"
PROMISE = {
    "metric": "ACKNOWLEDGE",
    "goal": {"business_seconds": 86_400},
    "start": [{"kind": "CaseOpened"}],
    "stop": {"state": ["IN_REVIEW"]},
}


@dataclass(slots=True)
class Found:
    """Of one way: seconds each claim took, and by round its claims a second and its processor seconds a claim."""

    waits: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    spent: list[float] = field(default_factory=list)

    def add(self, outcome: Outcome, processor: float) -> None:
        """One more round."""
        self.waits += outcome.waits
        self.rates.append(outcome.rate)
        self.spent.append(processor / max(1, len(outcome.waits)))


async def desk(url: str, number: int) -> tuple[str, UUID, list[UUID]]:
    """A reviewer's token and person, and so many cases that wait."""
    by = system(Tool.COMMAND_LINE)
    wire()
    async with connected(url, pool=(1, 4), lean=True):
        await sla.publish_policy("all", by=by, spec={"targets": [PROMISE]}, note="bench")
        ids = await opened(number)
        person = await people.add_person("Reader", by=by, email="reader@example.org", roles=(Role.REVIEWER,))
        _, secret = await people.issue_token(person.id, by=by, name="bench")
    return secret, person.id, ids


def asked(case_id: UUID) -> dict[str, Any]:
    """The body that claims a case."""
    return {"query": CLAIM, "variables": {"input": {"id": f"case_{case_id.hex}", "expectedVersion": 1}}}


def claims(token: str, ids: Iterator[UUID]) -> Iterator[bytes]:
    """Caseward's requests, each with a key of its own."""
    for case_id in ids:
        yield post(orjson.dumps(asked(case_id)), token=token).replace(
            b"\r\nHost:", f"\r\nIdempotency-Key: {case_id}\r\nHost:".encode(), 1
        )


def bare(person: UUID, ids: Iterator[UUID]) -> Iterator[bytes]:
    """An endpoint's."""
    for case_id in ids:
        yield post(orjson.dumps({"case": str(case_id), "person": str(person)}))


async def measure(stack: Stack, given: argparse.Namespace, folder: Path) -> None:
    """The ways in turn on one database, each with cases of its own."""
    url = await a_database(stack, "bench_mutations")
    token, person, ids = await asyncio.create_task(desk(url, given.cases))
    own, same, fewest = (ids[part::3] for part in range(3))
    found = await asyncio.create_task(_recorded(stack, url, token, same))
    file = kept(found, folder / "claims")
    python = (sys.executable, "-m")
    ways = [
        (Way(OURS, (*python, "bench.reads.served"), lambda _: b"", spelled), claims(token, iter(own))),
        (Way(SAME, (*python, "bench.recorded", file), lambda _: b"", spelled), bare(person, iter(found.values))),
        (Way(FEWEST, (*python, "bench.claiming"), lambda _: b"", spelled), bare(person, iter(fewest))),
    ]
    claimed = 0
    async with AsyncExitStack() as running:
        servers = [await running.enter_async_context(serving(way, url)) for way, _ in ways]
        for connections in (1, given.connections):
            found = {way.name: Found() for way, _ in ways}
            for turn in range(given.rounds + 1):  # the first is to warm up
                for server, (way, requests) in zip(servers, ways, strict=True):
                    outcome = await _round(server, requests, connections, given.seconds)
                    claimed += len(outcome[0].waits)
                    if turn:
                        found[way.name].add(*outcome)
            report(found, connections)
    connection = await asyncpg.connect(url)
    try:
        # An answer may be a refusal: every one counted must have come to a lease.
        assert await connection.fetchval("SELECT count(*) FROM lease") == claimed
    finally:
        await connection.close()


async def _recorded(stack: Stack, url: str, token: str, ids: list[UUID]) -> Recording:
    """What Caseward says of these cases, told by a copy of the database."""
    copy = await a_database(stack, "bench_mutations_copy", of=url)
    return await recording(copy, token, ((case_id, asked(case_id)) for case_id in ids))


async def _round(server: Server, requests: Iterator[bytes], connections: int, seconds: float) -> tuple[Outcome, float]:
    """What the load came to, and the server's processor seconds."""
    begun = spent(server.pid)
    outcome = await load(server.port, requests, connections=connections, seconds=seconds)
    return outcome, spent(server.pid) - begun


def report(found: dict[str, Found], connections: int) -> None:
    """Waits, rates and processor time; the ratios by round."""
    rows = []
    for name, one in found.items():
        waits, rates = [percentile(one.waits, part) * 1e3 for part in (50, 99)], sorted(one.rates)
        row = (median(rates), rates[0], rates[-1], *waits, median(one.spent) * 1e3)
        rows.append((name, *("{:,.0f}|{:,.0f} to {:,.0f}|{:.1f}|{:.1f}|{:.1f}".format(*row).split("|"))))
    title = "one connection" if connections == 1 else f"{connections} connections"
    told = ("", "claims/s, median", "slowest to fastest round", "p50 ms", "p99 ms", "processor ms a claim")
    table(f"claims, {title}", told, rows)
    print()
    for name in (SAME, FEWEST):
        ratios = sorted(ours / bare for ours, bare in zip(found[OURS].rates, found[name].rates, strict=True) if bare)
        print(f"Caseward's rate / that of {name}, by round: {', '.join(f'{ratio:.2f}' for ratio in ratios)}")


def read(arguments: Sequence[str] | None) -> argparse.Namespace:
    """What the command line asks for."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--cases", type=int, default=30_000)
    asked.add_argument("--rounds", type=int, default=4)
    asked.add_argument("--seconds", type=float, default=3.0)
    asked.add_argument("--connections", type=int, default=8)
    return asked.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> None:
    given = read(arguments)
    with a_stack(durable=True) as stack, TemporaryDirectory() as folder:
        uvloop.run(measure(stack, given, Path(folder)))


if __name__ == "__main__":
    main()
