"""Leases with a heartbeat: short enough that a killed worker's work is soon another's, kept as long as one lives."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

from tortoise.exceptions import BaseORMException

LENGTH = timedelta(seconds=10)
BEAT = LENGTH / 3


@asynccontextmanager
async def kept(renew: Callable[[], Awaitable[object]]) -> AsyncIterator[None]:
    """Renews a lease three times in its length while the body runs. A renewal that fails is tried again at the next
    beat: a lease that lapses all the same is the taker's right, and what is written is fenced or idempotent.
    """
    beating = asyncio.create_task(_beat(renew))
    try:
        yield
    finally:
        beating.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await beating


async def _beat(renew: Callable[[], Awaitable[object]]) -> None:
    while True:
        await asyncio.sleep(BEAT.total_seconds())
        with contextlib.suppress(OSError, BaseORMException):
            await renew()
