"""`@defer` and `@stream` are taken, checked, and answered inline: the same answer, once."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from httpx_sse import aconnect_sse

from domain.cases import actions as cases
from domain.cases.models import Case
from domain.core.actor import Actor
from domain.people import actions as people
from integrations.settings import Settings
from tests.api.conftest import Client, served
from tests.api.test_streams import sequence
from tests.builders import SYSTEM, a_person, a_queue, a_signal, a_team, an_account

Login = Callable[[Actor], Awaitable[Client]]
PLAIN = """query($n: Int = 5) {
  cases(first: $n) { nodes { key ...Said } edges { cursor node { id } } } viewer { name } }
  fragment Said on Case { title comments(first: 2) { nodes { text } } viewerCan { action } }"""
IN_PARTS = """query($n: Int = 5, $later: Boolean = true, $few: Int = 1) {
  ... @defer(label: "top") { viewer { name } }
  cases(first: $n) {
    nodes @stream(label: "rows", initialCount: $few) { key ...Said @defer(if: $later, label: "said") }
    edges @stream(if: $later) { ... @defer { cursor } node { id ... @defer(if: false) { id } } }
  } }
  fragment Said on Case {
    title comments(first: 2) { nodes @stream(initialCount: 0) { text } } ... on Case @defer { viewerCan { action } }
  }"""
CLAIM = """mutation($id: ID!, $later: Boolean!) { claimCase(input: {id: $id, expectedVersion: null}) {
  ... on ClaimCaseSuccess @defer(if: $later) { case { ...Who @defer(label: "who") viewerCan @stream { action } } }
  ... on Problem { code } } } fragment Who on Case { key assignee { name } }"""
FOLLOW = """subscription($id: ID!, $later: Boolean!) { caseChanged(id: $id, after: 0) {
  case { key ... @defer(if: $later) { state } } event { __typename seq } } }"""


class Desk:
    """A queued case, and Ada at it."""

    def __init__(self, case: Case, ada: Client) -> None:
        self.key = f"CASE-{case.number}"
        self.ada = ada


async def _desk(login: Login) -> Desk:
    team = await a_team()
    await a_queue(team=team.id)
    ada = await a_person("Ada", team=team.id)
    filed = await a_signal(await an_account())
    for text in ("one", "two", "three"):
        await cases.comment(filed.case.id, by=ada, text=text)
    await sequence()
    return Desk(filed.case, await login(ada))


@pytest.fixture
async def desk(login: Login) -> Desk:
    return await _desk(login)


@pytest.mark.parametrize("later", [True, False])
async def test_an_answer_in_parts_is_the_answer_at_once(desk: Desk, later: bool) -> None:
    whole = await desk.ada(PLAIN)

    parted = await desk.ada(IN_PARTS, later=later)

    assert parted == whole
    assert [len(case["comments"]["nodes"]) for case in parted["cases"]["nodes"]] == [2]


async def test_the_portable_way_answers_inline_too(database_url: str) -> None:
    async with served(database_url, Settings(reads="portable")) as url:

        async def login(actor: Actor) -> Client:
            _, secret = await people.issue_token(actor.id, by=SYSTEM, name="test")
            return Client(url, secret)

        desk = await _desk(login)
        whole, parted = await desk.ada(PLAIN), await desk.ada(IN_PARTS)
        await desk.ada.http.aclose()

    assert parted == whole
    assert parted["cases"]["nodes"][0]["key"] == desk.key


@pytest.mark.parametrize("later", [True, False])
async def test_a_payload_is_answered_inline(desk: Desk, later: bool) -> None:
    answer = await desk.ada(CLAIM, id=desk.key, later=later)

    case = answer["claimCase"]["case"]
    assert (case["key"], case["assignee"]) == (desk.key, {"name": "Ada"})
    assert {"action": "RELEASE"} in case["viewerCan"]


@pytest.mark.parametrize("later", [True, False])
async def test_events_of_a_subscription_come_whole(desk: Desk, later: bool) -> None:
    body = {"query": FOLLOW, "variables": {"id": desk.key, "later": later}}
    async with aconnect_sse(
        desk.ada.http, "POST", "/graphql", json=body, headers={"Accept": "text/event-stream"}
    ) as source:
        answer = json.loads((await anext(source.aiter_sse())).data)

    assert "errors" not in answer
    assert answer["data"]["caseChanged"]["case"] == {"key": desk.key, "state": "QUEUED"}


async def test_they_cost_and_rehearse_like_the_whole(desk: Desk) -> None:
    whole, parted = await desk.ada.send(PLAIN), await desk.ada.send(IN_PARTS)
    body = {"query": IN_PARTS}
    dry = (await desk.ada.http.post("/graphql", json=body, headers={"X-Query-Dry-Run": "true"})).json()

    costs = [answer["extensions"]["cost"]["requested"] for answer in (whole, parted, dry)]
    assert len(set(costs)) == 1
    assert dry["extensions"]["deprecations"] == []


REFUSED = {
    "{ cases @stream { nodes { key } } }": "non-list",
    '{ cases { nodes { ... @defer(label: "a") { key } ... @defer(label: "a") { id } } } }': "unique",
    "query($l: String) { cases { nodes { ... @defer(label: $l) { key } } } }": "static",
    "{ cases { nodes { key @defer } } }": "@defer",
    '{ cases { nodes { ... @defer(if: "yes") { key } } } }': "Boolean",
    "{ cases { nodes @stream(later: true) { key } } }": "later",
    "mutation { ... @defer { claimCase(input: {id: 1, expectedVersion: null}) { __typename } } }": "root",
    'subscription { caseChanged(id: "CASE-1") { case { ... @defer { key } } } }': "subscription",
    'subscription { caseChanged(id: "CASE-1") { case { viewerCan @stream { action } } } }': "subscription",
}


@pytest.mark.parametrize(("text", "why"), REFUSED.items(), ids=list(REFUSED.values()))
async def test_where_they_may_not_stand_they_are_refused(desk: Desk, text: str, why: str) -> None:
    answer = await desk.ada.send(text)

    assert "data" not in answer
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"INVALID_DOCUMENT"}
    assert why in " ".join(error["message"] for error in answer["errors"])


async def test_the_contract_says_what_becomes_of_them(desk: Desk) -> None:
    found: Any = await desk.ada("{ __schema { directives { name description args { name description } } } }")

    told = {each["name"]: each for each in found["__schema"]["directives"]}
    assert {arg["name"] for arg in told["stream"]["args"]} == {"if", "label", "initialCount"}
    for name in ("defer", "stream"):
        assert "inline" in told[name]["description"]
        assert all(arg["description"] for arg in told[name]["args"])
