"""What is kept between requests: how much of it, and that it is nobody's in particular."""

import asyncio
import re
from typing import Any

import asyncpg
import orjson
import pytest
from graphql import parse

from schema import reads
from schema.reads import execution, hooks
from schema.reads.statements import Plans
from tests.schema.reads.conftest import KEEPER, NORTHERNER, Ask
from tests.schema.reads.library import Context, schema


@pytest.fixture
def plans(monkeypatch: pytest.MonkeyPatch) -> Plans:
    found = Plans(characters=20_000)
    monkeypatch.setattr(execution, "PLANS", found)
    return found


async def test_plans_hold_no_more_characters_than_they_may(ask: Ask, plans: Plans):
    for number in range(40):
        wide = " ".join(f"k{n}: title" for n in range(number))
        await ask(f'{{ book(id: "BOOK-1") {{ key {wide} }} }}')

    held = sum(plan.characters for plan in plans.kept.values())
    said = sum(len(statement.sql) for plan in plans.kept.values() for statement in plan.statements.values())
    assert 0 < said < held == plans.characters <= 20_000


async def test_a_document_larger_than_all_that_is_kept_is_answered_and_forgotten(ask: Ask, plans: Plans):
    wide = " ".join(f"k{n}: title" for n in range(3000))

    data = await ask(f'{{ book(id: "BOOK-1") {{ {wide} }} }}')

    assert len(data["book"]) == 3000
    assert plans.characters == 0


async def test_what_was_asked_of_a_forgotten_plan_is_forgotten_with_it(ask: Ask, plans: Plans):
    for number in range(60):
        await ask(f'{{ book(id: "BOOK-1") {{ key }} }} # {number} {"x" * 1000}')

    held = {plan for plan, *_ in plans._asked}
    assert held
    assert held <= set(plans.kept.values())


async def test_a_kept_statement_holds_nothing_of_who_asked(ask: Ask, plans: Plans):
    document = "{ books(first: 3) { nodes { key notes { nodes { body } } } } mine { key } }"
    for viewer in (NORTHERNER, KEEPER):
        await ask(document, viewer)

    kept = [statement for plan in plans.kept.values() for statement in plan.statements.values()]
    private = {str(value) for viewer in (NORTHERNER, KEEPER) for value in (viewer.id, viewer.person_id, *viewer.teams)}
    assert len(kept) == 2
    assert not [word for word in private if any(word in f"{each.sql}{each.recipes}" for each in kept)]


@pytest.mark.parametrize(
    ("condition", "limits"),
    [('title: {eq: "Title 01"}', ["LIMIT 40", "LIMIT $"]), ('title: {gte: "Title 01"}', ["LIMIT $"])],
    ids=["equality", "range"],
)
async def test_only_a_page_of_equalities_says_in_its_text_how_little_it_wants(
    pool: asyncpg.Pool, condition: str, limits: list[str]
):
    context = Context(KEEPER, pool)

    await schema.execute(f"{{ books(first: 3, filter: {{{condition}}}) {{ nodes {{ key }} }} }}", context_value=context)

    (sql,) = context.statements
    assert re.findall(r"LIMIT (?:\d+|\$)", sql) == limits


@pytest.mark.parametrize(
    ("fields", "joined"),
    [
        ("holder { name }", 1),
        ("holder { name email } recent { body author { name } }", 2),
        ("whereabouts { ... on Lent { holder { name } } }", 0),  # wanted of some rows only
        ("notes { nodes { book { holder { name } } } }", 1),  # of a row by itself nothing is gained
    ],
)
async def test_what_each_row_of_a_list_refers_to_is_joined(pool: asyncpg.Pool, fields: str, joined: int):
    context = Context(KEEPER, pool)

    result = await schema.execute(f"{{ books(first: 9) {{ nodes {{ {fields} }} }} }}", context_value=context)

    assert not result.errors
    (sql,) = context.statements
    assert sql.count("LEFT JOIN LATERAL") == joined


async def test_one_request_holds_at_most_half_of_the_pool(pool: asyncpg.Pool):
    fields = " ".join(f'b{n}: book(id: "BOOK-1") {{ sleepy }}' for n in range(4))
    asked = asyncio.create_task(schema.execute(f"{{ {fields} }}", context_value=Context(KEEPER, pool)))

    most = 0
    while not asked.done():
        most = max(most, pool.get_size() - pool.get_idle_size())
        await asyncio.sleep(0.005)

    assert pool.get_max_size() == 4
    assert most == 2


@pytest.mark.parametrize(
    "document",
    [
        '{ book(id: "BOOK-1") { ... @defer { key title } notes { nodes { body } } } }',
        '{ book(id: "BOOK-1") { key title notes { nodes @stream(initialCount: 0) { body } } } }',
        '{ book(id: "BOOK-1") { ...A @defer(label: "a") } } fragment A on Book { key title notes { nodes { body } } }',
    ],
)
async def test_what_is_deferred_or_streamed_is_answered_at_once(pool: asyncpg.Pool, document: str):
    core = hooks.core_schema(schema)
    executor: Any = reads.Executor.build(core, parse(document), context_value=Context(KEEPER, pool))

    answer = await executor.execute_operation()

    assert answer.errors is None
    whole = {"key": "BOOK-1", "title": "Title 01", "notes": {"nodes": [{"body": "note 1.0"}]}}
    assert orjson.loads(reads.encode(answer.data)) == {"book": whole}


async def test_what_cannot_be_deferred_is_refused_before_it_runs(ask: Ask):
    answer = await ask.answer('{ ... @defer { book(id: "BOOK-1") { key } } }')

    assert answer["data"] is None
    assert "Unknown directive" in answer["errors"][0]["message"]


async def test_what_was_asked_before_is_answered_by_its_own_variables_whoever_asks(pool: asyncpg.Pool, plans: Plans):
    document = "query ($first: Int, $filter: BookFilter) { books(first: $first, filter: $filter) { nodes { key } } }"
    asked = [{"first": 1}, {"first": 2}, {}, {"first": None}, {"filter": {"title": {"eq": "none such"}}}]

    async def answers(viewer: Any) -> list[Any]:
        found = []
        for variables in asked:
            context = Context(viewer, pool)
            result = await schema.execute(document, variables, context_value=context)
            assert not result.errors
            found.append(orjson.loads(reads.encode(result.data)))
        return found

    first, again, other = await answers(KEEPER), await answers(KEEPER), await answers(NORTHERNER)

    assert first == again
    sizes = [len(data["books"]["nodes"]) for data in first]
    assert sizes[:2] + sizes[4:] == [1, 2, 0]
    assert sizes[2] == sizes[3] > 2
    assert other != first
