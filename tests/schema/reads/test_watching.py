"""What can be seen behind an answer: the statements, their plans, how long they took; and what it never shows."""

import asyncio
from hashlib import sha256
from typing import Any

import asyncpg
import pytest
from graphql import parse
from structlog.testing import capture_logs

from api.behind import deprecations
from api.metrics import REGISTRY, count_deprecated
from schema import reads
from schema.documents import Documents
from schema.reads import hooks
from tests.builders import SYSTEM
from tests.schema.reads.conftest import KEEPER, Ask
from tests.schema.reads.library import Context, schema

SLEEPY = "query Slow($t: String!) { books(first: 1, filter: {title: {eq: $t}}) { nodes { sleepy title } } }"


async def asked(pool: asyncpg.Pool, document: str, watch: reads.Watch, **variables: Any) -> tuple[Any, Context]:
    context = Context(KEEPER, pool, watch=watch)
    return await schema.execute(document, variable_values=variables, context_value=context), context


async def test_an_explained_answer_is_the_same_and_tells_each_statement_with_its_plan(pool: asyncpg.Pool):
    document = '{ a: book(id: "BOOK-1") { key } books(first: 2) { nodes { key notes { nodes { id } } } } }'
    plain, _ = await asked(pool, document, reads.Watch())

    answer, context = await asked(pool, document, reads.Watch(explain=True))

    assert reads.encode(answer.data) == reads.encode(plain.data)
    told = {each.path: each for each in context.watch.told}
    assert set(told) == {("a",), ("books",)}
    assert {each.sql for each in told.values()} == set(context.statements)
    assert all(each.milliseconds > 0 and each.plan[0]["Plan"]["Node Type"] for each in told.values())


async def test_a_dry_run_tells_cost_and_statements_and_runs_none(pool: asyncpg.Pool):
    document = '{ book(id: "BOOK-1") { sleepy } surely(id: "BOOK-999") { key } mine { key } plain }'
    context = Context(KEEPER, pool, watch=reads.Watch())
    core = hooks.core_schema(schema)

    async with asyncio.timeout(0.9):
        errors = await reads.rehearse(core, parse(document), variables={}, name=None, context=context)

    assert errors == []
    assert context.watch.cost == 1 + 1 + 10
    assert [(each.path, each.milliseconds) for each in context.watch.told] == [(("book",), None), (("surely",), None)]


async def test_a_dry_run_says_what_is_wrong_and_does_nothing_of_a_mutation(pool: asyncpg.Pool):
    core = hooks.core_schema(schema)
    context = Context(KEEPER, pool, watch=reads.Watch())
    writing = parse('mutation { lend(id: "BOOK-4") { ... on LendSuccess { book { key } } } }')

    wrong = await reads.rehearse(core, parse('{ book(id: "x") { key } }'), variables={}, name=None, context=context)
    none = await reads.rehearse(core, writing, variables={}, name=None, context=context)

    assert [error.extensions["code"] for error in wrong] == ["INVALID_ID"]
    assert (none, context.watch.cost, context.watch.told) == ([], 12, [])


def test_what_will_be_gone_is_told_and_counted_for_whoever_uses_it() -> None:
    documents = Documents(hooks.core_schema(schema))
    used = documents.read("{ books { nodes { key oldKey was: oldKey } } }")
    plain = documents.read("{ books { nodes { key } } }")

    count_deprecated(used, SYSTEM)

    first, second = deprecations(used)
    assert "Book.oldKey is deprecated. Use key" in first["message"]
    assert [first["locations"], second["locations"]] == [[{"line": 1, "column": 23}], [{"line": 1, "column": 30}]]
    assert deprecations(plain) == []
    labels = {"used": "field Book.oldKey", "account": SYSTEM.name}
    assert REGISTRY.get_sample_value("caseward_deprecated_uses_total", labels) == 1


async def test_a_slow_statement_is_logged_by_its_document_without_values(ask: Ask):
    watch = reads.Watch(slow_after=0.5, request_id="r1")
    with capture_logs() as lines:
        await asked(ask._pool, '{ book(id: "BOOK-1") { key } }', watch)
        answer, context = await asked(ask._pool, SLEEPY, watch, t="Title 02")

    (line,) = lines
    assert answer.errors is None
    assert line["event"] == "slow_read"
    assert line["log_level"] == "warning"
    assert (line["operation"], line["path"], line["request_id"]) == ("Slow", "books", "r1")
    assert line["document"] == f"sha256:{sha256(SLEEPY.encode()).hexdigest()}"
    assert line["sql"] == context.statements[0]
    assert line["duration_ms"] >= 1000
    assert "Title 02" not in str(line)


async def test_a_statement_that_was_stopped_is_logged_as_slow_too(ask: Ask):
    context = Context(KEEPER, ask._pool, read_timeout=0.2, watch=reads.Watch(slow_after=0.1))

    with capture_logs() as lines:
        answer = await schema.execute(SLEEPY, variable_values={"t": "Title 02"}, context_value=context)

    assert answer.errors[0].extensions["code"] == "READ_TIMED_OUT"
    assert [line["event"] for line in lines] == ["slow_read"]


async def test_all_reads_of_a_request_share_its_time(ask: Ask):
    fields = " ".join(f'b{n}: book(id: "BOOK-1") {{ sleepy }}' for n in range(6))

    began = asyncio.get_running_loop().time()
    answer = await ask.answer(f"{{ {fields} }}", KEEPER, seconds=1.5)
    took = asyncio.get_running_loop().time() - began

    assert took < 4.5, "two at a time, each with a time of its own, would take three times 1.5 s"
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"READ_TIMED_OUT"}


async def running(pool: asyncpg.Pool) -> int:
    found: int = await pool.fetchval(
        "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%pg_sleep%'"
        " AND pid <> pg_backend_pid() AND datname = current_database()"
    )
    return found


@pytest.mark.parametrize("seconds", [0.3, 5.0])
async def test_a_read_that_nobody_waits_for_ends_in_the_database_as_well(ask: Ask, seconds: float):
    reading = asyncio.create_task(ask.answer(SLEEPY, KEEPER, seconds=seconds, t="Title 02"))
    while not await running(ask._pool):
        assert not reading.done()

    if seconds > 1:
        reading.cancel()
    async with asyncio.timeout(0.9):
        while await running(ask._pool):
            pass

    await asyncio.wait({reading})
    assert reading.cancelled() is (seconds > 1)
