"""The API as clients meet it: a real server on a port of its own, over a database of its own."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import uvicorn

from api.app import create_app
from api.webhooks import Source
from domain.core.actor import Actor
from domain.people import actions as people
from integrations.settings import Settings
from tests.builders import SYSTEM


class Client:
    """Speaks GraphQL over HTTP as one account."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url
        self.token = token
        self.http = httpx.AsyncClient(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=20)

    async def __call__(self, query: str, /, extensions: dict[str, Any] | None = None, **variables: Any) -> Any:
        """The data; fails on any error."""
        answer = await self.send(query, extensions, **variables)
        assert "errors" not in answer, answer
        return answer["data"]

    async def send(
        self, query: str, /, extensions: dict[str, Any] | None = None, *, key: str | None = None, **variables: Any
    ) -> Any:
        """The whole answer; ``key`` is the request's idempotency key."""
        body = {"query": query, "variables": variables, "extensions": extensions}
        headers = {} if key is None else {"Idempotency-Key": key}
        return (await self.http.post("/graphql", json=body, headers=headers)).json()


class Server(uvicorn.Server):
    """Ends when it is told to: uvicorn's own looks ten times a second."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ending = asyncio.Event()

    async def main_loop(self) -> None:
        await self.on_tick(0)
        await self.ending.wait()


@asynccontextmanager
async def served(
    url: str, settings: Settings | None = None, redis_url: str = "", **sources: Source
) -> AsyncIterator[str]:
    """Serves until the block ends; gives the address."""
    app = create_app(settings or Settings(), database_url=url, redis_url=redis_url, sources=sources)
    server = Server(uvicorn.Config(app, port=0, log_level="warning", lifespan="on", ws="websockets-sansio"))
    task = asyncio.create_task(server.serve())
    while not server.started:
        assert not task.done(), task
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.ending.set()
        await task


@pytest.fixture
async def url(database_url: str) -> AsyncIterator[str]:
    """Where the API listens; Tortoise is connected by it."""
    async with served(database_url) as found:
        yield found


@pytest.fixture
async def login(url: str) -> AsyncIterator[Callable[[Actor], Awaitable[Client]]]:
    """A client with a token of this actor's."""
    made: list[Client] = []

    async def login_as(actor: Actor) -> Client:
        _, secret = await people.issue_token(actor.id, by=SYSTEM, name="test")
        made.append(Client(url, secret))
        return made[-1]

    yield login_as
    for client in made:
        await client.http.aclose()
