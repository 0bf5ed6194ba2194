"""The same page as one writes it with Strawberry, asyncpg and a data loader per relation, over the same tables.

Documents are parsed and validated once. It knows no viewer and no rights. `python -m bench.reads.plain URL PORT`.
"""

import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import strawberry
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route
from strawberry.asgi import GraphQL
from strawberry.dataloader import DataLoader
from strawberry.extensions import ParserCache, ValidationCache

CASES = 'SELECT * FROM "case" WHERE queue_id = $1 AND state = $2 ORDER BY priority, opened_at, id LIMIT $3'
CONTENTS = "SELECT id, body FROM content WHERE id = ANY ($1::uuid[])"
PEOPLE = "SELECT id, name FROM person WHERE id = ANY ($1::uuid[])"
QUEUES = "SELECT id, key, name FROM queue WHERE id = ANY ($1::uuid[])"
CLOCKS = """
SELECT subject_id, metric, state, due_at FROM sla_clock
WHERE subject_type = 'case' AND subject_id = ANY ($1::uuid[]) ORDER BY due_at, id
"""
COMMENTS = """
SELECT m.* FROM unnest($1::uuid[]) AS asked(id), LATERAL (
    SELECT case_id, body_id FROM case_comment WHERE case_id = asked.id ORDER BY created_at, id LIMIT 3) AS m
"""


def public(prefix: str, id_: UUID) -> strawberry.ID:
    return strawberry.ID(f"{prefix}_{id_.hex}")


class Loaders:
    """Made for each request, as data loaders must be."""

    def __init__(self, pool: "asyncpg.Pool[Any]") -> None:
        self.pool = pool
        self.contents = DataLoader(self._one(CONTENTS))
        self.people = DataLoader(self._one(PEOPLE))
        self.queues = DataLoader(self._one(QUEUES))
        self.clocks = DataLoader(self._many(CLOCKS, "subject_id"))
        self.comments = DataLoader(self._many(COMMENTS, "case_id"))

    def _one(self, sql: str) -> Callable[[Sequence[UUID]], Any]:
        async def load(keys: Sequence[UUID]) -> list[Any]:
            found = {row["id"]: row for row in await self.pool.fetch(sql, keys)}
            return [found.get(key) for key in keys]

        return load

    def _many(self, sql: str, by: str) -> Callable[[Sequence[UUID]], Any]:
        async def load(keys: Sequence[UUID]) -> list[Any]:
            found: dict[UUID, list[Any]] = {key: [] for key in keys}
            for row in await self.pool.fetch(sql, keys):
                found[row[by]].append(row)
            return [found[key] for key in keys]

        return load


Info = strawberry.Info[Loaders, None]


@strawberry.type
class Person:
    id: strawberry.ID
    name: str


@strawberry.type
class Queue:
    key: str
    name: str


@strawberry.type
class Clock:
    metric: str
    state: str
    due_at: datetime


@strawberry.type
class Comment:
    body_id: strawberry.Private[UUID]

    @strawberry.field
    async def text(self, info: Info) -> str | None:
        row = await info.context.contents.load(self.body_id)
        return row["body"] if row else None


@strawberry.type
class Comments:
    nodes: list[Comment]


@strawberry.type
class Case:
    row: strawberry.Private[Any]
    id: strawberry.ID
    key: str
    state: str
    priority: str
    opened_at: datetime

    @strawberry.field
    async def title(self, info: Info) -> str | None:
        row = await info.context.contents.load(self.row["title_id"])
        return row["body"] if row else None

    @strawberry.field
    async def assignee(self, info: Info) -> Person | None:
        if self.row["assignee_id"] is None:
            return None
        row = await info.context.people.load(self.row["assignee_id"])
        return Person(id=public("person", row["id"]), name=row["name"])

    @strawberry.field
    async def queue(self, info: Info) -> Queue | None:
        row = await info.context.queues.load(self.row["queue_id"])
        return Queue(key=row["key"], name=row["name"])

    @strawberry.field
    async def clocks(self, info: Info) -> list[Clock]:
        rows = await info.context.clocks.load(self.row["id"])
        return [Clock(metric=row["metric"], state=row["state"], due_at=row["due_at"]) for row in rows]

    @strawberry.field
    async def comments(self, info: Info) -> Comments:
        rows = await info.context.comments.load(self.row["id"])
        return Comments(nodes=[Comment(body_id=row["body_id"]) for row in rows])


@strawberry.type
class Cases:
    nodes: list[Case]


@strawberry.type
class Query:
    @strawberry.field
    async def cases(self, info: Info, queue: strawberry.ID, first: int = 25) -> Cases:
        id_ = UUID(queue.partition("_")[2])
        rows = await info.context.pool.fetch(CASES, id_, "QUEUED", first)
        return Cases(
            nodes=[
                Case(
                    row=row,
                    id=public("case", row["id"]),
                    key=f"CASE-{row['number']}",
                    state=row["state"],
                    priority=row["priority"],
                    opened_at=row["opened_at"],
                )
                for row in rows
            ]
        )


class Endpoint(GraphQL[Loaders, None]):
    async def get_context(self, request: Any, response: Any) -> Loaders:  # noqa: ARG002 - the names are theirs
        return Loaders(request.state.pool)


def app(url: str) -> Starlette:
    """The endpoint over one database."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[dict[str, object]]:
        async with asyncpg.create_pool(url, min_size=1, max_size=12, server_settings={"jit": "off"}) as pool:
            yield {"pool": pool}

    schema = strawberry.Schema(Query, extensions=[ParserCache, ValidationCache])
    return Starlette(routes=[Route("/graphql", Endpoint(schema, graphql_ide=None))], lifespan=lifespan)


if __name__ == "__main__":
    uvicorn.run(app(sys.argv[1]), port=int(sys.argv[2]), log_level="warning")
