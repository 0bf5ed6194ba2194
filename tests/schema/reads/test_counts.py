"""Counts are exact up to a bound, and say where they stopped."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
import strawberry
from strawberry.schema.config import StrawberryConfig

from domain.core import predicates as p
from schema import reads
from schema.reads.paging import COUNT_BOUND
from schema.scalars import SCALARS
from tests.schema.reads.conftest import KEEPER
from tests.schema.reads.library import Context

TICK = p.Entity("tick", table="tick", fields=[p.ident("id", prefix="tick"), p.integer("place")])


@reads.entity("tick", prefix="tick", filters=TICK, visible=p.EVERYONE, sorts=("place",), order="place")
class Tick(reads.Node):
    """One of very many."""

    place: int = reads.column(description="Which.")


@strawberry.type
class Query:
    ticks: reads.Connection[Tick] = reads.root_connection(Tick, description="All of them.")


schema = strawberry.Schema(Query, execution_context_class=reads.Executor, config=StrawberryConfig(scalar_map=SCALARS))


@pytest.fixture
async def crowded(pool: asyncpg.Pool) -> AsyncIterator[asyncpg.Pool]:
    await pool.execute(
        "CREATE TABLE tick (id uuid PRIMARY KEY, place bigint NOT NULL); "
        f"INSERT INTO tick SELECT gen_random_uuid(), n FROM generate_series(1, {COUNT_BOUND + 5}) AS n"
    )
    yield pool
    await pool.execute("DROP TABLE tick")


async def count(pool: asyncpg.Pool, least: int) -> dict[str, Any]:
    document = f"{{ ticks(first: 1, filter: {{place: {{gte: {least}}}}}) {{ totalCount {{ value relation }} }} }}"
    answer = await schema.execute(document, context_value=Context(KEEPER, pool))
    assert answer.errors is None
    return answer.data


async def test_a_count_is_exact_up_to_its_bound_and_says_beyond_that_there_may_be_more(crowded: asyncpg.Pool):
    told = [reads.encode(await count(crowded, least)) for least in (1, 5, 6, 7)]

    beyond, exact = b'"value":10000,"relation":"AT_LEAST"', b'"value":10000,"relation":"EXACT"'
    assert [beyond in told[0], beyond in told[1], exact in told[2]] == [True] * 3
    assert b'"value":9999,"relation":"EXACT"' in told[3]
