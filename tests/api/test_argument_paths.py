"""Every refusal of what a client sent says where in it: from the field's arguments, or from the variables."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from domain.core.actor import Actor
from domain.people.roles import Role
from tests.api.conftest import Client
from tests.builders import a_person, a_queue, a_team

CASES = "query($f: CaseFilter, $o: [CaseOrder!]) { cases(filter: $f, orderBy: $o) { nodes { key } } }"
BULK = """mutation($i: BulkCasesInput!) { bulkCases(input: $i) {
    ... on Problem { code path } ... on ValidationFailed { problems { path code } } } }"""
SAVE = BULK.replace("bulkCases", "saveView").replace("BulkCases", "SaveView")
HOLD = "mutation($i: HoldCaseInput!) { holdCase(input: $i) { __typename } }"
VIEW: dict[str, Any] = {"of": "CASE", "name": "Mine", "filter": {}, "expectedVersion": None}
NOBODY = f"person_{'0' * 32}"


@pytest.fixture
async def bo(login: Callable[[Actor], Awaitable[Client]]) -> Client:
    team = await a_team()
    await a_queue(team=team.id)
    return await login(await a_person("Bo", Role.LEAD, team=team.id, lead=True))


async def refused(client: Client, query: str, **variables: Any) -> list[tuple[str, Any]]:
    """The codes of the errors, and where they lead."""
    answer = await client.send(query, **variables)
    return [(error["extensions"]["code"], error["extensions"].get("argumentPath")) for error in answer["errors"]]


@pytest.mark.parametrize(
    ("query", "code", "at"),
    [
        ('{ cases(first: 1, after: "x") { nodes { key } } }', "INVALID_CURSOR", ["after"]),
        ('{ cases(last: 1, before: "x") { nodes { key } } }', "INVALID_CURSOR", ["before"]),
        ('{ case(id: "zzz") { key } }', "INVALID_ID", ["id"]),
        ('{ node(id: "zzz") { id } }', "INVALID_ID", ["id"]),
        ('{ nodes(ids: ["CASE-1", "zzz"]) { id } }', "INVALID_ID", ["ids", 1]),
        ('{ casesInView(view: "zzz") { nodes { key } } }', "INVALID_ID", ["view"]),
        ("{ cases(orderBy: [{field: RANK}, {field: RANK}]) { nodes { key } } }", "INVALID_ORDER", ["orderBy"]),
    ],
)
async def test_a_wrong_argument_is_named(bo: Client, query: str, code: str, at: list[Any]) -> None:
    assert await refused(bo, query) == [(code, at)]


async def test_a_malformed_id_is_one_in_filters_too_and_an_unknown_one_finds_nothing(bo: Client) -> None:
    deep = {"or": [{"state": {"eq": "NEW"}}, {"not": {"assigneeId": {"in": [NOBODY, "zzz"]}}}]}

    plain = await refused(bo, CASES, f={"queue": {"id": {"eq": "zzz"}}})
    nested = await refused(bo, CASES, f=deep)
    unknown = await bo(CASES, f={"assigneeId": {"eq": NOBODY}})

    assert plain == [("INVALID_ID", ["filter", "queue", "id", "eq"])]
    assert nested == [("INVALID_ID", ["filter", "or", 1, "not", "assigneeId", "in", 1])]
    assert unknown["cases"]["nodes"] == []


@pytest.mark.parametrize(
    ("query", "given", "code", "at"),
    [
        (BULK, {"ids": ["CASE-1", "zzz"], "action": {"resume": True}}, "INVALID_ID", ["ids", "1"]),
        (
            BULK,
            {"filter": {"assigneeId": {"eq": "zzz"}}, "expectedCount": 1, "action": {"resume": True}},
            "INVALID_ID",
            ["filter", "assigneeId", "eq"],
        ),
        (
            BULK,
            {"ids": ["CASE-1"], "action": {"queue": {"queueId": "z z"}}},
            "INVALID_ID",
            ["action", "queue", "queueId"],
        ),
        (SAVE, VIEW | {"filter": {"queueId": {"eq": "zzz"}}}, "INVALID_ID", ["filter", "queueId", "eq"]),
        (SAVE, VIEW | {"order": ["due", "-nope"]}, "INVALID_ORDER", ["order", "1"]),
        (SAVE, VIEW | {"order": ["due", "-due"]}, "INVALID_ORDER", ["order"]),
    ],
)
async def test_in_a_mutations_answer_it_is_the_code_of_a_field(
    bo: Client, query: str, given: Any, code: str, at: list[str]
) -> None:
    ((_, answer),) = (await bo(query, i=given)).items()

    assert answer == {"code": "VALIDATION_FAILED", "path": at, "problems": [{"path": at, "code": code}]}


@pytest.mark.parametrize(
    ("query", "variables", "at"),
    [
        (CASES, {"f": {"state": {"in": ["NEW", "NOPE"]}}}, ["f", "state", "in", 1]),
        (CASES, {"f": {"state": {"nope": 1}}}, ["f", "state", "nope"]),
        (CASES, {"o": [{"field": "NOPE"}]}, ["o", 0, "field"]),
        (CASES, {"o": [{"direction": "ASC"}]}, ["o", 0, "field"]),
        (HOLD, {}, ["i"]),
        (HOLD, {"i": {"id": "CASE-1", "reason": "X", "until": "tomorrow"}}, ["i", "until"]),
        (BULK, {"i": {"action": {}}}, ["i", "action"]),
        (BULK, {"i": {"action": {"resume": True, "close": True}}}, ["i", "action"]),
        (BULK, {"i": {"action": {"resume": None}}}, ["i", "action", "resume"]),
    ],
)
async def test_a_variable_that_does_not_fit_is_named_to_the_very_place(
    bo: Client, query: str, variables: dict[str, Any], at: list[Any]
) -> None:
    assert await refused(bo, query, **variables) == [("INVALID_REQUEST", at)]


async def test_every_variable_that_does_not_fit_is_named(bo: Client) -> None:
    query = CASES.replace("$o: ", "$n: Int, $o: ").replace("(filter", "(first: $n, filter")

    found = await refused(bo, query, f={"state": {"in": ["NOPE", "ALSO"]}}, n="x")

    assert [at for _, at in found] == [["f", "state", "in", 0], ["f", "state", "in", 1], ["n"]]
