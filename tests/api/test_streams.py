"""Following a case over SSE and WebSocket: nothing missed, nothing repeated, rights checked as it runs."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from httpx_sse import ServerSentEvent, aconnect_sse
from tortoise import connections
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from domain.cases import actions as cases
from domain.cases.models import Case
from domain.cases.states import CaseKind, Sensitivity
from domain.core.actor import Actor
from domain.people import actions as people
from domain.people.roles import Role
from tests.api.conftest import Client
from tests.builders import SYSTEM, a_person, a_queue, a_signal, a_team, an_account

Login = Callable[[Actor], Awaitable[Client]]
FOLLOW = """subscription($id: ID!, $after: Long) { caseChanged(id: $id, after: $after) {
    position case { key state } event { __typename seq ... on CaseCommented { text } } } }"""


class Desk:
    """A queued case and Ada, who follows it."""

    def __init__(self, case: Case, actor: Actor, ada: Client) -> None:
        self.case = case
        self.actor = actor
        self.ada = ada
        self.key = f"CASE-{case.number}"

    async def say(self, *texts: str) -> None:
        for text in texts:
            await cases.comment(self.case.id, by=self.actor, text=text)
        await sequence()


async def sequence() -> None:
    await connections.get("default").execute_query("SELECT * FROM sequence_events(1000)")


@pytest.fixture
async def desk(login: Login) -> Desk:
    team = await a_team()
    await a_queue(team=team.id)
    ada = await a_person("Ada", team=team.id)
    filed = await a_signal(await an_account())
    await sequence()
    return Desk(filed.case, ada, await login(ada))


@asynccontextmanager
async def following(
    client: Client, last: str | None = None, **variables: Any
) -> AsyncIterator[AsyncIterator[ServerSentEvent]]:
    headers = {"Accept": "text/event-stream"} | ({"Last-Event-ID": last} if last else {})
    body = {"query": FOLLOW, "variables": variables}
    async with aconnect_sse(client.http, "POST", "/graphql", json=body, headers=headers) as source:
        assert source.response.status_code == 200
        yield source.aiter_sse()


def told(event: ServerSentEvent) -> Any:
    answer = json.loads(event.data)
    assert "errors" not in answer, answer
    return answer["data"]["caseChanged"]


async def test_changes_arrive_in_order_with_the_case_as_it_is(desk: Desk) -> None:
    async with following(desk.ada, id=desk.key, after=0) as events:
        opened = [told(await anext(events)) for _ in range(3)]
        await desk.say("one")
        said = told(await anext(events))

    assert [change["event"]["__typename"] for change in opened] == ["CaseOpened", "CaseQueued", "SignalAttached"]
    assert said["event"] == {"__typename": "CaseCommented", "seq": 4, "text": "one"}
    assert said["case"] == {"key": desk.key, "state": "QUEUED"}


async def test_who_comes_back_with_the_last_event_id_misses_nothing_and_sees_nothing_twice(desk: Desk) -> None:
    async with following(desk.ada, id=desk.key, after=0) as events:
        seen = [await anext(events) for _ in range(2)]
    await desk.say("while away", "and again")

    async with following(desk.ada, last=seen[-1].id, id=desk.key, after=0) as events:
        later = [told(await anext(events)) for _ in range(3)]

    assert [change["event"]["seq"] for change in later] == [3, 4, 5]
    assert int(seen[-1].id) == told(seen[-1])["position"]


async def test_without_a_position_only_what_comes_is_told(desk: Desk) -> None:
    async with following(desk.ada, id=desk.key) as events:
        waiting = asyncio.ensure_future(anext(events))
        for number in range(100):
            await desk.say(f"fresh {number}")
            await asyncio.wait({waiting}, timeout=0.05)
            if waiting.done():
                break
        change = told(waiting.result())

    assert change["event"]["__typename"] == "CaseCommented"
    assert change["event"]["text"].startswith("fresh")


async def test_a_revoked_token_ends_the_stream(desk: Desk, url: str) -> None:
    token, secret = await people.issue_token(desk.actor.id, by=SYSTEM, name="short")
    client = Client(url, secret)

    async with following(client, id=desk.key, after=0) as events:
        for _ in range(3):
            await anext(events)
        await people.revoke_token(token.id, by=SYSTEM)
        last = [event async for event in events]
    await client.http.aclose()

    assert json.loads(last[0].data)["errors"][0]["extensions"]["code"] == "TOKEN_INVALID"
    assert last[-1].event == "complete"


async def refused(client: Client, **variables: Any) -> Any:
    """The one event a refused subscription consists of, its errors as one."""
    async with following(client, **variables) as events:
        first, last = [event async for event in events]
    assert last.event == "complete"
    answer = json.loads(first.data)
    (error,) = answer["errors"]
    assert not answer.get("data")
    return error


async def test_a_case_that_may_not_be_seen_is_refused_like_one_that_is_not_there(desk: Desk, login: Login) -> None:
    flagger = await login(await an_account("flagger", Role.FLAGGER))
    secret = await cases.open_case("Secret", by=SYSTEM, kind=CaseKind.SERVICE, sensitivity=Sensitivity.RESTRICTED)
    await sequence()

    answers = [
        await refused(flagger, id=desk.key, after=0),
        await refused(flagger, id="CASE-99999"),
        await refused(desk.ada, id=f"CASE-{secret.number}", after=0),
        await refused(desk.ada, id="CASE-99999"),
    ]

    assert {answer["extensions"]["code"] for answer in answers} == {"NOT_FOUND"}
    assert answers[0] == json.loads(json.dumps(answers[1]).replace("CASE-99999", desk.key))
    assert answers[2] == json.loads(json.dumps(answers[3]).replace("CASE-99999", f"CASE-{secret.number}"))


async def test_a_case_that_is_hidden_meanwhile_ends_its_stream(desk: Desk) -> None:
    async with following(desk.ada, id=desk.key, after=0) as events:
        for _ in range(3):
            await anext(events)
        await Case.filter(id=desk.case.id).update(sensitivity=Sensitivity.RESTRICTED)
        await cases.comment(desk.case.id, by=SYSTEM, text="Not for everybody")
        await sequence()
        rest = [event async for event in events]

    assert "Not for everybody" not in rest[0].data
    assert json.loads(rest[0].data)["errors"][0]["extensions"]["code"] == "NOT_FOUND"
    assert rest[-1].event == "complete"


@pytest.mark.parametrize("after", [-5, 10**12])
async def test_a_position_the_log_never_gave_is_refused(desk: Desk, after: int) -> None:
    error = await refused(desk.ada, id=desk.key, after=after)

    assert error["extensions"]["code"] == "INVALID_POSITION"
    assert error["extensions"]["argumentPath"] == ["after"]


async def test_a_last_event_id_the_log_never_gave_is_refused(desk: Desk) -> None:
    async with following(desk.ada, last=str(10**12), id=desk.key) as events:
        first = await anext(events)

    assert json.loads(first.data)["errors"][0]["extensions"]["code"] == "INVALID_POSITION"


async def test_queries_and_errors_travel_as_events_too(desk: Desk) -> None:
    headers = {"Accept": "text/event-stream"}

    async def events(query: str) -> list[ServerSentEvent]:
        async with aconnect_sse(desk.ada.http, "POST", "/graphql", json={"query": query}, headers=headers) as source:
            return [event async for event in source.aiter_sse()]

    good, bad = await events("{ viewer { name } }"), await events("{ nope }")

    assert [event.event for event in good] == ["next", "complete"]
    assert json.loads(good[0].data)["data"] == {"viewer": {"name": "Ada"}}
    assert json.loads(bad[0].data)["errors"][0]["extensions"]["code"] == "INVALID_DOCUMENT"


async def test_a_subscription_over_plain_post_is_refused(desk: Desk) -> None:
    answer = await desk.ada.http.post("/graphql", json={"query": FOLLOW, "variables": {"id": desk.key}})

    assert answer.status_code == 406


@asynccontextmanager
async def socket(client: Client, *, token: str | None = None, **more: Any) -> AsyncIterator[ClientConnection]:
    url = client.url.replace("http", "ws") + "/graphql"
    async with connect(url, subprotocols=["graphql-transport-ws"], **more) as opened:  # type: ignore[list-item]
        await send(opened, type="connection_init", payload={"Authorization": f"Bearer {token or client.token}"})
        yield opened


async def send(opened: ClientConnection, **message: Any) -> None:
    await opened.send(json.dumps(message))


async def receive(opened: ClientConnection) -> Any:
    frame = await asyncio.wait_for(opened.recv(), 10)
    assert isinstance(frame, str)
    return json.loads(frame)


async def test_a_websocket_follows_and_resumes_beside_a_mistake_that_does_not_close_it(desk: Desk) -> None:
    async with socket(desk.ada) as opened:
        assert await receive(opened) == {"type": "connection_ack"}
        await send(opened, id="1", type="subscribe", payload={"query": "{"})
        mistake = await receive(opened)
        await send(opened, id="2", type="subscribe", payload={"query": "{ viewer { name } }"})
        answers = [await receive(opened) for _ in range(2)]
        variables = {"id": desk.key, "after": 0}
        await send(opened, id="3", type="subscribe", payload={"query": FOLLOW, "variables": variables})
        changes = [await receive(opened) for _ in range(3)]
        await send(opened, type="ping")
        pong = await receive(opened)
        await send(opened, id="3", type="complete")
        last = changes[1]["payload"]["data"]["caseChanged"]["position"]
        variables = {"id": desk.key, "after": last}
        await send(opened, id="3", type="subscribe", payload={"query": FOLLOW, "variables": variables})
        resumed = await receive(opened)

    assert (mistake["type"], mistake["id"]) == ("error", "1")
    assert [answer["type"] for answer in answers] == ["next", "complete"]
    assert [change["payload"]["data"]["caseChanged"]["event"]["seq"] for change in changes] == [1, 2, 3]
    assert pong == {"type": "pong"}
    assert resumed["payload"]["data"]["caseChanged"]["event"]["seq"] == 3


async def test_a_websocket_without_a_valid_token_or_from_another_site_is_closed(desk: Desk) -> None:
    async with socket(desk.ada, token="cw_wrong") as opened:
        with pytest.raises(ConnectionClosed) as closed:
            await receive(opened)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4403

    with pytest.raises(Exception, match="403"):
        async with socket(desk.ada, origin="https://evil.example"):
            pass


async def test_two_operations_of_one_id_close_the_socket(desk: Desk) -> None:
    follow = {"query": FOLLOW, "variables": {"id": desk.key}}
    async with socket(desk.ada) as opened:
        await receive(opened)
        await send(opened, id="1", type="subscribe", payload=follow)
        await send(opened, id="1", type="subscribe", payload=follow)
        with pytest.raises(ConnectionClosed) as closed:
            await receive(opened)

    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4409
