"""A claim without anything but its rows: ``python -m bench.claiming URL PORT`` answers ``{"case": …, "person": …}``.

It runs in one transaction what a claim of Caseward runs, with every value known beforehand: no rights, no rule, no
fold, no GraphQL. The answer is the JSON that PostgreSQL makes of the case.
"""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from domain.core.ids import new_id

LENGTH = timedelta(minutes=15)

KEY = """
INSERT INTO idempotency_key (id, principal_id, key, field, input_hash, outcome, created_at)
VALUES ($1, $2, $3, 'claimCase', $4, $5, app_clock()) ON CONFLICT (principal_id, key, field) DO NOTHING
"""
LOCKED = 'SELECT * FROM "case" WHERE id = $1 FOR UPDATE'
LEASE = "SELECT app_clock() AS now, (SELECT id FROM lease WHERE case_id = $1 AND released_at IS NULL) AS lease"
MOVED = """
UPDATE "case" SET version = $2, updated_at = $3, state = 'IN_REVIEW', hold_reason = NULL, hold_until = NULL,
    resolved_at = NULL, resolution = NULL, assignee_id = $4 WHERE id = $1
"""
GRANTED = """
INSERT INTO lease (id, case_id, holder_id, token, acquired_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)
"""
ARMED = """
INSERT INTO timer (id, kind, subject_type, subject_id, due_at, armed_at)
VALUES ($1, 'LEASE', 'case', $2, $3, app_clock())
"""
MET = """
WITH met AS (
    UPDATE sla_clock SET state = 'MET', stopped_at = $2, running_since = NULL, elapsed_base = 0, digest = $3
    WHERE subject_type = 'case' AND subject_id = $1 RETURNING id
), ended AS (UPDATE sla_segment s SET ended_at = $2, seq = $4 FROM met m WHERE s.clock_id = m.id)
INSERT INTO sla_transition (id, clock_id, number, type, at, detected_at, revision, cause, seq)
SELECT $5, m.id, 1, 'FULFIL', $2, $2, 1, 'STOP', $4 FROM met m
"""
DISARMED = "DELETE FROM timer WHERE kind = 'SLA' AND subject_type = 'case' AND subject_id = $1"
LISTED = "UPDATE case_worklist SET state = 'IN_REVIEW', stage = 3, assignee_id = $2, due_at = NULL WHERE id = $1"
ANSWER = """
SELECT json_build_object('id', 'case_' || replace(c.id::text, '-', ''), 'key', 'CASE-' || c.number, 'state', c.state,
    'version', c.version, 'lease', json_build_object('token', l.token, 'expiresAt', l.expires_at),
    'assignee', json_build_object('id', 'person_' || replace(p.id::text, '-', ''), 'name', p.name))::text
FROM "case" c JOIN lease l ON l.case_id = c.id AND l.released_at IS NULL JOIN person p ON p.id = c.assignee_id
WHERE c.id = $1
"""


def told(case_id: UUID, person: UUID, lease: UUID) -> str:
    """The event, as the log's function takes it."""
    payload = {"from_state": "QUEUED", "to_state": "IN_REVIEW", "lease_id": lease, "holder_id": person}
    event = {
        "subject_type": "case",
        "subject_id": case_id,
        "kind": "CaseClaimed",
        "schema_version": 1,
        "actor_id": person,
        "actor_kind": "HUMAN",
        "origin": "LIVE",
        "tool": "GRAPHQL",
        "payload": payload | {"assignee_id": person},
    }
    return orjson.dumps([event]).decode()


async def claim(connection: Any, case_id: UUID, person: UUID) -> None:
    """The rows of one claim."""
    lease, outcome = new_id(), '{"case": {"uuid": null}}'
    async with connection.transaction():
        await connection.execute(KEY, new_id(), person, str(case_id), "0" * 64, outcome)
        await connection.fetchrow(LOCKED, case_id)
        now = (await connection.fetchrow(LEASE, case_id))["now"]
        event = await connection.fetchrow("SELECT * FROM append_events($1::jsonb)", told(case_id, person, lease))
        await connection.execute(MOVED, case_id, event["event_seq"], event["event_recorded_at"], person)
        await connection.execute(GRANTED, lease, case_id, person, new_id(), now, now + LENGTH)
        await connection.execute(ARMED, new_id(), case_id, now + LENGTH)
        await connection.execute(MET, case_id, event["event_recorded_at"], "0" * 32, event["event_seq"], new_id())
        await connection.execute(DISARMED, case_id)
        await connection.execute(LISTED, case_id, person)


def app(url: str) -> Starlette:
    """The endpoint over one database."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[dict[str, object]]:
        async with asyncpg.create_pool(url, min_size=1, max_size=12, server_settings={"jit": "off"}) as pool:
            yield {"pool": pool}

    async def answer(request: Request) -> Response:
        given = orjson.loads(await request.body())
        async with request.state.pool.acquire() as connection:
            await claim(connection, UUID(given["case"]), UUID(given["person"]))
            found = await connection.fetchval(ANSWER, UUID(given["case"]))
        return Response(found, media_type="application/json")

    return Starlette(routes=[Route("/graphql", answer, methods=["POST"])], lifespan=lifespan)


if __name__ == "__main__":
    uvicorn.run(app(sys.argv[1]), port=int(sys.argv[2]), log_level="warning")
