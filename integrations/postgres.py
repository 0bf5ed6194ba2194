"""PostgreSQL: the one database. Connects Tortoise, keeps its pool, applies migrations one process at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import asyncpg
import orjson
from tortoise import Tortoise, connections
from tortoise.context import TortoiseContext
from tortoise.migrations.api.migrate import migrate as run_migrations

import migrations

MODELS = [
    f"domain.{capability}.models"
    for capability in (
        "core", "people", "cases", "review", "inquiries", "notify", "oncall", "escalation", "mirror", "sla",
        "bulk", "views", "files",
    )
]  # fmt: skip

MIGRATION_LOCK = 0x6361_7365  # "case", as the key of the advisory lock


def credentials(url: str, *, pool: tuple[int, int] = (1, 12)) -> dict[str, Any]:
    """asyncpg's connection arguments for a ``postgresql://`` URL; ``?host=`` names a socket's folder."""
    parts = urlsplit(url)
    query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    return {
        "host": query.get("host") or unquote(parts.hostname or "localhost"),
        "port": int(query.get("port") or parts.port or 5432),
        "user": unquote(parts.username or "postgres"),
        "password": unquote(parts.password) if parts.password else None,
        "database": unquote(parts.path.lstrip("/")),
        "minsize": pool[0],
        "maxsize": pool[1],
        "init": _prepare,
        "reset": _leave,
        # Compiled reads are long: asyncpg by itself would prepare most of them anew each time. The longest are, for
        # PostgreSQL takes seventy bytes for each of their characters and connection. JIT gains them nothing.
        "max_cacheable_statement_size": 48 * 1024,
        "server_settings": {"timezone": "UTC", "application_name": "caseward", "jit": "off"},
    }


def config(url: str, *, pool: tuple[int, int] = (1, 12)) -> dict[str, Any]:
    """Tortoise's configuration: one application, one connection."""
    return {
        "connections": {"default": {"engine": "tortoise.backends.asyncpg", "credentials": credentials(url, pool=pool)}},
        "apps": {"caseward": {"models": MODELS, "default_connection": "default", "migrations": "migrations"}},
        "use_tz": True,
        "timezone": "UTC",
    }


@asynccontextmanager
async def connected(
    url: str, *, pool: tuple[int, int] = (1, 12), lean: bool = False, longest: float | None = None
) -> AsyncIterator[None]:
    """Tortoise connected for the whole process, requests and tasks included; closed at the end. Refuses where it is.

    No statement runs for more than ``longest`` seconds: PostgreSQL ends it, even where this process is no more.
    ``lean`` is for a program that writes much and can be run again: commits do not wait for the disk.
    """
    wanted = config(url, pool=pool)
    if lean:
        wanted["connections"]["default"]["credentials"]["server_settings"] |= {"synchronous_commit": "off"}
    if longest is not None:
        settings = wanted["connections"]["default"]["credentials"]["server_settings"]
        settings["statement_timeout"] = str(int(longest * 1000))
    # Tortoise.init would take up whatever context the caller happens to have, and close what is connected there.
    context = TortoiseContext()
    with context:
        await context.init(config=wanted, _enable_global_fallback=True)
    try:
        yield
    finally:
        await context.close_connections()


def pool() -> asyncpg.Pool[asyncpg.Record]:
    """The asyncpg pool under Tortoise: compiled reads take their connections here."""
    found: asyncpg.Pool[asyncpg.Record] | None = connections.get("default")._pool  # noqa: SLF001
    if found is None:
        message = "The database is not connected."
        raise RuntimeError(message)
    return found


async def migrate(url: str) -> None:
    """Brings the database to the newest migration. Two processes take turns; the second finds nothing to do."""
    gate = await asyncpg.connect(**_plain(credentials(url)))
    try:
        if await _is_current(gate):
            return
        await gate.execute("SELECT pg_advisory_lock($1)", MIGRATION_LOCK)
        await _migrations(url)
    finally:
        await gate.close()


async def _is_current(connection: asyncpg.Connection[asyncpg.Record]) -> bool:
    """Whether every migration of this release is applied; spares a start the loading of them all."""
    if await connection.fetchval("SELECT to_regclass('tortoise_migrations')") is None:
        return False
    applied = {row["name"] for row in await connection.fetch("SELECT name FROM tortoise_migrations")}
    return {path.stem for path in Path(migrations.__file__).parent.glob("[0-9]*.py")} <= applied


async def downgrade(url: str, target: str) -> None:
    """Takes the database back to a named migration, or before the first with ``caseward.__first__``."""
    await _migrations(url, target=target)


async def _migrations(url: str, *, target: str | None = None) -> None:
    """In a task of its own: Tortoise leaves its context behind in whoever calls it."""

    async def run() -> None:
        try:
            await run_migrations(config=config(url, pool=(1, 2)), target=target)
        finally:
            await Tortoise.close_connections()

    await asyncio.create_task(run())


def _plain(arguments: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in arguments.items() if key not in {"minsize", "maxsize", "init", "reset"}}


async def _leave(_connection: asyncpg.Connection[asyncpg.Record]) -> None:
    """A released connection as it is, but for a transaction left open, which the pool ends itself.

    Nothing of ours outlives its transaction: locks are the transaction's, settings its own, and whoever listens has a
    connection for that. Spares a round trip between any two users of a connection.
    """


async def _prepare(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    """jsonb and json arrive as Python values; text that is JSON already passes through untouched."""
    for name in ("jsonb", "json"):
        await connection.set_type_codec(
            name,
            schema="pg_catalog",
            encoder=lambda value: value if isinstance(value, str) else orjson.dumps(value).decode(),
            decoder=orjson.loads,
        )
