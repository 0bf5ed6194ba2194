"""A connection whose server process is ended at a chosen statement, from another connection, as a crash would."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from enum import Enum
from typing import Any, ClassVar

import asyncpg
from tortoise.context import TortoiseContext
from tortoise.exceptions import BaseORMException

from integrations import postgres

CRASHES = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, BaseORMException)
"""What an action raises when its connection is gone. A refusal is none of them."""


class Fragile(asyncpg.Connection):
    """Counts statements, BEGIN and COMMIT among them, and is ended right before the one that was chosen."""

    executioner: ClassVar[asyncpg.Connection[asyncpg.Record] | None] = None
    left: ClassVar[int | None] = None
    """Statements until the end comes; None: it does not."""

    async def execute(self, query: str, *args: object, **more: Any) -> str:
        if not args:
            await self._count()
        return await super().execute(query, *args, **more)

    async def _do_execute(self, *given: Any, **more: Any) -> Any:
        await self._count()
        return await super()._do_execute(*given, **more)  # type: ignore[misc]

    async def _count(self) -> None:
        if Fragile.left is None or Fragile.executioner is None:
            return
        Fragile.left -= 1
        if Fragile.left == 0:
            Fragile.left = None
            pid = self.get_server_pid()
            await Fragile.executioner.execute("SELECT pg_terminate_backend($1, 5000)", pid)


@asynccontextmanager
async def fragile(url: str) -> AsyncIterator[None]:
    """Tortoise connected over fragile connections."""
    config = postgres.config(url)
    config["connections"]["default"]["credentials"]["connection_class"] = Fragile
    context = TortoiseContext()
    with context:
        await context.init(config=config, _enable_global_fallback=True)
    Fragile.executioner = await asyncpg.connect(url)
    try:
        yield
    finally:
        Fragile.left = None
        await Fragile.executioner.close()
        Fragile.executioner = None
        await context.close_connections()


class Ending(Enum):
    """How an action ended whose connection was to end at its n-th statement."""

    CRASHED = "it raised"
    SURVIVED = "it had committed: nothing raised"
    UNHARMED = "it has fewer statements"


async def crashes_at(statement: int, act: Callable[[], Awaitable[object]]) -> Ending:
    """Runs something whose connection ends right before its n-th statement."""
    Fragile.left = statement
    try:
        await act()
    except CRASHES:
        if not _has_come():
            raise
        return Ending.CRASHED
    ending = Ending.SURVIVED if _has_come() else Ending.UNHARMED
    Fragile.left = None
    return ending


def _has_come() -> bool:
    return Fragile.left is None
