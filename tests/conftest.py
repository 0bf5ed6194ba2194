"""One throw-away PostgreSQL and Valkey for the whole run, and a database of its own for every test that asks."""

from __future__ import annotations

import itertools
import os
from collections.abc import AsyncIterator, Iterator

import asyncpg
import pytest
import redis
import structlog

from caseward.stack import Stack, throwaway_stack
from integrations.postgres import connected, migrate
from tests import databases

TEMPLATE = "template_caseward"
TEMPLATE_LOCK = 0x7465_6D70  # "temp", as the key of the advisory lock

# as the programs do it: whose tracebacks show local variables take seconds each
structlog.configure(processors=[structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)])

_numbers = itertools.count(1)
_spare: list[str] = []


FIRST = ("stories/test_scenario", "test_bench", "schema/test_orders", "caseward/")
"""What takes longest by itself: begun at the end, it would keep one process busy while the others are done."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long ones begin."""
    items.sort(key=lambda item: not item.nodeid.removeprefix("tests/").startswith(FIRST))


@pytest.fixture(scope="session")
def worker() -> int:
    """Which of the processes that share the run this is, from 0."""
    return int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Shared by all workers; gone with the last of them."""
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    with throwaway_stack(shared / "stack") as running:
        yield running


def url_of(stack: Stack, database: str) -> str:
    """The URL of another database of the stack."""
    return stack.database_url.replace("/caseward?", f"/{database}?")


@pytest.fixture(scope="session")
async def maintenance(stack: Stack) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    """A connection for making and dropping databases."""
    connection = await asyncpg.connect(url_of(stack, "postgres"))
    yield connection
    await connection.close()


@pytest.fixture(scope="session")
async def template(stack: Stack, maintenance: asyncpg.Connection[asyncpg.Record]) -> str:
    """Name of the migrated, empty database the others are copied from; the first worker to come makes it."""
    await maintenance.execute("SELECT pg_advisory_lock($1)", TEMPLATE_LOCK)
    try:
        if not await maintenance.fetchval("SELECT datistemplate FROM pg_database WHERE datname = $1", TEMPLATE):
            await maintenance.execute(f'DROP DATABASE IF EXISTS "{TEMPLATE}"')
            await maintenance.execute(f'CREATE DATABASE "{TEMPLATE}"')
            await migrate(url_of(stack, TEMPLATE))
            await databases.prepare(url_of(stack, TEMPLATE))
            await maintenance.execute(f'ALTER DATABASE "{TEMPLATE}" IS_TEMPLATE true')
    finally:
        await maintenance.execute("SELECT pg_advisory_unlock($1)", TEMPLATE_LOCK)
    return TEMPLATE


@pytest.fixture
async def database_url(
    stack: Stack, template: str, maintenance: asyncpg.Connection[asyncpg.Record], worker: int
) -> AsyncIterator[str]:
    """A migrated, empty database of this test alone. Afterwards whoever is still connected is not."""
    used = bool(_spare)
    name = _spare.pop() if used else f"test_{worker}_{next(_numbers)}"
    if not used:
        await maintenance.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
    yield url_of(stack, name)
    if await databases.emptied(url_of(stack, name)):
        _spare.append(name)
    else:
        await maintenance.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
async def database(request: pytest.FixtureRequest, database_url: str) -> AsyncIterator[str]:
    """The same, with Tortoise connected to it: by the API where the test has one in this process."""
    if "url" in request.fixturenames:
        yield database_url
        return
    async with connected(database_url):
        yield database_url


@pytest.fixture
def redis_url(stack: Stack, worker: int) -> str:
    """An empty Redis database of this worker alone."""
    url = f"{stack.redis_url}?db={worker}"
    with redis.Redis.from_url(url) as client:
        client.flushdb()
    return url
