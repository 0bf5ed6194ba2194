"""Transactions whose task is cancelled, at every step of them there is."""

import asyncio
from typing import Any

import pytest

from domain.core.pooled import begun
from integrations import postgres

pytestmark = pytest.mark.usefixtures("database")
STEPS = 60


async def work() -> None:
    async with begun() as connection:
        await connection.execute_query("SELECT 1")


async def test_a_connection_given_back_is_in_no_transaction_wherever_its_user_was_cancelled() -> None:
    loop, noted = asyncio.get_running_loop(), list[Any]()
    loop.set_exception_handler(lambda _, context: noted.append(context["message"]))
    await work()
    ended = []

    for steps in range(STEPS):
        task = asyncio.create_task(work())
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait({task})
        ended.append(task.cancelled())
        async with postgres.pool().acquire() as connection:
            assert not connection.is_in_transaction()
            assert await connection.fetchval("SELECT pg_current_xact_id_if_assigned()") is None
    loop.set_exception_handler(None)

    assert any(ended)
    assert noted == []
