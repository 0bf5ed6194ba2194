"""The floor: one endpoint that returns the JSON PostgreSQL makes of a statement written by hand, and nothing else.

It knows no GraphQL, no viewer and no rights: `GET /?queue=…`. Run as `python -m bench.reads.floor URL PORT`.
"""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

PAGE = """
SELECT json_build_object('data', json_build_object('cases', json_build_object('nodes', json_agg(json_build_object(
    'id', 'case_' || replace(c.id::text, '-', ''), 'key', 'CASE-' || c.number, 'state', c.state,
    'priority', c.priority, 'openedAt', to_char(c.opened_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    'title', (SELECT body FROM content WHERE id = c.title_id),
    'assignee', (SELECT json_build_object('id', 'person_' || replace(p.id::text, '-', ''), 'name', p.name)
        FROM person p WHERE p.id = c.assignee_id),
    'queue', (SELECT json_build_object('key', q.key, 'name', q.name) FROM queue q WHERE q.id = c.queue_id),
    'clocks', (SELECT json_agg(json_build_object('metric', s.metric, 'state', s.state,
        'dueAt', to_char(s.due_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')) ORDER BY s.due_at, s.id)
        FROM sla_clock s WHERE s.subject_type = 'case' AND s.subject_id = c.id),
    'comments', (SELECT json_build_object('nodes', json_agg(json_build_object(
        'text', (SELECT body FROM content WHERE id = m.body_id))))
        FROM (SELECT body_id FROM case_comment WHERE case_id = c.id ORDER BY created_at, id LIMIT 3) m)
)))))::text
FROM (
    SELECT id, number, state, priority, opened_at, title_id, assignee_id, queue_id FROM "case"
    WHERE queue_id = $1 AND state = 'QUEUED' ORDER BY priority, opened_at, id LIMIT 50
) c
"""


async def _as_it_is(_: object) -> None:
    """A connection goes to the next without a round trip in between: one SELECT leaves nothing behind."""


def app(url: str) -> Starlette:
    """The endpoint over one database."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[dict[str, object]]:
        async with asyncpg.create_pool(
            url, min_size=1, max_size=12, reset=_as_it_is, server_settings={"jit": "off"}
        ) as pool:
            yield {"pool": pool}

    async def page(request: Request) -> Response:
        found = await request.state.pool.fetchval(PAGE, UUID(request.query_params["queue"]))
        return Response(found, media_type="application/json")

    return Starlette(routes=[Route("/", page)], lifespan=lifespan)


if __name__ == "__main__":
    uvicorn.run(app(sys.argv[1]), port=int(sys.argv[2]), log_level="warning")
