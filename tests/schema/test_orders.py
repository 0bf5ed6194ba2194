"""Every order that any list offers is served by an index, however large the table is and however deep the page."""

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from typing import Any

import asyncpg
import orjson
import pytest
from graphql import get_named_type, parse

from caseward.stack import Stack
from domain.core.actor import Actor
from domain.people.roles import Role
from integrations.postgres import connected, pool
from schema import schema
from schema.context import Context
from schema.reads.catalog import catalog_of
from schema.reads.sources import Connected, Many
from schema.reads.targets import listed_name
from schema.reads.watching import Watch
from tests.builders import a_person
from tests.conftest import url_of
from tests.schema.filling import fill

CATALOG = catalog_of(schema._schema)
MANY = 200_000
SOME = 10_000
FEW = {
    "queue": "as many as a desk has set up",
    "team": "likewise",
    "api_token": "as many as were issued",
    "mirror_connection": "likewise",
    "config_version": "what is configured, and its versions",
    "config_in_effect": "likewise",
}
"""Tables that never grow large, and why."""
BIG = {"case": MANY, "case_worklist": MANY, "search_document": MANY, "case_signal": SOME, "mirror_link": SOME}
SORTED_AT_MOST = 2_000
ONE = "00000000000070008000000000000005"
"""The thing whose lists are read."""
OF_THE_VIEWER = """UPDATE saved_view SET owner_id = $1, deleted_at = NULL
    WHERE id IN (SELECT id FROM saved_view ORDER BY id LIMIT 200)"""


@dataclass(frozen=True)
class Order:
    """One way to order one list: one at the top, or of what belongs to one ``parent``; ``sort`` is empty for a list in
    the only order it has."""

    parent: str
    field: str
    type: str
    sort: str = ""
    direction: str = ""
    nulls: str | None = None

    def __str__(self) -> str:
        place = f"{self.parent}.{self.field}" if self.parent else self.field
        return f"{place} {self.sort} {self.direction} {self.nulls or ''}".strip()

    @property
    def document(self) -> str:
        nulls = f", nulls: {self.nulls}" if self.nulls else ""
        order = f"{{field: {self.sort.upper()}, direction: {self.direction}{nulls}}}"
        asked = f"(first: 25, after: $after, orderBy: [{order}])" if self.sort else ""
        listed = f"{self.field}{asked} {'{ pageInfo { endCursor hasNextPage } }' if self.sort else '{ __typename }'}"
        after = "$after: String" if self.sort else ""
        if not self.parent:
            return f"query({after}) {{ {listed} }}"
        return f"query($id: ID!, {after}) {{ node(id: $id) {{ ... on {self.parent} {{ {listed} }} }} }}"


def every(parent: str, field: str, listed: str) -> Iterator[Order]:
    """All orders of one list."""
    for sort, of in CATALOG.declaration(listed).sorts.items():
        for direction in ("ASC", "DESC"):
            for nulls in ("FIRST", "LAST") if of.nullable else (None,):
                yield Order(parent, field, listed, sort, direction, nulls)


def is_large(type_name: str) -> bool:
    return CATALOG.declaration(type_name).table.strip('"') not in FEW


def orders() -> Iterator[Order]:
    for name, field in schema._schema.query_type.fields.items():
        if "orderBy" not in field.args or "view" in field.args:
            continue
        listed = get_named_type(get_named_type(field.type).fields["nodes"].type).name
        if is_large(listed):
            yield from every("", name, listed)


def within() -> Iterator[Order]:
    for (parent, name), source in sorted(CATALOG.sources.items()):
        if parent not in CATALOG.prefixes.values() or not isinstance(source, Connected | Many):
            continue
        found = CATALOG.schema.type_map[parent].fields[name].type  # type: ignore[attr-defined]
        listed = listed_name(found) if isinstance(source, Connected) else get_named_type(found).name
        if is_large(listed):
            yield from [Order(parent, name, listed)] if isinstance(source, Many) else every(parent, name, listed)


def table_of(type_name: str) -> str:
    """The table, of an interface's view the one below it."""
    found = CATALOG.declaration(type_name).table.strip('"')
    return "event" if found in {"case_event", "page_event"} else found


ORDERS = list(orders())
WITHIN = list(within())
ROWS = dict.fromkeys(map(table_of, (each.type for each in (*ORDERS, *WITHIN))), SOME) | BIG


class Bell:
    async def wait(self) -> None:
        raise AssertionError("nothing is followed")


class Desk:
    """A large desk."""

    def __init__(self, viewer: Actor) -> None:
        self.viewer = viewer

    async def ask(self, document: str, **variables: Any) -> tuple[Any, list[Any]]:
        """The answer's data, and how the database found it."""
        watch = Watch(explain=True)
        context = Context(
            viewer=self.viewer, pool=pool(), cursor_secret=b"x" * 32, document=parse(document), bell=Bell(),
            renew=self.renew, watch=watch,
        )  # fmt: skip
        result = await schema.execute(document, variable_values=variables, context_value=context)
        assert not result.errors, result.errors
        return orjson.loads(orjson.dumps(result.data)), [told.plan[0]["Plan"] for told in watch.told]

    async def renew(self) -> Actor:
        return self.viewer


@pytest.fixture(scope="module")
async def desk(stack: Stack, template: str, maintenance: asyncpg.Connection, worker: int) -> AsyncIterator[Desk]:
    name = f"large_{worker}"
    await maintenance.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
    async with connected(url_of(stack, name)):
        ada = await a_person("Ada", Role.ADMIN)
        found = Desk(replace(ada, permissions=ada.permissions - {"case.see_all"}))
        async with pool().acquire() as connection:
            await fill(connection, ROWS)
            await connection.execute(OF_THE_VIEWER, ada.person_id)
        yield found
    await maintenance.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def wrong(plan: dict[str, Any]) -> Iterator[str]:
    """What of a plan reads a whole table."""
    for each in nodes(plan):
        if each["Node Type"] == "Seq Scan" and each["Relation Name"].removesuffix("_default") in ROWS:
            yield f"reads all of {each['Relation Name']}"
        if each["Node Type"] == "Sort" and each["Plans"][0]["Plan Rows"] > SORTED_AT_MOST:
            yield f"sorts {each['Plans'][0]['Plan Rows']} rows by {each['Sort Key']}"


@pytest.mark.parametrize("order", ORDERS, ids=str)
async def test_no_page_of_an_offered_order_reads_or_sorts_a_whole_table(desk: Desk, order: Order) -> None:
    after = None
    for _ in range(2):
        answer, plans = await desk.ask(order.document, after=after)
        page = answer[order.field]["pageInfo"]

        assert len(plans) == 1
        assert list(wrong(plans[0])) == []
        assert page["hasNextPage"]
        after = page["endCursor"]


@pytest.mark.parametrize("order", WITHIN, ids=str)
async def test_nothing_that_belongs_to_one_thing_is_looked_for_in_a_whole_table(desk: Desk, order: Order) -> None:
    id_ = f"{CATALOG.declaration(order.parent).prefix}_{ONE}"

    _, (plan,) = await desk.ask(order.document, id=id_)

    assert list(wrong(plan)) == [], plan


@pytest.mark.parametrize(("parent", "field"), sorted({(each.parent, each.field) for each in WITHIN if each.sort}))
async def test_the_first_order_of_what_belongs_to_one_thing_has_an_index(desk: Desk, parent: str, field: str) -> None:
    assert desk
    source: Any = CATALOG.sources[parent, field]
    listed = next(each for each in WITHIN if (each.parent, each.field) == (parent, field)).type
    (column,) = re.findall(r"{row}\.\"?(\w+_id)", source.on)
    order = (source.order or CATALOG.declaration(listed).order).removeprefix("-")

    found = await pool().fetch("SELECT indexdef FROM pg_indexes WHERE tablename = $1", table_of(listed))

    of = rf"\((subject_type, )?{column}, {order}\b"
    assert [each["indexdef"] for each in found if re.search(of, each["indexdef"].replace('"', ""))]


async def test_a_queue_page_by_what_is_due_reads_and_sorts_no_whole_table(desk: Desk) -> None:
    document = """query($queue: ID!, $after: String) { cases(first: 25, after: $after, orderBy: [{field: DUE}],
        filter: {queueId: {eq: $queue}, state: {in: [QUEUED, IN_REVIEW]}}) { pageInfo { endCursor hasNextPage } } }"""
    after = None
    for _ in range(2):
        answer, (plan,) = await desk.ask(document, queue="queue_00000000000070008000000000000005", after=after)

        assert list(wrong(plan)) == [], plan
        after = answer["cases"]["pageInfo"]["endCursor"]


@pytest.mark.parametrize("direction", ["ASC", "DESC"])
async def test_a_queue_page_by_rank_reads_its_index_and_nothing_else_either_way(desk: Desk, direction: str) -> None:
    document = f"""query($queue: ID!, $after: String) {{ cases(first: 25, after: $after,
        orderBy: [{{field: RANK, direction: {direction}}}], filter: {{queueId: {{eq: $queue}}}}) {{
        pageInfo {{ endCursor hasNextPage }} }} }}"""
    after = None
    for _ in range(2):
        answer, (plan,) = await desk.ask(document, queue="queue_00000000000070008000000000000005", after=after)

        assert list(wrong(plan)) == [], plan
        assert {name for name in indexes(plan) if "worklist" in name} == {"case_worklist_queue_rank"}
        assert answer["cases"]["pageInfo"]["hasNextPage"]
        after = answer["cases"]["pageInfo"]["endCursor"]


async def test_a_page_of_what_the_worklist_holds_sorts_nothing_and_does_not_touch_the_cases(desk: Desk) -> None:
    document = """{ cases(first: 25, orderBy: [{field: DUE}]) { nodes { key title state priority openedAt queue { key }
        clocks { metric dueAt } %s } } }"""

    _, (held,) = await desk.ask(document % "")
    _, (beyond,) = await desk.ask(document % "language")

    assert "case" not in relations(held)
    assert "case" in relations(beyond)
    assert "Sort" not in {each["Node Type"] for each in nodes(held)}


async def test_a_search_for_a_rare_word_begins_with_the_index_of_words(desk: Desk) -> None:
    document = """{ cases(first: 25, filter: {text: {search: "word4999"}}) { totalCount { value } } }"""

    answer, (plan,) = await desk.ask(document)

    assert answer["cases"]["totalCount"]["value"] > 0
    assert list(wrong(plan)) == []
    assert "search_document_words" in indexes(plan)


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A plan and all below it."""
    yield plan
    for each in plan.get("Plans", []):
        yield from nodes(each)


def indexes(plan: dict[str, Any]) -> set[str]:
    """The indexes a plan reads."""
    return {each["Index Name"] for each in nodes(plan) if "Index Name" in each}


def relations(plan: dict[str, Any]) -> set[str]:
    """The tables a plan reads."""
    return {each["Relation Name"] for each in nodes(plan) if "Relation Name" in each}
