"""What an action leaves for the end of its transaction: called together, and there for whoever comes next."""

import pytest
from tortoise.exceptions import IntegrityError

from domain.cases import actions as cases
from domain.cases.models import Case, Lease
from domain.core import idempotency, transaction
from domain.core.actor import Actor
from domain.core.ids import new_id
from domain.core.models import IdempotencyKey
from domain.core.transaction import savepoint
from tests.builders import a_person, a_queue, a_signal, a_team, an_account

pytestmark = pytest.mark.usefixtures("database")


async def queued_case() -> tuple[Case, Actor]:
    team = await a_team()
    await a_queue(team=team.id)
    ada = await a_person("Ada", team=team.id)
    return (await a_signal(await an_account())).case, ada


async def test_an_action_of_the_same_transaction_finds_what_the_one_before_it_did() -> None:
    case, ada = await queued_case()

    async with transaction.transaction():
        lease = await cases.claim(case.id, by=ada)
        await cases.release(case.id, by=ada, token=lease.token)

    assert (await Lease.get(case_id=case.id)).released_at is not None


async def test_all_that_is_left_for_the_end_is_one_statement() -> None:
    case, ada = await queued_case()
    said: list[str] = []

    async with transaction.transaction() as unit:
        unit.connection._connection.add_query_logger(lambda query: said.append(query.query))
        taken, _ = await idempotency.take("key", by=ada, place=0, request="x")
        await cases.claim(case.id, by=ada)
        idempotency.keep(taken, {"case": {"uuid": case.id}})

    (last,) = [text for text in said if "keep_outcome" in text]
    assert last.startswith("SELECT grant_lease($1, $2, $3, $4, $5, $6, $7), keep_outcome($8, $9::jsonb)")
    assert (await IdempotencyKey.get(id=taken)).outcome == {"case": {"uuid": str(case.id)}}
    assert await Lease.filter(case_id=case.id, released_at=None).count() == 1


async def test_what_is_left_by_a_part_that_is_taken_back_is_never_done() -> None:
    _, ada = await queued_case()

    async with transaction.transaction():
        before, _ = await idempotency.take("before", by=ada, place=0, request="x")
        within, _ = await idempotency.take("within", by=ada, place=0, request="y")
        idempotency.keep(before, {"kept": {"value": 1}})
        async with savepoint() as point:
            idempotency.keep(within, {"kept": {"value": 2}})
            point.take_back()

    assert (await IdempotencyKey.get(id=before)).outcome == {"kept": {"value": 1}}
    assert (await IdempotencyKey.get(id=within)).outcome is None


async def test_what_fails_at_the_end_of_a_part_is_taken_back_with_it() -> None:
    case, ada = await queued_case()
    nobody = new_id()

    async with transaction.transaction():
        with pytest.raises(IntegrityError):
            async with savepoint():
                transaction.defer(
                    "grant_lease($1, $2, $3, $4, $5, $6, $7)",
                    [new_id(), case.id, nobody, new_id(), case.opened_at, case.opened_at, "LEASE"],
                )
        await cases.claim(case.id, by=ada)

    assert (await Lease.get(case_id=case.id)).holder_id == ada.person_id
