"""Live lists: from a commit to the clients that follow the list it changes.

    python -m bench.streams [--streams 2000] [--groups 200] [--per-second 100] [--seconds 20]

One API process as it is served, a ticker, and a writer that comments on cases, each a process of its own. The streams
are server-sent events, divided among the groups: those of one group follow the same part of the desk and have the same
rights, whoever they are. A comment changes one case, so it goes to the streams of one group.
"""

import argparse
import asyncio
import re
import resource
import sys
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import cast

import orjson
import uvloop

from bench.log import ticking
from bench.measuring import a_database, a_stack, percentile, table
from bench.reads.seeding import seed
from bench.reads.ways import Way, serving, spelled, spent
from caseward.stack import Stack
from domain.core.actor import Tool, system
from domain.people import actions as people
from domain.people.roles import Role
from integrations.postgres import connected

FOLLOW = """subscription($from: Long!, $to: Long!) { casesChanged(filter: {number: {gte: $from, lt: $to}}) {
  ... on CaseEntered { case { number: key version state priority } }
  ... on CaseChanged { case { number: key version state priority } } } }"""
TOLD = re.compile(rb'"number" ?: ?"CASE-(\d+)", ?"version" ?: ?(\d+)')
LOOK = 0.5
"""Seconds between two looks at whether the streams have begun."""


@dataclass(slots=True)
class Heard:
    """What all streams together have heard: bytes, with the second they came."""

    streams: int
    pieces: list[tuple[float, bytes]] = field(default_factory=list)
    opened: int = 0
    all_open: asyncio.Event = field(default_factory=asyncio.Event)
    lost: int = 0


class _Stream(asyncio.Protocol):
    def __init__(self, request: bytes, heard: Heard) -> None:
        self._request = request
        self._heard = heard
        self._open = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        cast("asyncio.Transport", transport).write(self._request)

    def data_received(self, data: bytes) -> None:
        if not self._open:
            self._open = True
            self._heard.opened += data.startswith(b"HTTP/1.1 200")
            if self._heard.opened == self._heard.streams:
                self._heard.all_open.set()
        self._heard.pieces.append((time.monotonic(), data))

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - however it ended
        self._heard.lost += 1


def follow(token: str, begin: int, end: int) -> bytes:
    """The request of one stream."""
    body = orjson.dumps({"query": FOLLOW, "variables": {"from": begin, "to": end}})
    return (
        f"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\nAccept: text/event-stream\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode() + body


def waits(written: Sequence[tuple[int, int, float]], heard: Heard) -> list[float]:
    """Seconds from each commit to each of its deliveries; 0 where one came before its writer knew."""
    committed = {(number, version): at for number, version, at in written}
    found = []
    for at, data in heard.pieces:
        for number, version in TOLD.findall(data):
            began = committed.get((int(number), int(version)))
            if began is not None:
                found.append(max(0.0, at - began))
    return found


async def tokens(url: str, number: int) -> list[str]:
    """Of so many people of one role."""
    by, found = system(Tool.COMMAND_LINE), []
    async with connected(url, pool=(1, 2)):
        for each in range(number):
            person = await people.add_person(f"P{each}", by=by, email=f"p{each}@example.org", roles=(Role.REVIEWER,))
            found.append((await people.issue_token(person.id, by=by, name="bench"))[1])
    return found


@dataclass(frozen=True, slots=True)
class Crowd:
    """Streams to be opened, divided among the lists and among the logins."""

    groups: int
    share: int
    logins: Sequence[str]
    port: int

    async def opened(self, streams: int, running: AsyncExitStack) -> Heard:
        """What they hear, once all of them have been answered; they are closed with the block."""
        heard, loop = Heard(streams), asyncio.get_running_loop()
        for number in range(streams):
            begin = number % self.groups * self.share
            request = follow(self.logins[number % len(self.logins)], begin, begin + self.share)
            made = lambda: _Stream(request, heard)  # noqa: B023, E731 - called before the next turn
            transport, _ = await loop.create_connection(made, "127.0.0.1", self.port)
            running.callback(transport.close)
        await heard.all_open.wait()
        return heard

    def due(self, number: int, streams: int) -> int:
        """How many of so many streams follow a list that holds the case with this number."""
        group = number // self.share
        return len(range(group, streams, self.groups)) if group < self.groups else 0


@dataclass(frozen=True, slots=True)
class Run:
    """What came of it. Processor times are the API's, in seconds: until all had begun, and while it was written."""

    began: float
    beginning: float
    working: float
    written: Sequence[tuple[int, int, float]]
    waits: Sequence[float]
    due: int
    lost: int


async def measure(stack: Stack, given: argparse.Namespace) -> Run:
    """Prints what was written, what was delivered, and how long it took."""
    url = await a_database(stack, "bench_streams")
    await asyncio.create_task(seed(url, given.cases))
    logins = await asyncio.create_task(tokens(url, given.people))
    way = Way("Caseward", (sys.executable, "-m", "bench.reads.served"), lambda _: b"", spelled)
    async with AsyncExitStack() as running:
        server = await running.enter_async_context(serving(way, url))
        await running.enter_async_context(ticking(url))
        crowd = Crowd(given.groups, -(-given.cases // given.groups), logins, server.port)
        before, begun = spent(server.pid), time.monotonic()
        heard = await crowd.opened(given.streams, running)
        began = await quiet(server.pid, given.settle) - begun
        settled = spent(server.pid)
        heard.pieces.clear()
        joining = asyncio.create_task(crowd.opened(given.joining, running)) if given.joining else None
        written = await _written(url, given.per_second, given.seconds)
        working = spent(server.pid) - settled
        await asyncio.sleep(given.last)
        if joining is not None:
            await joining
        due = sum(crowd.due(number, given.streams) for number, *_ in written)
        found = Run(began, settled - before, working, written, waits(written, heard), due, heard.lost)
    report(given, found)
    return found


async def quiet(pid: int, patience: float) -> float:
    """The monotonic second from which a process took less than a tenth of a core, or ran out of patience."""
    ends, known, since = time.monotonic() + patience, spent(pid), time.monotonic()
    while time.monotonic() < ends:
        await asyncio.sleep(LOOK)
        now = spent(pid)
        if now - known < LOOK / 10:
            break
        known, since = now, time.monotonic()
    return since


async def _written(url: str, per_second: float, seconds: float) -> list[tuple[int, int, float]]:
    command = (sys.executable, "-m", "bench.writing", url, str(per_second), str(seconds))
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    told, _ = await process.communicate()
    return [tuple(each) for each in orjson.loads(told)]


def report(given: argparse.Namespace, run: Run) -> None:
    """Prints the tables; the 99th percentile of fewer than a hundred deliveries is the longest."""
    moments, found = [at for *_, at in run.written], run.waits
    took = max(moments) - min(moments) or 1.0
    streams = f"{given.streams:,} in {given.groups:,}"
    row = (
        streams,
        f"{len(run.written):,}, {len(run.written) / took:,.0f}",
        f"{len(found):,} of {run.due:,}, {len(found) / took:,.0f}",
        f"{percentile(found, 50) * 1000:,.0f}",
        f"{percentile(found, 99) * 1000:,.0f}",
        f"{max(found, default=0.0) * 1000:,.0f}",
        str(run.lost),
    )
    header = ("streams in groups", "events, a second", "delivered, a second", "p50 ms", "p99 ms", "longest", "lost")
    table("committed → delivered", header, [row])
    costs = (
        streams,
        f"{run.began:.1f} s",
        f"{run.beginning / given.streams * 1000:.2f} ms",
        f"{run.working / len(run.written) * 1000:.2f} ms",
        f"{run.working / max(1, len(found)) * 1e6:,.0f} µs",
    )
    titles = ("streams in groups", "all have begun after", "a stream", "an event", "a delivery")
    table("processor time of the API, and until all had begun", titles, [costs])


def read(arguments: Sequence[str] | None) -> argparse.Namespace:
    """What the command line asks for."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--streams", type=int, default=2000)
    asked.add_argument("--groups", type=int, default=200, help="lists that are followed")
    asked.add_argument("--people", type=int, default=50, help="logins the streams are divided among")
    asked.add_argument("--cases", type=int, default=20_000, help="cases on the desk")
    asked.add_argument("--per-second", type=float, default=100.0)
    asked.add_argument("--seconds", type=float, default=20.0)
    asked.add_argument("--settle", type=float, default=30.0, help="seconds the streams get to begin, at most")
    asked.add_argument("--joining", type=int, default=0, help="streams that begin while it is written")
    asked.add_argument("--last", type=float, default=8.0, help="seconds the last messages get to come")
    return asked.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> None:
    given = read(arguments)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with a_stack() as stack:
        uvloop.run(measure(stack, given))


if __name__ == "__main__":
    main()
