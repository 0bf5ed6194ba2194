"""The right to work on a case: one holder, fenced, expiring."""

import asyncio

import pytest
from tortoise import connections

from domain.cases import actions as cases
from domain.cases.errors import LeaseHeld, LeaseLost
from domain.cases.models import Case, Lease
from domain.cases.states import CaseState
from domain.core.actor import Actor
from domain.core.errors import VersionConflict
from domain.core.models import Event
from domain.people.roles import Role
from tests.builders import a_person, a_queue, a_signal, a_team, an_account

pytestmark = pytest.mark.usefixtures("database")


async def queued_case() -> tuple[Case, Actor, Actor]:
    team = await a_team()
    await a_queue(team=team.id)
    ada, bo = await a_person("Ada", team=team.id), await a_person("Bo", Role.LEAD, team=team.id, lead=True)
    filed = await a_signal(await an_account())
    return filed.case, ada, bo


async def test_of_racing_claimants_exactly_one_wins() -> None:
    case, _, _ = await queued_case()
    people = [await a_person(f"Person{n}") for n in range(8)]

    answers = await asyncio.gather(*(cases.claim(case.id, by=p) for p in people), return_exceptions=True)

    assert sum(isinstance(answer, Lease) for answer in answers) == 1
    assert sum(isinstance(answer, LeaseHeld) for answer in answers) == 7
    assert await Lease.filter(case_id=case.id, released_at=None).count() == 1
    assert await Event.filter(subject_id=case.id, kind="CaseClaimed").count() == 1


async def test_a_second_claim_of_the_holder_fences_out_the_first_token() -> None:
    case, ada, _ = await queued_case()
    first = await cases.claim(case.id, by=ada)

    second = await cases.claim(case.id, by=ada)

    with pytest.raises(LeaseLost):
        await cases.hold(case.id, by=ada, reason="WAITING", token=first.token)
    await cases.hold(case.id, by=ada, reason="WAITING", token=second.token)
    assert (await Case.get(id=case.id)).state is CaseState.ON_HOLD


async def test_a_lead_takes_over_and_a_colleague_cannot() -> None:
    case, ada, bo = await queued_case()
    await cases.claim(case.id, by=ada)

    for other in (await a_person("Cy"), await a_person("Dee", Role.LEAD, team=(await a_team("far")).id, lead=True)):
        with pytest.raises(LeaseHeld, match=r"Ada .* ask a lead of the case's team"):
            await cases.claim(case.id, by=other, take_over=True)
    lease = await cases.claim(case.id, by=bo, take_over=True, reason="SHIFT_END")

    assert lease.holder_id == bo.person_id
    with pytest.raises(LeaseHeld, match="Bo"):
        await cases.release(case.id, by=ada)


async def test_a_stale_version_is_refused_and_changes_nothing() -> None:
    case, ada, _ = await queued_case()
    before = await Event.filter(subject_id=case.id).count()

    with pytest.raises(VersionConflict):
        await cases.claim(case.id, by=ada, expected_version=1)

    assert await Event.filter(subject_id=case.id).count() == before
    assert not await Lease.filter(case_id=case.id).exists()


async def test_who_comes_second_with_an_old_version_is_told_who_has_the_case() -> None:
    case, ada, bo = await queued_case()
    read = (await Case.get(id=case.id)).version
    await cases.claim(case.id, by=ada, expected_version=read)
    before = await Event.filter(subject_id=case.id).count()

    with pytest.raises(LeaseHeld, match="Ada"):
        await cases.claim(case.id, by=bo, expected_version=read)

    assert await Event.filter(subject_id=case.id).count() == before
    with pytest.raises(VersionConflict):
        await cases.claim(case.id, by=bo, expected_version=read, take_over=True)
    assert (await Lease.get(case_id=case.id, released_at=None)).holder_id == ada.person_id


async def test_a_token_of_an_older_claim_is_said_to_be_one_while_the_claim_lives() -> None:
    case, ada, _ = await queued_case()
    older = await cases.claim(case.id, by=ada)
    await cases.claim(case.id, by=ada)
    before = await Event.filter(subject_id=case.id).count()

    with pytest.raises(LeaseLost, match="older claim"):
        await cases.hold(case.id, by=ada, reason="WAITING", token=older.token)

    assert await Event.filter(subject_id=case.id).count() == before


async def test_the_chain_of_a_case_is_unbroken_and_tampering_shows() -> None:
    case, ada, _ = await queued_case()
    await cases.claim(case.id, by=ada)
    connection = connections.get("default")
    broken = """
        SELECT count(*) AS n FROM (SELECT *, lag(hash, 1, '') OVER (PARTITION BY subject_type, subject_id ORDER BY seq)
            AS before FROM event) e
        WHERE prev_hash <> before OR hash <> event_hash(prev_hash, subject_type, subject_id, seq, kind, schema_version,
            occurred_at, recorded_at, actor_id, actor_kind, origin, tool, causation_id, correlation_id, batch_id,
            source, source_event_id, payload)"""
    assert (await connection.execute_query_dict(broken))[0]["n"] == 0

    await connection.execute_script(
        "ALTER TABLE event DISABLE TRIGGER event_append_only;"
        "UPDATE event SET payload = payload || '{\"holder_id\": null}' WHERE kind = 'CaseClaimed'"
    )

    assert (await connection.execute_query_dict(broken))[0]["n"] == 1
