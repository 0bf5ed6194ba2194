"""The very statements of Caseward's claims, run without Caseward: ``python -m bench.recorded FILE URL PORT``.

``recording`` has Caseward claim cases of a copy of the database and notes what it said to PostgreSQL meanwhile: the
login, the transaction and the answer, values and all. The endpoint takes ``{"case": …}``, says the same about the same
case of the database that was copied, over connections set up alike, and answers with what the last one returned.
"""

import pickle
import sys
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.app import create_app
from caseward.wiring import wire
from integrations.postgres import credentials, pool
from integrations.settings import Settings

BEGIN, COMMIT = "BEGIN;", "COMMIT;"
SELDOM = 0.02
"""Of all claims, how many may say something more: what a connection or a minute looks up or notes once."""


class Astray(Exception):
    """Claims are too unlike for a recording, or say not all of it in one transaction."""


@dataclass(slots=True)
class Recording:
    """``before``, ``within`` and ``after`` the transaction: SQL. ``values``: by case, each of these statements'."""

    before: list[str] = field(default_factory=list)
    within: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)
    values: dict[UUID, list[tuple[Any, ...]]] = field(default_factory=dict)

    def add(self, case_id: UUID, said: Sequence[tuple[str, tuple[Any, ...]]]) -> bool:
        """One more claim; says whether it was as those before, and leaves it out where it was not."""
        texts = [sql for sql, _ in said]
        if texts.count(BEGIN) != 1 or texts.count(COMMIT) != 1:
            raise Astray(texts)
        begun, ended = texts.index(BEGIN), texts.index(COMMIT)
        found = texts[:begun], texts[begun + 1 : ended], texts[ended + 1 :]
        if not self.values:
            self.before, self.within, self.after = found
        if (self.before, self.within, self.after) != found:
            return False
        self.values[case_id] = [values for sql, values in said if sql not in {BEGIN, COMMIT}]
        return True


async def recording(url: str, token: str, claims: Iterable[tuple[UUID, dict[str, Any]]]) -> Recording:
    """What is said for each claim: a case, and the body that asks for it. One after the other, 150 a second; the first,
    and the few that say more than the second did, are left out."""
    wire()
    found, said, unlike = Recording(), list[tuple[str, tuple[Any, ...]]](), 0
    app = create_app(Settings(), database_url=url)
    async with app.router.lifespan_context(app) as state:
        await _listen(lambda query: said.append((query.query, query.args)))
        transport = httpx.ASGITransport(partial(_with_state, app, state))
        async with httpx.AsyncClient(transport=transport, base_url="http://desk") as client:
            for number, (case_id, body) in enumerate(claims):
                said.clear()
                login = {"Authorization": f"Bearer {token}", "Idempotency-Key": str(case_id)}
                answer = await client.post("/graphql", json=body, headers=login)
                answer.raise_for_status()
                if number:
                    unlike += not found.add(case_id, said)
    if unlike > SELDOM * len(found.values) + 1:
        raise Astray(f"{unlike} of {unlike + len(found.values)}")
    return found


async def _with_state(app: Starlette, state: dict[str, Any], scope: Any, receive: Any, send: Any) -> None:
    await app({**scope, "state": dict(state)}, receive, send)


async def _listen(told: Any) -> None:
    """Every connection the pool may have, opened and listened to."""
    async with AsyncExitStack() as held:
        for _ in range(pool().get_max_size()):
            connection = await held.enter_async_context(pool().acquire())
            connection.add_query_logger(told)


def served(url: str, found: Recording) -> Starlette:
    """The endpoint over the database that was copied."""
    given = credentials(url)
    given |= {"min_size": given.pop("minsize"), "max_size": given.pop("maxsize")}

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[dict[str, object]]:
        async with asyncpg.create_pool(**given) as connections:
            yield {"pool": connections}

    async def answer(request: Request) -> Response:
        values = iter(found.values[UUID(orjson.loads(await request.body())["case"])])
        async with request.state.pool.acquire() as connection:
            for sql in found.before:
                await connection.fetch(sql, *next(values))
            async with connection.transaction():
                for sql in found.within:
                    await connection.fetch(sql, *next(values))
            for sql in found.after:
                told = await connection.fetchval(sql, *next(values))
        return Response(told, media_type="application/json")

    return Starlette(routes=[Route("/graphql", answer, methods=["POST"])], lifespan=lifespan)


def kept(found: Recording, path: Path) -> Path:
    """The recording as a file, for the endpoint's own process."""
    path.write_bytes(pickle.dumps(found))
    return path


if __name__ == "__main__":
    # nobody but the measurement wrote the file
    taken: Recording = pickle.loads(Path(sys.argv[1]).read_bytes())  # noqa: S301
    uvicorn.run(served(sys.argv[2], taken), port=int(sys.argv[3]), log_level="warning")
