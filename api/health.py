"""Is the process alive, and can it serve?"""

from typing import Any

import asyncpg
import orjson
from starlette.requests import Request
from starlette.responses import Response
from tortoise import connections
from tortoise.exceptions import BaseORMException

JSON = "application/json"
STATE = """
SELECT (SELECT position FROM sequencer WHERE id = 1) AS position,
    (SELECT max(sequenced_at) FROM event_position) AS last_positioned,
    (SELECT extract(epoch FROM app_clock() - min(recorded_at)) FROM event_unsequenced) AS lag,
    (SELECT count(*) FROM parked_subject) AS parked
"""
SLOW = 10.0
"""Seconds an event may wait for its position before the ticker counts as away."""


async def live(_: Request) -> Response:
    """200 as long as the process answers."""
    return Response(b'{"status":"ok"}', media_type=JSON)


async def ready(_: Request) -> Response:
    """200 where the database answers and is migrated; names what is late. 503 otherwise."""
    try:
        rows = await connections.get("default").execute_query_dict(STATE)
    except (OSError, BaseORMException, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        return _response(503, {"status": "unavailable", "database": type(error).__name__})
    lag = float(rows[0]["lag"] or 0)
    found = {
        "status": "ok",
        "database": "ok",
        "ticker": "ok" if lag < SLOW else "away",
        "unpositionedSeconds": round(lag, 3),
        "position": rows[0]["position"],
        "parkedSubjects": rows[0]["parked"],
    }
    return _response(200, found)


def _response(status: int, found: dict[str, Any]) -> Response:
    return Response(orjson.dumps(found), status, media_type=JSON)
