"""The compiler and the portable evaluator answer the same, whatever is asked, whoever asks."""

from collections.abc import AsyncIterator
from random import Random

import asyncpg
import pytest

from caseward.stack import Stack
from integrations import postgres
from schema import schema
from schema.reads.catalog import catalog_of
from schema.reads.hooks import core_schema
from tests.conftest import url_of
from tests.schema.reads.differential import Differential, same
from tests.schema.reads.operations import HOSTILE
from tests.schema.reads.populated import Desk, populate

OPERATIONS = 300


@pytest.fixture(scope="module")
async def desk(
    stack: Stack,
    template: str,
    maintenance: asyncpg.Connection,
    worker: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Desk]:
    name = f"populated_{worker}"
    await maintenance.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
    async with postgres.connected(url_of(stack, name)):
        yield await populate(tmp_path_factory.mktemp("home"))
    await maintenance.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


async def test_operations_nobody_wrote_are_answered_alike_by_both_evaluators(desk: Desk) -> None:
    differential = Differential(desk, seed=Random().randrange(10**6))

    await differential.run(OPERATIONS)

    assert differential.met["answered"] > OPERATIONS / 4
    assert len(differential.asked) > 300
    assert "INTERNAL" not in differential.met


async def test_the_desk_has_some_of_every_type_of_the_contract(desk: Desk) -> None:
    assert desk
    catalog = catalog_of(core_schema(schema))

    empty = []
    for name, declaration in catalog.declarations.items():
        kinds = [part.kind for of, part in catalog.parts.items() if of in _members(name)] if declaration.kind else []
        of_kind = f"{declaration.kind} = ANY ($1)".replace("{row}", "t") if kinds else "$1::text[] IS NOT NULL"
        query = f"SELECT count(*) FROM {declaration.table} t WHERE {of_kind}"
        if not await postgres.pool().fetchval(query, [str(kind) for kind in kinds]):
            empty.append(name)

    assert empty == []


def _members(name: str) -> set[str]:
    return {of.name for of in catalog_of(core_schema(schema)).possible(name)}


COUNTS = """{ cases { totalCount { __typename } pageInfo { __typename } } empty: cases { totalCount { value } }
  some: cases(first: 2) { pageInfo { hasPreviousPage } } signals { pageInfo { ... @include(if: false) { endCursor } } }
  teams { nodes { key } totalCount { ... @skip(if: true) { value } } } }"""


async def test_what_is_selected_of_a_page_may_be_nothing_that_depends_on_its_rows(desk: Desk) -> None:
    data = await same(COUNTS, desk.viewers["admin"])

    assert data["cases"] == {"totalCount": {"__typename": "TotalCount"}, "pageInfo": {"__typename": "PageInfo"}}
    assert data["some"] == {"pageInfo": {"hasPreviousPage": False}}


async def test_a_list_that_is_absent_is_not_an_empty_one(desk: Desk) -> None:
    data = await same("{ apiTokens { nodes { scopes } } }", desk.viewers["reviewer"])

    assert {"scopes": None} in data["apiTokens"]["nodes"]


SEARCHES = (
    "query($text: String!) { cases(filter: {reasonCode: {eq: $text}}) { totalCount { value } } }",
    "query($text: String!) { people(filter: {name: {contains: $text}}) { totalCount { value } } }",
    "query($text: String!) { cases(after: $text) { nodes { id } } }",
    "query($text: DateTimeOrDuration!) { cases(filter: {openedAt: {lt: $text}}) { nodes { id } } }",
    "query($text: ID!) { node(id: $text) { id } case(id: $text) { id } team(id: $text) { id } }",
    "query($text: ID!) { cases(filter: {assigneeId: {in: [$text]}}) { nodes { id } } }",
    "query($text: ID!) { nodes(ids: [$text, $text]) { id } }",
)


@pytest.mark.parametrize("text", SEARCHES)
async def test_no_text_of_a_client_does_more_than_be_compared(desk: Desk, text: str) -> None:
    answers = [await same(text, desk.viewers["admin"], text=hostile) for hostile in HOSTILE]

    assert len(answers) == len(HOSTILE)


EVERYTHING = """{ cases(first: 200) { nodes { id key } totalCount { value } }
  queues { nodes { waiting openByState { count } } } subjects(first: 200) { nodes { id } totalCount { value } }
  signals(first: 200) { nodes { case { id } subject { id } } totalCount { value } }
  slaClocks(first: 200) { nodes { subject { __typename } } totalCount { value } }
  decisions { totalCount { value } } enforcements { totalCount { value } } inquiries { totalCount { value } }
  pages { totalCount { value } } mirrorOperations { totalCount { value } } overrides { totalCount { value } } }"""


async def test_who_has_no_rights_sees_no_row_and_no_count(desk: Desk) -> None:
    data = await same(EVERYTHING, desk.viewers["nobody"])

    counts = {name: found["totalCount"]["value"] for name, found in data.items() if "totalCount" in found}
    assert set(counts.values()) == {0}
    assert not any(found["nodes"] for found in data.values() if "nodes" in found)


async def test_a_hidden_case_is_neither_shown_nor_counted_nor_found_by_what_belongs_to_it(desk: Desk) -> None:
    seen = await same(EVERYTHING, desk.viewers["viewer"])
    everything = await same(EVERYTHING, desk.viewers["admin"])

    hidden = {case["id"] for case in everything["cases"]["nodes"]} - {case["id"] for case in seen["cases"]["nodes"]}
    assert hidden
    assert len(seen["cases"]["nodes"]) == seen["cases"]["totalCount"]["value"]
    assert not any(text in str(seen) for text in hidden)
    for case in hidden:
        asked = "query($id: ID!) { node(id: $id) { id } cases(filter: {id: {eq: $id}}) { totalCount { value } } }"
        found = await same(asked, desk.viewers["viewer"], id=case)
        assert found == {"node": None, "cases": {"totalCount": {"value": 0}}}


async def test_all_but_a_case_nobody_has_are_as_many_as_all_but_a_hidden_one(desk: Desk) -> None:
    every = await same("{ cases(first: 200) { nodes { key } } }", desk.viewers["admin"])
    seen = await same("{ cases(first: 200) { nodes { key } } }", desk.viewers["viewer"])
    hidden = {case["key"] for case in every["cases"]["nodes"]} - {case["key"] for case in seen["cases"]["nodes"]}
    text = """query($id: ID!) { neq: cases(filter: {id: {neq: $id}}) { totalCount { value } }
      nin: cases(filter: {id: {nin: [$id]}}) { totalCount { value } } }"""

    answers = [await same(text, desk.viewers["viewer"], id=key) for key in (min(hidden), "CASE-99999")]

    assert answers[0] == answers[1]
    assert answers[0]["neq"]["totalCount"]["value"] == len(seen["cases"]["nodes"])


async def test_a_cursor_of_one_evaluator_is_taken_by_the_other(desk: Desk) -> None:
    admin = desk.viewers["admin"]
    text = "query($at: String) { cases(first: 7, after: $at) { pageInfo { endCursor hasNextPage } nodes { key } } }"

    at, keys = None, []
    while at is not None or not keys:
        page = (await same(text, admin, at=at))["cases"]
        keys += [case["key"] for case in page["nodes"]]
        at = page["pageInfo"]["endCursor"] if page["pageInfo"]["hasNextPage"] else None

    assert len(keys) == len(set(keys)) == (await same(EVERYTHING, admin))["cases"]["totalCount"]["value"]
