"""One case or one batch followed by several: one run for all of them, and each told everything once."""

import json
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from httpx_sse import ServerSentEvent, aconnect_sse

from api.app import create_app
from api.auth import authenticated
from api.members import Message
from api.negotiation import GraphQLRequest
from api.running import context, ready, stream
from domain.core.actor import Actor
from domain.people import actions as people
from domain.people.roles import Role
from integrations.settings import Settings
from tests.api import test_lists as lists
from tests.api import test_streams as streams
from tests.api.conftest import Client
from tests.api.test_streams import Desk, following, sequence, told
from tests.builders import SYSTEM, a_person, a_signal, a_team, an_account
from tests.domain.batches import a_floor, some_cases

Login = Callable[[Actor], Awaitable[Client]]
BATCH = """mutation($ids: [ID!]!) { bulkCases(input: {ids: $ids, action: {cancel: {reason: \"SPAM\"}}}) {
    ... on BulkCasesSuccess { operation { id } } } }"""
PROGRESS = "subscription($id: ID!) { bulkProgressed(id: $id, after: 0) { position operation { state applied } } }"
desk = streams.desk


async def test_other_rights_do_not_end_the_story_of_a_case_that_may_be_seen_with_both(desk: Desk) -> None:
    team = await a_team("Others")
    assert desk.actor.person_id is not None
    seqs: list[int] = []

    async with following(desk.ada, id=desk.key, after=0) as story, lists.following(desk.ada, after=0) as listed:
        await anext(listed)
        await people.join(team.id, by=SYSTEM, person_id=desk.actor.person_id)
        await desk.say("now")
        async for _ in listed:  # it ends once the login has been read again, which is the story's too
            await desk.say("and now")
        await desk.say("last")
        async for event in story:
            seqs.append(told(event)["event"]["seq"])
            if told(event)["event"].get("text") == "last":
                break

    assert seqs == list(range(1, len(seqs) + 1))


async def test_who_follow_one_case_with_the_same_rights_are_told_the_same_wherever_they_begin(
    desk: Desk, login: Login
) -> None:
    bert = await login(await a_person("Bert", team=next(iter(desk.actor.teams))))
    async with following(desk.ada, id=desk.key, after=0) as one:
        first = [await anext(one) for _ in range(3)]
        async with following(bert, last=first[1].id, id=desk.key) as two:
            later = [await anext(two)]
            await desk.say("to both")
            first.append(await anext(one))
            later.append(await anext(two))

    # what it cost is told to each of them, in the first message
    assert [(event.id, told(event)) for event in later] == [(event.id, told(event)) for event in first[2:]]


async def test_a_batch_is_followed_by_whoever_asked_for_it_and_hidden_from_others(login: Login) -> None:
    floor = await a_floor()
    ids = [f"case_{each.hex}" for each in await some_cases(floor.bo, 2)]
    bo, other = await login(floor.bo), await login(await a_person("Cleo"))
    batch = (await bo(BATCH, ids=ids))["bulkCases"]["operation"]["id"]
    await sequence()

    steps: list[Any] = []
    async with lists.following(bo, PROGRESS, id=batch) as events:
        async for event in events:
            steps.append(lists.told(event)["operation"])
            if steps[-1]["state"] == "DONE":
                break
    async with lists.following(other, PROGRESS, id=batch) as events:
        first = await anext(events)

    assert steps[-1] == {"state": "DONE", "applied": 2}
    assert lists.code(first) in {"NOT_FOUND", "FORBIDDEN"}


@pytest.mark.parametrize("last", ["newest", "-1", "1.5", "9" * 19])
async def test_a_last_event_id_that_is_no_position_is_refused(desk: Desk, last: str) -> None:
    told_of: list[list[ServerSentEvent]] = []
    for query, variables in ((streams.FOLLOW, {"id": desk.key}), (lists.FOLLOW, {})):
        headers = {"Accept": "text/event-stream", "Last-Event-ID": last}
        body = {"query": query, "variables": variables}
        async with aconnect_sse(desk.ada.http, "POST", "/graphql", json=body, headers=headers) as source:
            told_of.append([event async for event in source.aiter_sse()])

    for first, end in told_of:
        (error,) = json.loads(first.data)["errors"]
        assert (error["extensions"]["code"], error["extensions"]["retryable"]) == ("INVALID_POSITION", False)
        assert "follow without it" in error["message"]
        assert end.event == "complete"


async def test_a_query_over_events_takes_no_notice_of_a_last_event_id(desk: Desk) -> None:
    headers = {"Accept": "text/event-stream", "Last-Event-ID": "newest"}
    body = {"query": "{ viewer { name } }"}

    async with aconnect_sse(desk.ada.http, "POST", "/graphql", json=body, headers=headers) as source:
        first, _ = [event async for event in source.aiter_sse()]

    assert json.loads(first.data)["data"] == {"viewer": {"name": "Ada"}}


@contextmanager
def left_behind() -> Iterator[list[str]]:
    """The names of the generators that nobody has closed when nobody knows them any more."""
    first, last = sys.get_asyncgen_hooks()
    found: list[str] = []

    def note(generator: Any) -> None:
        found.append(generator.__qualname__)
        if last is not None:
            last(generator)

    sys.set_asyncgen_hooks(first, note)
    try:
        yield found
    finally:
        sys.set_asyncgen_hooks(first, last)


@pytest.mark.parametrize(("query", "said"), [(streams.FOLLOW, b"CaseOpened"), (lists.FOLLOW, b"CaseEntered")])
async def test_who_leaves_before_all_that_was_missed_is_told_leaves_nothing_running(
    database_url: str, query: str, said: bytes
) -> None:
    app = create_app(Settings(), database_url=database_url)
    async with app.router.lifespan_context(app) as state:
        desk = (state or {})["desk"]
        filed = [await a_signal(await an_account(name)) for name in ("one", "two")]
        await sequence()
        _, secret = await people.issue_token((await a_person("Ada", Role.ADMIN)).id, by=SYSTEM, name="test")
        proof = desk.logins.proof(f"Bearer {secret}", {})
        login = await authenticated(desk.logins, proof)
        asked = GraphQLRequest(query, {"id": f"CASE-{filed[0].case.number}", "after": 0})
        operation = await ready(desk, asked, login)

        with left_behind() as left:
            answers = stream(operation, context(desk, operation, login, proof, "test"))
            first = await anext(answers)
            await answers.aclose()

    assert isinstance(first, Message)
    assert said in first.body
    assert left == []
