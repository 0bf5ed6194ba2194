"""What an operation costs is known before it runs, and from its document and page sizes alone."""

from typing import Any

import asyncpg
import pytest

from schema import reads
from schema.reads import execution
from schema.reads.costs import SHAPES_KEPT
from tests.schema.reads.conftest import KEEPER, Ask
from tests.schema.reads.library import Context, schema


async def priced(pool: asyncpg.Pool, document: str, *, limit: int | None = None, **variables: Any) -> Any:
    context = Context(KEEPER, pool, watch=reads.Watch(cost_limit=limit))
    context.answer = await schema.execute(document, variable_values=variables, context_value=context)
    return context


@pytest.mark.parametrize(
    ("document", "cost"),
    [
        ("{ plain }", 0),
        ('{ book(id: "BOOK-1") { key title shelf { since } } }', 1),
        ('{ book(id: "BOOK-1") { key holder { name } viewerCan { action } } }', 3),
        ("{ books { nodes { key } } }", 25),
        ("{ books(first: 3) { nodes { key holder { name } } } }", 6),
        ("{ books(last: 3) { edges { cursor node { key } } pageInfo { endCursor } } }", 3),
        ("{ books(first: 2) { nodes { key } edges { node { key } } totalCount { value } } }", 14),
        ("{ books(first: 3) { nodes { notes(first: 4) { nodes { author { name } } } } } }", 3 * (1 + 4 * 2)),
        ("{ books(first: 9999) { totalCount { value } } }", 10),
        ('{ book(id: "BOOK-1") { recent { body } noteCount } }', 1 + 3 + 10),
        ("{ marks { subject { ... on Book { holder { name } } ... on Note { body } } } }", 10 * (1 + 2)),
        ('{ nodes(ids: ["BOOK-1", "BOOK-2"]) { id ... on Book { holder { name } } } }', 4),
        ("{ members(first: 2) { nodes { lengths { p50 p90 } byState { count } } } }", 2 * (1 + 20)),
        ("{ __schema { types { name fields { name } } } books(first: 1) { nodes { key } } }", 1),
        ("{ a: books(first: 1) { nodes { key } } b: books(first: 2) { nodes { key } } }", 3),
        ('mutation { lend(id: "BOOK-1") { ... on LendSuccess { book { key } } } }', 12),
    ],
)
async def test_an_operation_costs_the_objects_it_may_read(pool: asyncpg.Pool, document: str, cost: int):
    asked = await priced(pool, document)

    assert asked.watch.cost == cost


async def test_sizes_and_directives_may_come_from_variables(pool: asyncpg.Pool):
    document = """query ($n: Int = 7, $last: Int, $ids: [ID!]!, $deep: Boolean!) {
        books(first: $n, last: $last) { nodes { key holder @include(if: $deep) { name } } } nodes(ids: $ids) { id } }"""

    told = [
        (await priced(pool, document, **given)).watch.cost
        for given in (
            {"ids": [], "deep": False},
            {"n": 2, "ids": [], "deep": False},
            {"n": 2, "ids": ["BOOK-1"] * 3, "deep": True},
            {"n": None, "last": 5, "ids": [], "deep": False},
            {"n": None, "ids": [], "deep": False},
        )
    ]

    assert told == [7, 2, 7, 5, 25]


async def test_prices_of_one_document_are_bounded_however_many_its_directives(pool: asyncpg.Pool):
    names = [f"v{n}" for n in range(8)]
    wanted = " ".join(f"key @include(if: ${name})" for name in names)
    document = f"query ({', '.join(f'${name}: Boolean!' for name in names)}) {{ books {{ nodes {{ {wanted} }} }} }}"

    for chosen in range(2**8):
        asked = await priced(pool, document, **{name: bool(chosen >> n & 1) for n, name in enumerate(names)})
        assert asked.watch.cost == 25

    _, kept = next(reversed(execution.PRICES._kept.values()))
    assert len(kept) == SHAPES_KEPT


async def test_what_costs_too_much_is_refused_before_anything_runs(pool: asyncpg.Pool):
    document = (
        'mutation { lend(id: "BOOK-2") { ... on LendSuccess { book { key notes(first: 9) { nodes { id } } } } } }'
    )
    before = await pool.fetchval("SELECT count(*) FROM book WHERE state = 'LENT'")

    refused = await priced(pool, document, limit=20)
    allowed = await priced(pool, "{ books(first: 20) { nodes { key } } }", limit=20)

    (error,) = refused.answer.errors
    assert (refused.answer.data, error.extensions) == (None, {"code": "COST_LIMIT", "retryable": False})
    assert "21 things; 20" in error.message
    assert refused.statements == []
    assert await pool.fetchval("SELECT count(*) FROM book WHERE state = 'LENT'") == before
    assert allowed.answer.errors is None


async def test_a_subscription_that_costs_too_much_never_starts(pool: asyncpg.Pool):
    context = Context(KEEPER, pool, watch=reads.Watch(cost_limit=1))

    events = await schema.subscribe(
        'subscription { lent(keys: ["BOOK-1"]) { notes { nodes { id } } } }', context_value=context
    )

    (refused,) = [event async for event in events]
    assert refused.errors[0].extensions["code"] == "COST_LIMIT"
    assert context.statements == []


async def test_the_dearest_page_of_the_library_costs_what_its_sizes_say(ask: Ask):
    document = (
        "{ members(first: 200) { nodes { books(first: 200) { nodes { notes(first: 200) { nodes { id } } } } } } }"
    )

    context = await priced(ask._pool, document, limit=20_000)

    assert context.watch.cost == 200 * (1 + 200 * (1 + 200))
    assert context.answer.errors[0].extensions["code"] == "COST_LIMIT"
