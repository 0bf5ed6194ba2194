"""What a principal may spend, with a real Redis."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
import redis
from httpx_sse import aconnect_sse
from structlog.testing import capture_logs
from tortoise import connections
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from api.exporting import PAGE
from domain.cases import actions as cases
from domain.cases.states import CaseKind
from domain.people import actions as people
from integrations.redis import Budgets
from integrations.settings import Settings
from tests.api.conftest import Client, served
from tests.builders import SYSTEM, a_person, a_queue, a_team

CASES = "query Cases($n: Int) { cases(first: $n) { nodes { key comments(first: 3) { nodes { id } } } } }"
CLAIM = "mutation($id: ID!) { claimCase(input: {id: $id, expectedVersion: null}) { __typename } }"
FOLLOWS = "subscription { casesChanged { __typename } }"


@asynccontextmanager
async def spender(database: str, bank: str, **settings: Any) -> AsyncIterator[Client]:
    """Somebody with a budget: 100 unless told, of which one comes back each second."""
    given = Settings(**{"cost_capacity": 100, "cost_limit": 100, "cost_restore_rate": 1, **settings})
    async with served(database, given, bank) as url:
        _, secret = await people.issue_token((await a_person("Ada")).id, by=SYSTEM, name="test")
        client = Client(url, secret)
        yield client
        await client.http.aclose()


async def post(client: Client, query: str, **variables: Any) -> Any:
    return await client.http.post("/graphql", json={"query": query, "variables": variables})


async def test_an_answer_tells_what_it_cost_and_what_is_left(database_url: str, redis_url: str) -> None:
    async with spender(database_url, redis_url) as ada:
        answer = await post(ada, CASES, n=10)

    cost = answer.json()["extensions"]["cost"]
    assert cost == {"requested": 40, "actual": 40, "limit": 100, "remaining": 60, "restoreRate": 1}
    assert answer.headers["ratelimit-limit"] == "100"
    assert answer.headers["ratelimit-remaining"] == "60"
    assert answer.headers["ratelimit-reset"] == "40"
    assert answer.headers["ratelimit-policy"] == "100;w=100"


async def test_who_has_spent_too_much_is_told_when_to_come_back(database_url: str, redis_url: str) -> None:
    async with spender(database_url, redis_url) as ada:
        first = [(await post(ada, CASES, n=10)).status_code for _ in range(2)]
        refused = await post(ada, CASES, n=25)
        small = await post(ada, CASES, n=1)

    assert first == [200, 200]
    assert refused.status_code == 429
    (error,) = refused.json()["errors"]
    wait = error["extensions"].pop("retryAfter")
    assert error["extensions"] == {"code": "BUDGET_SPENT", "retryable": True}
    assert "data" not in refused.json()
    assert 70 <= wait <= 80
    assert refused.headers["retry-after"] == refused.headers["ratelimit-reset"] == str(wait)
    assert refused.json()["extensions"]["cost"]["actual"] == 0
    assert small.status_code == 200


async def test_a_budget_comes_back_with_time(database_url: str, redis_url: str) -> None:
    async with spender(database_url, redis_url, cost_restore_rate=1000) as ada:
        async with asyncio.timeout(10):
            answers = [(await post(ada, CASES, n=25)).status_code for _ in range(2)]
            while (await post(ada, CASES, n=25)).status_code != 200:
                pass

    assert answers[0] == 200


async def test_what_came_to_nothing_is_paid_back(database_url: str, redis_url: str) -> None:
    async with spender(database_url, redis_url) as ada:
        failed = await post(ada, 'query { cases(first: 50, after: "nonsense") { nodes { key } } }')
        after = await post(ada, "{ __typename }")

    assert failed.json()["errors"][0]["extensions"]["code"] == "INVALID_CURSOR"
    assert failed.json()["extensions"]["cost"] == {
        "requested": 50, "actual": 1, "limit": 100, "remaining": 99, "restoreRate": 1,
    }  # fmt: skip
    assert after.json()["extensions"]["cost"]["remaining"] == 99


async def test_what_is_refused_as_a_whole_costs_nothing(database_url: str, redis_url: str) -> None:
    async with spender(database_url, redis_url) as ada:
        large = await post(ada, CASES, n=26)
        after = await post(ada, "{ __typename }")

    assert large.json()["extensions"]["cost"] == {"requested": 104, "actual": 0}
    assert after.json()["extensions"]["cost"]["remaining"] == 100


async def test_a_mutation_waits_for_its_budget_and_changes_nothing_without_one(
    database_url: str, redis_url: str
) -> None:
    async with spender(database_url, redis_url) as ada:
        await post(ada, CASES, n=24)
        refused = await post(ada, CLAIM, id="CASE-1")

    assert (refused.status_code, refused.json()["errors"][0]["extensions"]["code"]) == (429, "BUDGET_SPENT")


async def test_everybody_has_a_budget_of_their_own_in_all_processes(database_url: str, redis_url: str) -> None:
    async with spender(database_url, redis_url) as ada:
        _, secret = await people.issue_token((await a_person("Bo")).id, by=SYSTEM, name="test")
        bo = Client(ada.url, secret)
        await post(ada, CASES, n=20)
        theirs = await post(bo, CASES, n=1)
        await bo.http.aclose()
    async with served(database_url, Settings(), redis_url) as elsewhere:
        ada_elsewhere = Client(elsewhere, ada.token)
        same = await post(ada_elsewhere, "{ __typename }")
        await ada_elsewhere.http.aclose()

    assert theirs.json()["extensions"]["cost"]["remaining"] == 96
    assert same.json()["extensions"]["cost"]["remaining"] < same.json()["extensions"]["cost"]["limit"]


async def test_reads_of_the_portable_way_are_paid_for_too(database_url: str, redis_url: str) -> None:
    async with spender(database_url, redis_url, reads="portable") as ada:
        first = await post(ada, CASES, n=20)
        refused = await post(ada, CASES, n=20)

    assert first.json()["extensions"]["cost"]["remaining"] == 20
    assert refused.status_code == 429


async def test_a_subscription_is_paid_for_at_its_start(database_url: str, redis_url: str) -> None:
    async with spender(database_url, redis_url) as ada:
        await post(ada, CASES, n=24)
        headers = {"Authorization": f"Bearer {ada.token}"}
        where = f"ws{ada.url.removeprefix('http')}/graphql"
        async with connect(
            where, subprotocols=[Subprotocol("graphql-transport-ws")], additional_headers=headers
        ) as socket:
            await socket.send(orjson.dumps({"type": "connection_init"}).decode())
            await socket.recv()
            payload = {"query": FOLLOWS}
            await socket.send(orjson.dumps({"type": "subscribe", "id": "1", "payload": payload}).decode())
            told = orjson.loads(await socket.recv())
        events = await ada.http.post("/graphql", json=payload, headers={"Accept": "text/event-stream"})

    assert (told["type"], told["payload"][0]["extensions"]["code"]) == ("error", "BUDGET_SPENT")
    assert told["payload"][0]["extensions"]["cost"]["remaining"] < 10
    assert "BUDGET_SPENT" in events.text
    assert events.status_code == 200
    assert events.headers["retry-after"] == events.headers["ratelimit-reset"]


STORY = 'subscription { caseChanged(id: "CASE-1", after: 0) { position event { __typename } } }'
EVENTS = {"Accept": "text/event-stream"}


async def test_a_stream_tells_its_cost_in_its_head_and_its_first_message(database_url: str, redis_url: str) -> None:
    async with spender(database_url, redis_url) as ada:
        await a_queue(team=(await a_team()).id)
        await cases.open_case("Some words", by=SYSTEM, kind=CaseKind.SERVICE)
        await connections.get("default").execute_query("SELECT * FROM sequence_events(1000)")
        async with aconnect_sse(ada.http, "POST", "/graphql", json={"query": STORY}, headers=EVENTS) as source:
            events = source.aiter_sse()
            first, second = [orjson.loads((await anext(events)).data) for _ in range(2)]

    paid = {"requested": 10, "actual": 10, "limit": 100, "remaining": 90, "restoreRate": 1}
    assert first["extensions"]["cost"] == paid
    assert "cost" not in second["extensions"]
    assert first["extensions"]["position"] == first["data"]["caseChanged"]["position"]
    assert source.response.headers["ratelimit-remaining"] == "90"
    assert source.response.headers["ratelimit-policy"] == "100;w=100"


async def test_a_query_answered_as_events_tells_its_cost_as_any_other(database_url: str, redis_url: str) -> None:
    async with spender(database_url, redis_url) as ada:
        body = {"query": CASES, "variables": {"n": 20}}
        done = await ada.http.post("/graphql", json=body, headers=EVENTS)
        refused = await ada.http.post("/graphql", json=body, headers=EVENTS)

    (answer,) = [orjson.loads(line[6:]) for line in done.text.splitlines() if line.startswith("data: {")]
    (error,) = [orjson.loads(line[6:]) for line in refused.text.splitlines() if line.startswith("data: {")]
    assert (answer["extensions"]["cost"]["actual"], done.headers["ratelimit-remaining"]) == (80, "20")
    assert error["errors"][0]["extensions"]["code"] == "BUDGET_SPENT"
    assert (error["extensions"]["cost"]["requested"], error["extensions"]["cost"]["actual"]) == (80, 0)
    assert int(refused.headers["retry-after"]) == error["errors"][0]["extensions"]["retryAfter"]


LIST = "{ cases(first: 200) { nodes { key queue { key } } } }"


async def test_a_page_of_an_export_costs_what_it_costs_as_a_list(database_url: str, redis_url: str) -> None:
    async with spender(database_url, redis_url, cost_capacity=1000, cost_limit=1000) as ada:
        await a_queue(team=(await a_team()).id)
        await cases.open_case("Some words", by=SYSTEM, kind=CaseKind.SERVICE)
        listed = await post(ada, LIST)
        exported = await ada.http.get("/export/cases", params={"fields": "key,queue.key"})
        refused = await ada.http.get("/export/cases", params={"fields": "key,queue.key"})

    assert listed.json()["extensions"]["cost"]["actual"] == 400
    assert exported.status_code == 200
    assert 200 <= int(exported.headers["ratelimit-remaining"]) < 220
    assert refused.status_code == 429
    assert refused.json()["errors"][0]["extensions"]["code"] == "BUDGET_SPENT"
    assert refused.headers["retry-after"] == refused.headers["ratelimit-reset"]
    assert refused.headers["content-type"].startswith("application/json")


async def test_an_export_waits_for_the_budget_of_its_next_page(database_url: str, redis_url: str) -> None:
    async with spender(database_url, redis_url, cost_capacity=250, cost_limit=250, cost_restore_rate=200) as ada:
        await a_queue(team=(await a_team()).id)
        for _ in range(PAGE + 1):
            await cases.open_case("Some words", by=SYSTEM, kind=CaseKind.SERVICE)
        began = time.monotonic()
        exported = await ada.http.get("/export/cases", params={"fields": "key"})
        took = time.monotonic() - began
        after = await post(ada, "{ __typename }")

    end = orjson.loads(exported.text.splitlines()[-1])
    assert (end["complete"], end["rows"]) == (True, PAGE + 1)
    assert took >= 0.75, "two pages cost 400, of which 150 had to come back"
    assert after.json()["extensions"]["cost"]["remaining"] < 250


async def test_without_redis_requests_are_served(database_url: str, tmp_path: Path) -> None:
    with capture_logs() as lines:
        async with spender(database_url, f"unix://{tmp_path}/nobody.sock") as ada:
            answers = [await post(ada, CASES, n=25) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200] * 3
    assert answers[0].json()["extensions"]["cost"] == {"requested": 100, "actual": 100}
    assert "ratelimit-limit" not in answers[0].headers
    assert [line["event"] for line in lines].count("redis_away") == 1


async def test_budgets_are_kept_again_once_redis_is_back(redis_url: str) -> None:
    silent: list[asyncio.StreamWriter] = []

    async def accept(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        silent.append(writer)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    lost, kept = Budgets(f"redis://127.0.0.1:{port}", capacity=10, rate=1), Budgets(redis_url, capacity=10, rate=1)
    with capture_logs() as lines:
        hung = await asyncio.wait_for(lost.take("ada", 1), 1)
        at_once = lost.take("ada", 1).done()
    taken = await kept.take("ada", 10)
    with redis.Redis.from_url(redis_url) as client:
        left = client.pttl("caseward:cost:ada")
    await lost.close()
    await kept.close()
    for writer in silent:
        writer.close()
    server.close()

    assert (hung, at_once) == (None, True)
    assert [line["event"] for line in lines] == ["redis_away"]
    assert taken is not None
    assert (taken.taken, taken.left) == (True, 0)
    assert 9_000 < left <= 11_000


async def test_of_many_at_once_no_more_is_taken_than_there_is(redis_url: str) -> None:
    budgets = Budgets(redis_url, capacity=100, rate=1)

    found = await asyncio.gather(*(budgets.take("ada", 7) for _ in range(50)))
    await budgets.close()

    assert sum(balance is not None and balance.taken for balance in found) == 14
