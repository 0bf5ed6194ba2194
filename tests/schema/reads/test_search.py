"""What search finds in the database is what it finds in Python."""

from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.core import predicates as p
from domain.core import search
from tests.rules.test_search import texts

THING = p.Entity("thing", table="thing", fields=[p.ident("id"), p.document("text")])
pieces = st.sampled_from(["refund", "refu", "'", "\\", "退款", "款申请", "申", "ไทย", "O'Neil", "a:*", "<->", "x" * 70])
questions = texts | st.lists(pieces, max_size=3).map(" ".join)


@pytest.fixture(scope="module")
async def connection(pool: asyncpg.Pool) -> AsyncIterator[asyncpg.Connection]:
    async with pool.acquire() as found:
        await found.execute("CREATE TEMP TABLE thing (id uuid)")
        await found.execute("CREATE TEMP TABLE content (id uuid, body text)")
        await found.execute("CREATE TEMP TABLE search_document (content_id uuid, subject_id uuid, words tsvector)")
        yield found
        await found.execute("DROP TABLE thing; DROP TABLE content; DROP TABLE search_document")


async def keep(connection: asyncpg.Connection, kept: list[list[str]]) -> None:
    await connection.execute("TRUNCATE thing, content, search_document")
    for number, of in enumerate(kept):
        await connection.execute("INSERT INTO thing VALUES ($1)", UUID(int=number))
        for place, text in enumerate(of):
            content_id = UUID(int=number * 100 + place)
            await connection.execute("INSERT INTO content VALUES ($1, $2)", content_id, text)
            await connection.execute(
                "INSERT INTO search_document VALUES ($1, $2, $3::text::tsvector)",
                content_id,
                UUID(int=number),
                search.tsvector(text),
            )


async def found(connection: asyncpg.Connection, condition: p.Condition) -> list[int]:
    binds = p.Positional()
    sql = p.to_sql(condition, row="t", binds=binds)
    rows = await connection.fetch(f"SELECT id FROM thing AS t WHERE {sql} ORDER BY id", *binds.values)
    return [int(row["id"]) for row in rows]


mixed = st.lists(st.lists(questions, max_size=3), max_size=4)


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(kept=mixed, asked=st.lists(questions, min_size=1, max_size=6))
async def test_sql_and_python_find_the_same(
    connection: asyncpg.Connection, kept: list[list[str]], asked: list[str]
) -> None:
    await keep(connection, kept)

    for question in [*asked, *(text for of in kept for text in of)]:
        condition = THING["text"].search_for(question)
        for each in (condition, ~condition, ~condition & condition, condition | p.NOBODY):
            said = [number for number, of in enumerate(kept) if p.matches(each, {"text": of or None})]

            assert await found(connection, each) == said, (question, kept)


async def test_a_text_longer_than_a_vector_holds_is_found_by_its_beginning(connection: asyncpg.Connection) -> None:
    text = "退款" + " ".join(f"word{number}" for number in range(search.MOST_LEXEMES * 2))
    await keep(connection, [[text], ["同" * 1000 + "申请"]])

    for question, expected in [("退款 word5", [0]), ("word31999", []), ("同同同", [1]), ("申请", [1])]:
        condition = THING["text"].search_for(question)

        assert await found(connection, condition) == expected
        assert [
            n for n, of in enumerate([text, "同" * 1000 + "申请"]) if p.matches(condition, {"text": [of]})
        ] == expected


@pytest.mark.parametrize("wrong", ["", " … ", "a\0", "x " * 17 + "y" * 500, " ".join("abcdefghijklmnopq"), 5, None])
def test_a_question_without_words_or_with_too_many_is_refused_at_its_place(wrong: object) -> None:
    with pytest.raises(p.PredicateRefused) as refused:
        p.parse(THING, {"or": [{"text": {"search": wrong}}]})

    assert refused.value.path == ("or", 0, "text", "search")


def test_a_document_can_only_be_searched() -> None:
    for key in ("isNull", "eq", "contains"):
        with pytest.raises(p.PredicateRefused) as refused:
            p.parse(THING, {"text": {key: "x"}})

        assert refused.value.path == ("text", key)


def test_a_search_is_written_back_as_it_was_read() -> None:
    document = {"text": {"search": "Café 退款"}}

    assert p.dump(p.parse(THING, document)) == document
