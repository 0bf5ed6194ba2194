"""One fact about many subjects: in which order they are taken."""

import asyncio
from uuid import UUID

import pytest

from domain.cases.events import CasePrioritized
from domain.cases.states import Priority, Severity
from domain.core.together import MANY, append_together
from domain.core.transaction import transaction
from integrations.postgres import pool
from tests.builders import SYSTEM, a_queue, a_team
from tests.domain.batches import some_cases
from tests.domain.locks import wait_for_a_lock

pytestmark = pytest.mark.usefixtures("database")


def to(priority: Priority) -> CasePrioritized:
    return CasePrioritized(severity=Severity.SEV3, priority=priority)


@pytest.mark.parametrize("few", [1, MANY])
async def test_while_a_subject_is_another_s_those_behind_it_are_free(few: int) -> None:
    await a_queue(team=(await a_team()).id)
    first, *others = sorted(await some_cases(SYSTEM, few + MANY))

    async def append(happened: list[tuple[CasePrioritized, list[UUID]]]) -> None:
        async with transaction():
            await append_together("case", happened, by=SYSTEM)

    async with pool().acquire() as holder, pool().acquire() as onlooker:
        held = holder.transaction()
        await held.start()
        await holder.execute("SELECT 1 FROM event_head WHERE subject_id = $1 FOR UPDATE", first)
        waiting = asyncio.create_task(
            append([(to(Priority.P1), others[few - 1 :][::-1]), (to(Priority.P2), [*others[: few - 1], first])])
        )
        await wait_for_a_lock(onlooker)
        free = await onlooker.fetch(
            "SELECT 1 FROM event_head WHERE subject_id = ANY ($1::uuid[]) FOR UPDATE SKIP LOCKED", others
        )
        await held.rollback()
        await waiting

    assert len(free) == len(others)
