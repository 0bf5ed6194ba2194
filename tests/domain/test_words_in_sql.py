"""What SQL names a second time is what the code names."""

import asyncpg
import pytest

from domain.cases.ranking import COUNTED, TRUSTED_ORIGINS
from domain.cases.states import PROACTIVE_ORIGINS, CaseState


@pytest.fixture
async def database(database_url: str) -> "asyncpg.Connection[asyncpg.Record]":
    return await asyncpg.connect(database_url)


async def test_the_worklist_orders_states_as_the_workflow_does(
    database: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    view = await database.fetchval("SELECT pg_get_viewdef('case_work'::regclass)")
    await database.close()

    states = view.split("ARRAY[")[1].split("]")[0]
    assert [state.strip().split("'")[1] for state in states.split(",")] == list(CaseState)


async def test_ranks_are_gathered_from_the_origins_and_outcomes_the_formula_counts(
    database: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    source = await database.fetchval("SELECT prosrc FROM pg_proc WHERE proname = 'case_rank_facts'")
    await database.close()

    listed = [
        {word.split("'")[1] for word in part.split(")")[0].split(",")}
        for part in " ".join(source.split()).split("IN (")[1:]
    ]
    assert listed == [set(PROACTIVE_ORIGINS), set(TRUSTED_ORIGINS), set(COUNTED)]
