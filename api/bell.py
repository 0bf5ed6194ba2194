"""Tells subscriptions that the log has grown. Missing a ring costs a second, never an event."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import asyncpg
import structlog

from integrations.postgres import credentials

log = structlog.get_logger(__name__)

CHANNEL = "caseward_log"
LONGEST = 1.0
"""Seconds after which a subscription looks by itself."""


class Bell:
    """One listening connection for all subscriptions of the process."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def ring(self, *_: Any) -> None:
        """Wakes everybody who waits now."""
        rung, self._rung = self._rung, asyncio.Event()
        rung.set()

    async def wait(self) -> None:
        """Returns when the log has grown, or after a second."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LONGEST):
                await self._rung.wait()

    async def listen(self, url: str) -> None:
        """Listens until cancelled; a lost connection is made anew."""
        arguments = credentials(url)
        plain = {name: arguments[name] for name in ("host", "port", "user", "password", "database", "server_settings")}
        while True:
            try:
                await self._listen(plain)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("bell_lost", error=type(error).__name__)
            await asyncio.sleep(LONGEST)

    async def _listen(self, arguments: dict[str, Any]) -> None:
        connection = await asyncpg.connect(**arguments)
        gone = asyncio.Event()
        try:
            connection.add_termination_listener(lambda _: gone.set())
            await connection.add_listener(CHANNEL, self.ring)
            await gone.wait()
        finally:
            connection.terminate()


@asynccontextmanager
async def listening(url: str) -> AsyncIterator[Bell]:
    """A bell that rings as long as the block lasts."""
    bell = Bell()
    task = asyncio.create_task(bell.listen(url))
    try:
        yield bell
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
