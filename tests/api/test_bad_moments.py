"""Clients that leave, databases that are slow, errors nobody expected."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import httpx
import pytest
from tortoise import connections

from api.app import create_app
from domain.cases.models import Case, Lease
from domain.core.actor import Actor
from domain.people import actions as people
from integrations.settings import Settings
from tests.api.conftest import Client
from tests.builders import SYSTEM, a_person, a_queue, a_signal, a_team, an_account

Login = Callable[[Actor], Awaitable[Client]]


@pytest.fixture
async def ada(login: Login) -> Client:
    return await login(await a_person("Ada"))


@asynccontextmanager
async def locked(database_url: str, table: str) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    connection = await asyncpg.connect(database_url)
    try:
        async with connection.transaction():
            await connection.execute(f'LOCK TABLE "{table}" IN ACCESS EXCLUSIVE MODE')
            yield connection
    finally:
        await connection.close()


async def until_waiting(connection: asyncpg.Connection[asyncpg.Record], count: int) -> None:
    """Until so many statements wait for a lock."""
    asked = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation IS NOT NULL"
    for _ in range(500):
        if await connection.fetchval(asked) == count:
            return
        await asyncio.sleep(0.02)
    pytest.fail(f"never {count} waiting")


async def left_waiting(
    client: Client, watching: asyncpg.Connection[asyncpg.Record], query: str, **given: object
) -> None:
    """Sends it, and hangs up once its statement waits for a lock."""
    asking = asyncio.create_task(client.http.post("/graphql", json={"query": query, "variables": given}))
    await until_waiting(watching, 1)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking


async def test_a_query_whose_client_has_gone_is_stopped_in_the_database(ada: Client, database_url: str) -> None:
    async with locked(database_url, "subject") as watching:
        await left_waiting(ada, watching, "{ subjects { nodes { id } } }")
        await until_waiting(watching, 0)


async def test_a_mutation_whose_client_has_gone_is_carried_out(ada: Client, database_url: str) -> None:
    team = await a_team()
    await a_queue(team=team.id)
    filed = await a_signal(await an_account())
    claim = "mutation($input: ClaimCaseInput!) { claimCase(input: $input) { __typename } }"

    async with locked(database_url, "lease") as watching:
        given = {"id": f"CASE-{filed.case.number}", "expectedVersion": None}
        await left_waiting(ada, watching, claim, input=given)

    for _ in range(500):
        if await Lease.filter(case_id=filed.case.id).exists():
            break
        await asyncio.sleep(0.02)
    assert (await Case.get(id=filed.case.id)).state == "IN_REVIEW"


async def test_an_unexpected_error_is_masked_with_an_id_that_is_in_the_log(
    ada: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    await connections.get("default").execute_script("ALTER TABLE subject RENAME COLUMN reach TO secret_name")

    answer = await ada.send("{ subjects { nodes { reach } } viewer { name } }")

    (error,) = answer["errors"]
    assert answer["data"] == {"subjects": None, "viewer": {"name": "Ada"}}
    assert error["extensions"]["code"] == "INTERNAL"
    assert "reach" not in error["message"]
    assert error["extensions"]["errorId"] in capsys.readouterr().out


async def test_readiness_says_when_the_database_is_not_there(url: str) -> None:
    await connections.get("default").execute_script("ALTER TABLE sequencer RENAME TO gone")

    async with httpx.AsyncClient(base_url=url) as http:
        answer = await http.get("/health/ready")

    assert answer.status_code == 503
    assert answer.json()["status"] == "unavailable"


async def test_a_socket_on_which_nothing_can_be_said_ends_instead_of_going_on_silently(database_url: str) -> None:
    app = create_app(Settings(), database_url=database_url)
    said: list[Any] = []
    async with app.router.lifespan_context(app) as state:
        _, secret = await people.issue_token((await a_person("Ada")).id, by=SYSTEM, name="test")
        told = [
            {"type": "connection_init", "payload": {"token": secret}},
            {"type": "subscribe", "id": "1", "payload": {"query": "{ viewer { name } }"}},
        ]
        received = [{"type": "websocket.receive", "text": json.dumps(each)} for each in told]
        coming = iter([{"type": "websocket.connect"}, *received])

        async def receive() -> Any:
            return next(coming, None) or await asyncio.Event().wait()

        async def send(message: Any) -> None:
            if '"next"' in message.get("text", ""):
                raise BrokenPipeError
            said.append(message["type"])

        scope = {
            "type": "websocket", "asgi": {"version": "3.0", "spec_version": "2.4"}, "http_version": "1.1",
            "scheme": "ws", "path": "/graphql", "raw_path": b"/graphql", "root_path": "", "query_string": b"",
            "subprotocols": ["graphql-transport-ws"], "headers": [(b"host", b"desk")], "state": dict(state or {}),
            "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80),
        }  # fmt: skip
        async with asyncio.timeout(10):
            await app(scope, receive, send)

    assert said == ["websocket.accept", "websocket.send"]
