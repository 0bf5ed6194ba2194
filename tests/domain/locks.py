"""Statements that wait for one another: how races are made to happen."""

import asyncio
from typing import Any

_WAITING = """
SELECT count(*) AS statements, count(*) FILTER (WHERE EXISTS (
    SELECT 1 FROM unnest(pg_blocking_pids(w.pid)) AS other WHERE w.pid = ANY (pg_blocking_pids(other)))) AS in_circles
FROM pg_stat_activity w WHERE w.datname = current_database() AND w.wait_event_type = 'Lock'
"""


async def wait_for_a_lock(connection: Any, *, statements: int = 1) -> None:
    """Until so many statements wait for a lock that another has."""
    async with asyncio.timeout(10):
        while (await connection.fetchrow(_WAITING))["statements"] < statements:
            pass


async def in_circles(connection: Any) -> int:
    """How many statements wait now for one that waits for them."""
    found: int = (await connection.fetchrow(_WAITING))["in_circles"]
    return found
