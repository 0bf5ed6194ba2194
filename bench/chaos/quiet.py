"""When nothing is under way any more: no work waits, whatever it waits for."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from tortoise import connections

from domain.core import clock

WAITING = {
    "events without a position": "SELECT count(*) FROM event_unsequenced",
    "events not followed": "SELECT (SELECT position FROM sequencer) - (SELECT position FROM consumer"
    " WHERE name = 'reactions')",
    "dirty subjects": "SELECT count(*) FROM dirty_subject",
    "effects pending": "SELECT count(*) FROM effect WHERE state = 'PENDING' AND kind <> 'mirror.poll'",
    "timers overdue": "SELECT count(*) FROM timer WHERE due_at <= app_clock() - interval '1 second'",
    "mirror operations": "SELECT count(*) FROM mirror_operation WHERE state IN ('PENDING', 'IN_DOUBT')",
    "deliveries of Jira": "SELECT count(*) FROM mirror_inbox WHERE state = 'RECEIVED'",
    "links not made": "SELECT count(*) FROM mirror_link WHERE state IN ('PENDING', 'IN_DOUBT')",
    "enforcements under way": "SELECT count(*) FROM enforcement WHERE state IN ('PLANNED', 'DISPATCHED')",
    "notifications": "SELECT count(*) FROM notification WHERE state IN ('PENDING', 'SENDING')",
}


async def rows(sql: str, *given: object) -> list[dict[str, Any]]:
    """What a statement finds."""
    found: list[dict[str, Any]] = await connections.get("default").execute_query_dict(sql, list(given))
    return found


async def waiting() -> dict[str, int]:
    """What is still under way, by name; empty where all is quiet."""
    asked = ", ".join(f'({sql}) AS "{name}"' for name, sql in WAITING.items())
    (found,) = await rows(f"SELECT {asked}")
    return {name: count for name, count in found.items() if count}


async def until_at_rest(patience: float, on_its_way: Callable[[], Awaitable[int]]) -> dict[str, int]:
    """Waits until all is quiet, Jira has been asked once more what changed and knew nothing new, and none of its
    webhooks is ``on_its_way``. What is left where that never was, after ``patience``.
    """
    end = asyncio.get_running_loop().time() + patience
    left: dict[str, int] = {"Jira not asked": 1}
    while left and asyncio.get_running_loop().time() < end:
        found, since = await _found(), await clock.now()
        if await until_polled(since, end - asyncio.get_running_loop().time()):
            left = await until_quiet(end - asyncio.get_running_loop().time())
            news = {"changes in Jira": await _found() - found, "webhooks of Jira": await on_its_way()}
            left |= {name: count for name, count in news.items() if count}
    return left


async def _found() -> int:
    """How many changes asking Jira has brought so far."""
    (cursor,) = await rows("SELECT coalesce(sum(found), 0)::bigint AS n FROM mirror_cursor")
    return int(cursor["n"])


async def until_polled(since: datetime, patience: float) -> bool:
    """Waits until Jira was asked what changed, to the last page, by a walk that began after ``since``; False where that
    took longer than ``patience``.
    """
    end = asyncio.get_running_loop().time() + patience
    while asyncio.get_running_loop().time() < end:
        (cursor,) = await rows("SELECT count(*) AS n, min(polled_at) AS polled_at FROM mirror_cursor")
        if cursor["n"] and cursor["polled_at"] is not None and cursor["polled_at"] > since:
            return True
        await asyncio.sleep(0.5)
    return False


async def until_quiet(patience: float) -> dict[str, int]:
    """Waits until all is quiet twice in a row, a second apart. What is left where it never was, after ``patience``."""
    calm = 0
    left: dict[str, int] = {}
    end = asyncio.get_running_loop().time() + patience
    while asyncio.get_running_loop().time() < end:
        left = await waiting()
        calm = 0 if left else calm + 1
        if calm == 2:
            return {}
        await asyncio.sleep(1.0)
    return left
