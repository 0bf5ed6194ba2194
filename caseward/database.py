"""A command's work on the database."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from caseward.shell import stack_in_use
from caseward.wiring import wire
from integrations import postgres
from integrations.settings import Settings

R = TypeVar("R")


def on_database(work: Callable[[Settings], Awaitable[R]]) -> R:
    """Runs something on the migrated, connected database."""
    with stack_in_use() as (settings, stack):

        async def connected() -> R:
            wire()
            await postgres.migrate(stack.database_url)
            async with postgres.connected(stack.database_url, pool=(1, 4)):
                return await work(settings)

        return asyncio.run(connected())
