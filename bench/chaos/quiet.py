"""When nothing is under way any more: no work waits, whatever it waits for."""

import asyncio
from typing import Any

from tortoise import connections

WAITING = {
    "events without a position": "SELECT count(*) FROM event_unsequenced",
    "events not followed": "SELECT (SELECT position FROM sequencer) - (SELECT position FROM consumer"
    " WHERE name = 'reactions')",
    "dirty subjects": "SELECT count(*) FROM dirty_subject",
    "effects pending": "SELECT count(*) FROM effect WHERE state = 'PENDING'",
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
