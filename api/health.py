"""Is the process alive, and can it serve?"""

from pathlib import Path
from typing import Any

import asyncpg
import orjson
from starlette.requests import Request
from starlette.responses import Response
from tortoise import connections
from tortoise.exceptions import BaseORMException

import migrations

JSON = "application/json"
STATE = """
SELECT (SELECT position FROM sequencer WHERE id = 1) AS position,
    (SELECT extract(epoch FROM app_clock() - min(recorded_at)) FROM event_unsequenced) AS unpositioned,
    (SELECT extract(epoch FROM app_clock() - min(due_at)) FROM timer WHERE parked_at IS NULL) AS overdue,
    (SELECT extract(epoch FROM clock_timestamp() - ticked_at) FROM ticker) AS silent,
    (SELECT array_agg(name) FROM tortoise_migrations) AS applied,
    (SELECT count(*) FROM parked_subject) AS parked
"""
SLOW = 10.0
"""Seconds without a sign of life, or that anything may wait for the ticker, before it counts as away."""

MIGRATIONS = frozenset(path.stem for path in Path(migrations.__file__ or "").parent.glob("[0-9]*.py"))


async def live(_: Request) -> Response:
    """200 as long as the process answers."""
    return Response(b'{"status":"ok"}', media_type=JSON)


async def ready(_: Request) -> Response:
    """200 where the database answers and is migrated; names what is late. 503 otherwise."""
    try:
        rows = await connections.get("default").execute_query_dict(STATE)
    except (OSError, BaseORMException, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        return _response(503, {"status": "unavailable", "database": type(error).__name__})
    state = rows[0]
    pending = sorted(MIGRATIONS - set(state["applied"] or ()))
    late = max(float(state["unpositioned"] or 0), float(state["overdue"] or 0), 0.0)
    silent = SLOW if state["silent"] is None else float(state["silent"])
    found = {
        "status": "unavailable" if pending else "ok",
        "database": "ok",
        "pendingMigrations": pending,
        "ticker": "ok" if max(late, silent) < SLOW else "away",
        "lateSeconds": round(late, 3),
        "position": state["position"],
        "parkedSubjects": state["parked"],
    }
    return _response(503 if pending else 200, found)


def _response(status: int, found: dict[str, Any]) -> Response:
    return Response(orjson.dumps(found), status, media_type=JSON)
