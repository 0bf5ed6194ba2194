"""What lies behind an answer: its cost, its statements, and that it ends when nobody waits for it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import orjson
import pytest
from structlog.testing import capture_logs

from domain.cases.models import Case
from domain.core.actor import Actor
from domain.people import actions as people
from domain.people.roles import Role
from integrations import postgres
from integrations.settings import Settings
from tests.api.conftest import Client, served
from tests.builders import SYSTEM, a_person, a_queue, a_signal, a_team, an_account

Login = Callable[[Actor], Awaitable[Client]]
CASES = """query Cases($n: Int) {
  cases(first: $n) { nodes { key assignee { name } comments(first: 3) { nodes { id } } } } }"""
CLAIM = "mutation($id: ID!) { claimCase(input: {id: $id, expectedVersion: null}) { __typename } }"


@pytest.fixture
async def ada(login: Login) -> Client:
    return await login(await a_person("Ada"))


@pytest.fixture
async def cleo(login: Login) -> Client:
    return await login(await a_person("Cleo", Role.ADMIN))


async def dry(client: Client, query: str, **variables: Any) -> Any:
    body = {"query": query, "variables": variables}
    answer = await client.http.post("/graphql", json=body, headers={"X-Query-Dry-Run": "true"})
    return answer.json()


async def test_every_answer_says_what_was_asked_for_in_the_worst_case(ada: Client) -> None:
    answer = await ada.send(CASES, n=4)

    assert answer["extensions"]["cost"] == {"requested": 4 * (1 + 1 + 3)}


async def test_an_operation_above_the_limit_is_refused_as_a_whole(database_url: str) -> None:
    async with served(database_url, Settings(cost_limit=100)) as url:
        ada = Client(url, await _secret("Ada"))
        headers = {"Accept": "application/graphql-response+json"}

        small = await ada.send(CASES, n=20)
        large = await ada.http.post("/graphql", json={"query": CASES, "variables": {"n": 21}}, headers=headers)
        await ada.http.aclose()

    assert small["extensions"]["cost"] == {"requested": 100}
    assert large.status_code == 400
    (error,) = large.json()["errors"]
    assert error["extensions"] == {"code": "COST_LIMIT", "retryable": False}
    assert "data" not in large.json()
    assert large.json()["extensions"]["cost"] == {"requested": 105}


async def test_a_dry_run_tells_cost_and_to_those_who_may_the_statements(ada: Client, cleo: Client) -> None:
    plain = await dry(ada, CASES, n=2)
    told = await dry(cleo, CASES, n=2)

    assert plain == {"data": None, "extensions": {"cost": {"requested": 10}, "deprecations": []}}
    (statement,) = told["extensions"]["statements"]
    assert statement["path"] == ["cases"]
    assert 'FROM "case" AS' in statement["sql"]
    assert set(statement) == {"path", "sql"}


async def test_a_dry_run_of_a_mutation_changes_nothing(login: Login) -> None:
    team = await a_team()
    await a_queue(team=team.id)
    ada = await login(await a_person("Ada", team=team.id))
    case = (await a_signal(await an_account())).case

    answer = await dry(ada, CLAIM, id=f"CASE-{case.number}")

    assert answer["extensions"]["cost"] == {"requested": 10 + 1}
    assert (await Case.get(id=case.id)).version == case.version


async def test_a_dry_run_says_what_is_wrong(ada: Client) -> None:
    invalid = await dry(ada, "{ nothing }")
    page = await dry(ada, CASES, n=201)

    assert invalid["errors"][0]["extensions"]["code"] == "INVALID_DOCUMENT"
    assert (page["data"], page["errors"][0]["extensions"]["code"]) == (None, "INVALID_PAGE")


async def test_whoever_may_explains_a_query_in_its_answer(cleo: Client) -> None:
    answer = await cleo.send(CASES, {"explain": True}, n=2)

    (told,) = answer["extensions"]["explain"]
    assert answer["data"] == {"cases": {"nodes": []}}
    assert told["path"] == ["cases"]
    assert told["milliseconds"] > 0
    assert "Node Type" in told["plan"][0]["Plan"]


async def test_explaining_needs_a_permission_of_its_own_and_a_query(ada: Client, cleo: Client) -> None:
    refused = await ada.send(CASES, {"explain": True}, n=2)
    mutation = await cleo.send(CLAIM, {"explain": True}, id="CASE-1")

    (error,) = refused["errors"]
    assert error["extensions"]["code"] == "FORBIDDEN"
    assert "query.explain" in error["message"]
    assert "data" not in refused
    assert mutation["errors"][0]["extensions"]["code"] == "VALIDATION_FAILED"


@pytest.mark.parametrize("query", [CASES, CLAIM, "subscription { casesChanged { __typename } }"])
async def test_without_the_compiler_there_is_no_dry_run_and_a_code_says_so(database_url: str, query: str) -> None:
    async with served(database_url, Settings(reads="portable")) as url:
        cleo = Client(url, await _secret("Cleo", Role.ADMIN))
        headers = {"X-Query-Dry-Run": "true", "Accept": "application/graphql-response+json, text/event-stream;q=0.1"}

        answer = await cleo.http.post("/graphql", json={"query": query, "variables": {"id": "CASE-1"}}, headers=headers)
        await cleo.http.aclose()

    assert answer.json()["errors"][0]["extensions"]["code"] == ("NOT_COMPILED" if query[0] != "s" else "NOT_ACCEPTABLE")
    assert "data" not in answer.json()


async def test_without_the_compiler_nothing_is_explained_and_a_code_says_so(database_url: str) -> None:
    async with served(database_url, Settings(reads="portable")) as url:
        cleo, ada = Client(url, await _secret("Cleo", Role.ADMIN)), Client(url, await _secret("Ada"))

        explained, plain = await cleo.send(CASES, {"explain": True}, n=2), await cleo.send(CASES, n=2)
        forbidden = await ada.send(CASES, {"explain": True}, n=2)
        for each in (cleo, ada):
            await each.http.aclose()

    assert explained["errors"][0]["extensions"]["code"] == "NOT_COMPILED"
    assert "data" not in explained
    assert plain["data"] == {"cases": {"nodes": []}}
    assert forbidden["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_a_slow_read_is_logged_with_its_request(database_url: str) -> None:
    async with served(database_url, Settings(slow_read_seconds=0.0)) as url:
        ada = Client(url, await _secret("Ada"))
        with capture_logs() as lines:
            answer = await ada.http.post("/graphql", json={"query": CASES}, headers={"X-Request-Id": "abc-123"})
        await ada.http.aclose()

    (line,) = [line for line in lines if line["event"] == "slow_read"]
    assert answer.status_code == 200
    assert (line["operation"], line["path"], line["request_id"]) == ("Cases", "cases", "abc-123")


async def test_postgresql_itself_ends_a_statement_of_the_api_that_lasts(url: str) -> None:
    assert url
    assert await postgres.pool().fetchval("SHOW statement_timeout") == "30s"


async def test_a_query_whose_client_has_gone_is_cancelled_in_the_database(ada: Client, database_url: str) -> None:
    async with locked(database_url) as watcher:
        await leave(ada, {"query": "{ cases { nodes { key } } }"}, watcher)

        while await waiting(watcher):
            pass

    assert (await ada("{ cases { nodes { key } } }"))["cases"] == {"nodes": []}


async def test_a_mutation_whose_client_has_gone_is_carried_out(login: Login, database_url: str) -> None:
    team = await a_team()
    await a_queue(team=team.id)
    ada = await login(await a_person("Ada", team=team.id))
    case = (await a_signal(await an_account())).case
    query = {"query": "{ cases { nodes { key } } }"}

    async with locked(database_url) as watcher:
        await leave(ada, {"query": CLAIM, "variables": {"id": f"CASE-{case.number}"}}, watcher)
        await leave(ada, query, watcher, among=2)
        while await waiting(watcher) > 1:
            pass

        assert await waiting(watcher) == 1

    async with asyncio.timeout(10):
        while (await Case.get(id=case.id)).state != "IN_REVIEW":
            pass


async def _secret(name: str, *roles: Role) -> str:
    _, secret = await people.issue_token((await a_person(name, *roles)).id, by=SYSTEM, name="test")
    return secret


@asynccontextmanager
async def locked(url: str) -> AsyncIterator[asyncpg.Connection]:
    """The cases cannot be read until the block ends; gives a connection that sees who waits for that."""
    holder, watcher = await asyncpg.connect(url), await asyncpg.connect(url)
    async with asyncio.timeout(10), holder.transaction():
        await holder.execute('LOCK TABLE "case" IN ACCESS EXCLUSIVE MODE')
        yield watcher
    await holder.close()
    await watcher.close()


async def waiting(watcher: asyncpg.Connection) -> int:
    """How many statements wait for the lock."""
    found: int = await watcher.fetchval(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    return found


async def leave(client: Client, body: dict[str, Any], watcher: asyncpg.Connection, *, among: int = 1) -> None:
    """Sends a request, and hangs up once its statement waits."""
    at, payload = urlsplit(client.url), orjson.dumps(body)
    _, writer = await asyncio.open_connection(at.hostname, at.port)
    head = f"POST /graphql HTTP/1.1\r\nHost: {at.netloc}\r\nAuthorization: Bearer {client.token}\r\n"
    head += f"Content-Type: application/json\r\nContent-Length: {len(payload)}\r\n\r\n"
    writer.write(head.encode() + payload)
    await writer.drain()
    while await waiting(watcher) < among:
        pass
    writer.close()
    await writer.wait_closed()
