"""Lists that tell of their own changes: what enters and leaves, who is told, and what becomes of slow clients."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from httpx_sse import ServerSentEvent, aconnect_sse
from tortoise import connections

from api.feed import Inbox
from api.members import WAITING, Member, Message
from domain.cases import actions as cases
from domain.cases.models import Case
from domain.cases.states import CaseKind, Priority, Sensitivity, Severity
from domain.core import log
from domain.core.actor import Actor
from domain.core.ids import new_id
from domain.core.transaction import Ref, transaction
from domain.people import actions as people
from domain.people.roles import Role
from schema.lists import Change, Look, Overrun, Taken
from tests.api.conftest import Client
from tests.api.test_streams import receive, send, sequence, socket
from tests.builders import SYSTEM, a_person, a_queue, a_signal, a_team, an_account

Login = Callable[[Actor], Awaitable[Client]]
FOLLOW = """subscription Urgent($filter: CaseFilter, $after: Long) { casesChanged(filter: $filter, after: $after) {
    __typename ... on CaseEntered { position case { key priority } } ... on CaseChanged { case { key priority } }
    ... on Left { id } } }"""
URGENT = {"priority": {"eq": "P1"}}
WAITS = """SELECT 1 FROM pg_locks WHERE NOT granted AND relation = '"case"'::regclass
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"""


class Desk:
    """A queued case, and Ada, who follows lists of such."""

    def __init__(self, case: Case, actor: Actor, ada: Client) -> None:
        self.case = case
        self.actor = actor
        self.ada = ada
        self.key = f"CASE-{case.number}"
        self.id = f"case_{case.id.hex}"

    async def prioritize(self, priority: Priority, case: Case | None = None) -> None:
        await cases.prioritize((case or self.case).id, by=SYSTEM, severity=Severity.SEV2, priority=priority)
        await sequence()

    async def say(self, text: str, case: Case | None = None) -> None:
        await cases.comment((case or self.case).id, by=SYSTEM, text=text)
        await sequence()


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
    client: Client, query: str = FOLLOW, last: str | None = None, **variables: Any
) -> AsyncIterator[AsyncIterator[ServerSentEvent]]:
    headers = {"Accept": "text/event-stream"} | ({"Last-Event-ID": last} if last else {})
    body = {"query": query, "variables": variables}
    async with aconnect_sse(client.http, "POST", "/graphql", json=body, headers=headers) as source:
        assert source.response.status_code == 200
        yield source.aiter_sse()


def told(event: ServerSentEvent) -> Any:
    answer = json.loads(event.data)
    assert "errors" not in answer, answer
    (found,) = answer["data"].values()
    found.pop("position", None)
    return found


async def here() -> int:
    return await log.last_position()


def code(event: ServerSentEvent) -> str:
    return str(json.loads(event.data)["errors"][0]["extensions"]["code"])


async def test_a_case_enters_changes_in_and_leaves_a_filtered_list(desk: Desk) -> None:
    await desk.prioritize(Priority.P3)

    async with following(desk.ada, filter=URGENT, after=await here()) as events:
        await desk.say("not in the list yet")
        await desk.prioritize(Priority.P1)
        first = await anext(events)
        await desk.say("worse")
        second = await anext(events)
        await desk.prioritize(Priority.P3)
        # what was said before it came in may be told too, as a change of what is in the list by then
        third = await anext(event async for event in events if "CaseChanged" not in event.data)

    assert told(first) == {"__typename": "CaseEntered", "case": {"key": desk.key, "priority": "P1"}}
    assert told(second) == {"__typename": "CaseChanged", "case": {"key": desk.key, "priority": "P1"}}
    assert told(third) == {"__typename": "Left", "id": desk.id}
    assert [int(each.id) for each in (first, second, third)] == sorted(int(each.id) for each in (first, second, third))
    assert json.loads(third.data)["extensions"] == {"position": int(third.id)}


async def test_what_changes_while_a_list_begins_is_told_as_if_it_had_begun_before(desk: Desk) -> None:
    comes = (await a_signal(await an_account("comes"))).case
    stays = (await a_signal(await an_account("stays"))).case
    await desk.prioritize(Priority.P1)
    await desk.prioritize(Priority.P1, stays)
    start = await here()

    async with AsyncExitStack() as stack:
        async with transaction() as unit:
            await unit.connection.execute_query('LOCK TABLE "case" IN ACCESS EXCLUSIVE MODE')
            events = await stack.enter_async_context(following(desk.ada, filter=URGENT, after=start))
            # who is in the list is asked, and read only once these changes are made
            while not await connections.get("default").execute_query_dict(WAITS):
                pass
            await cases.prioritize(desk.case.id, by=SYSTEM, severity=Severity.SEV2, priority=Priority.P3)
            await cases.prioritize(comes.id, by=SYSTEM, severity=Severity.SEV2, priority=Priority.P1)
        await sequence()
        first = [told(await anext(events)) for _ in range(2)]
        await desk.say("from now on it is certain", stays)
        later = told(await anext(events))

    assert first == [
        {"__typename": "Left", "id": desk.id},
        {"__typename": "CaseEntered", "case": {"key": f"CASE-{comes.number}", "priority": "P1"}},
    ]
    assert later["__typename"] == "CaseChanged"


async def test_who_comes_back_with_the_last_event_id_is_told_the_newest_state_of_what_changed_meanwhile(
    desk: Desk,
) -> None:
    other = (await a_signal(await an_account("second"))).case
    await desk.prioritize(Priority.P3)
    async with following(desk.ada, filter=URGENT, after=await here()) as events:
        await desk.prioritize(Priority.P1)
        seen = await anext(events)
    await desk.say("one")
    await desk.say("two")
    await desk.prioritize(Priority.P3)
    await desk.prioritize(Priority.P1, other)

    async with following(desk.ada, last=seen.id, filter=URGENT) as events:
        later = [await anext(events) for _ in range(2)]
        await desk.say("three", other)
        last = await anext(events)

    assert told(later[0]) == {"__typename": "Left", "id": desk.id}
    assert told(later[1])["case"] == {"key": f"CASE-{other.number}", "priority": "P1"}
    assert int(seen.id) < int(later[0].id) < int(later[1].id) < int(last.id)
    assert told(last)["__typename"] == "CaseChanged"


async def test_a_position_from_too_long_ago_has_expired_and_one_never_given_is_refused(desk: Desk) -> None:
    seen = await here()
    await connections.get("default").execute_query("UPDATE sequencer SET position = position + 20000")

    async with following(desk.ada, after=seen) as events:
        old = await anext(events)
    async with following(desk.ada, after=10**12) as events:
        unknown = await anext(events)
    async with following(desk.ada, last=str(seen)) as events:
        resumed = await anext(events)

    assert [code(old), code(unknown), code(resumed)] == ["POSITION_EXPIRED", "INVALID_POSITION", "POSITION_EXPIRED"]


async def test_nobody_is_told_of_cases_they_may_not_see(desk: Desk) -> None:
    secret = await cases.open_case("Secret", by=SYSTEM, kind=CaseKind.SERVICE, sensitivity=Sensitivity.RESTRICTED)
    await sequence()

    async with following(desk.ada, after=0) as events:
        before = told(await anext(events))
        await desk.say("hidden", secret)
        await desk.say("open to all")
        after = told(await anext(events))

    assert before["case"]["key"] == after["case"]["key"] == desk.key


async def test_those_with_the_same_rights_share_one_run_and_others_do_not(desk: Desk, login: Login) -> None:
    bert = await login(await a_person("Bert", team=next(iter(desk.actor.teams))))
    chief = await login(await an_account("chief", Role.LEAD))
    start = await here()
    async with (
        following(desk.ada, filter=URGENT, after=start) as one,
        following(bert, filter=URGENT, after=start) as two,
        following(chief, filter=URGENT, after=start) as three,
    ):
        await desk.prioritize(Priority.P1)
        events = [await anext(each) for each in (one, two, three)]

    assert events[0].data == events[1].data
    assert {event.id for event in events} == {events[0].id}


async def test_a_filter_over_what_is_related_is_followed_too(desk: Desk) -> None:
    mine = {"queue": {"key": {"neq": "none"}}, "assignee": {"name": {"eq": "Ada"}}}

    async with following(desk.ada, filter=mine, after=await here()) as events:
        await cases.claim(desk.case.id, by=desk.actor)
        await sequence()
        entered = told(await anext(events))

    assert entered["__typename"] == "CaseEntered"


async def test_a_wrong_filter_is_refused_as_in_a_query(desk: Desk) -> None:
    async with following(desk.ada, filter={"openedAt": {"gte": "soon"}}) as events:
        first, last = [event async for event in events]

    assert json.loads(first.data)["errors"]
    assert last.event == "complete"


async def test_a_revoked_token_ends_a_list(desk: Desk, url: str) -> None:
    token, secret = await people.issue_token(desk.actor.id, by=SYSTEM, name="short")
    client = Client(url, secret)
    seen: list[ServerSentEvent] = []

    async with following(client, after=0) as events:
        seen.append(await anext(events))
        await people.revoke_token(token.id, by=SYSTEM)
        await desk.say("after all")
        async for event in events:
            seen.append(event)
            await desk.say("and again")
    await client.http.aclose()

    assert code(seen[-2]) == "TOKEN_INVALID"
    assert seen[-1].event == "complete"


async def test_other_rights_end_a_list_since_it_is_another_one_then(desk: Desk) -> None:
    team = await a_team("Others")
    seen: list[ServerSentEvent] = []

    async with following(desk.ada, after=0) as events:
        seen.append(await anext(events))
        assert desk.actor.person_id is not None
        await people.join(team.id, by=SYSTEM, person_id=desk.actor.person_id)
        await desk.say("now")
        async for event in events:
            seen.append(event)
            await desk.say("and now")

    assert code(seen[-2]) == "RIGHTS_CHANGED"
    assert json.loads(seen[-2].data)["errors"][0]["extensions"]["retryable"] is True


async def test_a_websocket_follows_a_list_beside_others(desk: Desk) -> None:
    start = await here()
    async with socket(desk.ada) as opened:
        await receive(opened)
        for name in ("1", "2"):
            variables = {"filter": URGENT, "after": start}
            await send(opened, id=name, type="subscribe", payload={"query": FOLLOW, "variables": variables})
        await desk.prioritize(Priority.P1)
        answers = [await receive(opened) for _ in range(2)]
        variables = {"after": 10**12}
        await send(opened, id="3", type="subscribe", payload={"query": FOLLOW, "variables": variables})
        refused = await receive(opened)

    assert sorted(answer["id"] for answer in answers) == ["1", "2"]
    assert answers[0]["payload"] == answers[1]["payload"]
    assert refused["type"] == "error"
    assert refused["payload"][0]["extensions"]["code"] == "INVALID_POSITION"


async def test_a_queue_is_told_of_when_a_case_comes_into_it(desk: Desk) -> None:
    query = """subscription($after: Long) { queuesChanged(after: $after) {
        ... on QueueEntered { queue { waiting } } ... on QueueChanged { queue { waiting } } } }"""

    async with following(desk.ada, query, after=await here()) as events:
        await a_signal(await an_account("second"))
        await sequence()
        changed = told(await anext(events))

    assert changed == {"queue": {"waiting": 2}}


async def test_whoever_does_not_take_what_comes_is_told_so_and_nothing_more_is_kept() -> None:
    member = Member(0, 0)

    for position in range(1, WAITING + 2):
        member.put(Message(b"{}", position, (Change.CHANGED, new_id())))

    with pytest.raises(Overrun):
        await member.take()


async def test_of_one_row_only_the_newest_state_waits() -> None:
    member, row, other = Member(3, 3), new_id(), new_id()

    for position, change, each in [
        (3, Change.CHANGED, other),
        (4, Change.ENTERED, row),
        (5, Change.CHANGED, row),
        (6, Change.CHANGED, other),
        (7, Change.CHANGED, row),
    ]:
        member.put(Message(b"{}", position, (change, each)))
    taken = [await member.take() for _ in range(3)]
    member.put(Message(b"{}", 8, (Change.CHANGED, row)))
    member.put(Message(b"{}", 9, (Change.LEFT, row)))
    left = await member.take()

    assert [each.position for each in taken if each] == [4, 6, 7]
    assert left is not None
    assert left.of == (Change.LEFT, row)


async def test_an_inbox_knows_up_to_where_all_was_looked_at() -> None:
    inbox, ref = Inbox(["case"], 10), Ref("case", new_id())

    inbox.put({Ref("page", new_id()): 12, ref: 13}, 13)
    begun = inbox.position
    taken = await inbox.take()

    assert (begun, taken, inbox.position) == (10, Taken(13, {ref: 13}), 10)


async def test_what_changes_while_it_is_not_known_who_is_in_the_list_is_looked_at_again() -> None:
    inbox, ref = Inbox(["case"], 10), Ref("case", new_id())
    inbox.sieve = Sieve()
    look: dict[object, Look] = {"kind": Look({ref.id: 12}, {ref.id: {}}, datetime.now(UTC))}

    inbox.put({ref: 11}, 11)
    first = await inbox.take()
    inbox.put({ref: 12}, 12, look)
    second = await inbox.take()
    coming = asyncio.ensure_future(inbox.take())
    await asyncio.sleep(0)  # it has begun to wait: all before is known
    inbox.put({ref: 13}, 13, look)
    third = await coming

    assert (first, second) == (Taken(11, {ref: 11}), Taken(12, {ref: 12}))
    assert third == Taken(13, {}, {ref.id: (12, True)})


class Sieve:
    """Of a list that holds whatever there is."""

    kind = "kind"

    async def look(self, touched: Mapping[Ref, int], upto: int) -> Look:
        raise AssertionError((touched, upto))

    def concerned(self, look: Look, waiting: Collection[UUID]) -> Mapping[UUID, tuple[int, bool]]:
        assert not waiting
        return {row: (position, True) for row, position in look.places.items()}
