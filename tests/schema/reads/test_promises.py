"""Promised values that are null: an error with the value's path, and the nearest nullable place above is null."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from tests.schema.reads.conftest import KEEPER, NORTHERNER, Ask, uid

BARE = "UPDATE book SET labels[1] = $2 WHERE number = $1"
GONE = "UPDATE book SET state = $2 WHERE number = $1"


@pytest.fixture
async def bare(pool: asyncpg.Pool) -> AsyncIterator[None]:
    """BOOK-3 has nothing on its spine."""
    await pool.execute(BARE, 3, "bare")
    yield
    await pool.execute(BARE, 3, "l3")


@pytest.fixture
async def eaten(pool: asyncpg.Pool) -> AsyncIterator[None]:
    """BOOK-6 is nowhere that the contract knows."""
    await pool.execute(GONE, 6, "EATEN")
    yield
    await pool.execute(GONE, 6, "SHELF")


def told(answer: dict[str, Any]) -> list[tuple[list[str | int], str]]:
    return [(error["path"], error["extensions"]["code"]) for error in answer.get("errors", ())]


@pytest.mark.usefixtures("bare")
async def test_an_object_without_what_it_promises_is_null_and_its_neighbours_stay(ask: Ask):
    answer = await ask.answer('{ a: book(id: "BOOK-3") { key on: spine } b: book(id: "BOOK-1") { key spine } }')

    assert answer["data"] == {"a": None, "b": {"key": "BOOK-1", "spine": "l1"}}
    assert told(answer) == [(["a", "on"], "NULL_IN_ANSWER")]


@pytest.mark.usefixtures("bare")
async def test_where_nothing_above_may_be_null_all_of_the_answer_is(ask: Ask):
    answer = await ask.answer("{ books(first: 30) { nodes { key spine } } }", KEEPER)

    assert answer["data"] is None
    ((path, code),) = told(answer)
    assert (path[:2], path[3:], code) == (["books", "nodes"], ["spine"], "NULL_IN_ANSWER")


@pytest.mark.usefixtures("bare")
async def test_far_below_only_the_nearest_that_may_be_null_is(ask: Ask):
    query = """{ members { nodes { name books(first: 30) { edges { node { key } } } } }
      notes: nodes(ids: ["note_%s", "BOOK-4"]) { ... on Note { body book { key spine } } ... on Book { key } } }"""

    answer = await ask.answer(query % uid(4, 31).hex, KEEPER)

    assert answer["data"]["notes"] == [{"body": "note 3.1", "book": None}, {"key": "BOOK-4"}]
    assert told(answer) == [(["notes", 0, "book", "spine"], "NULL_IN_ANSWER")]


@pytest.mark.usefixtures("bare")
async def test_beside_what_is_computed_it_is_the_same(ask: Ask):
    computed = await ask.answer('{ book(id: "BOOK-3") { key viewerCan { action } spine } }')
    surely = await ask.answer('{ surely(id: "BOOK-3") { spine viewerCan { action } } }')
    marks = await ask.answer('{ nodes(ids: ["BOOK-3", "BOOK-2"]) { ... on Book { spine viewerCan { allowed } } } }')

    assert (computed["data"], told(computed)) == ({"book": None}, [(["book", "spine"], "NULL_IN_ANSWER")])
    assert (surely["data"], told(surely)) == (None, [(["surely", "spine"], "NULL_IN_ANSWER")])
    assert marks["data"]["nodes"] == [None, {"spine": "l2", "viewerCan": [{"allowed": False}]}]


@pytest.mark.usefixtures("eaten")
async def test_a_part_of_a_kind_the_contract_does_not_know_is_missing(ask: Ask):
    query = '{ book(id: "BOOK-6") { key whereabouts { __typename } } mine { key } }'

    answer = await ask.answer(query)

    assert answer["data"]["book"] is None
    assert told(answer) == [(["book", "whereabouts"], "NULL_IN_ANSWER")]


@pytest.mark.usefixtures("bare")
async def test_a_payload_tells_it_too(ask: Ask):
    answer = await ask.answer(
        'mutation { lend(id: "BOOK-3", ok: false) { ... on LendRefused { code book { spine } } } }'
    )

    assert answer["data"] == {"lend": {"code": "NO", "book": None}}
    assert told(answer) == [(["lend", "book", "spine"], "NULL_IN_ANSWER")]


async def test_a_value_that_looks_like_the_mark_is_a_value(ask: Ask, pool: asyncpg.Pool):
    mark = '{"#null":0}'
    await pool.execute("UPDATE book SET extra = $1::text::jsonb, title = $1 WHERE number = 3", mark)

    data = await ask('{ book(id: "BOOK-3") { extra title spine } books(first: 2) { nodes { extra } } }', NORTHERNER)

    await pool.execute("UPDATE book SET extra = '{\"a\": [1, 2]}', title = 'Title 03' WHERE number = 3")
    assert data["book"] == {"extra": {"#null": 0}, "title": mark, "spine": "l3"}
