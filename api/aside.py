"""Part of a pool: what is read for those who follow never keeps those who ask from their connections."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any


class Aside:
    """Looks like the pool to whoever reads. At most ``most`` statements run through it at a time."""

    def __init__(self, pool: Any, most: int) -> None:
        self._pool = pool
        self._most = most
        self._slots = asyncio.Semaphore(most)

    def get_max_size(self) -> int:
        """What one reader may take for the whole."""
        return self._most

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[Any]:
        """A connection for one statement, in turn."""
        async with self._slots, self._pool.acquire() as connection:
            yield connection

    async def fetch(self, sql: str, *values: Any, timeout: float | None = None) -> list[Any]:  # noqa: ASYNC109 - asyncpg's own word
        """The rows; ``timeout`` is the statement's, in seconds."""
        async with self.acquire() as connection:
            found: list[Any] = await connection.fetch(sql, *values, timeout=timeout)
            return found
