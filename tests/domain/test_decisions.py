"""A decision: who may take it, what it needs, and what it sets in motion."""

import asyncio
from typing import Any

import pytest
from tortoise import connections
from tortoise.exceptions import IntegrityError, OperationalError

from domain.cases import actions as cases
from domain.cases.errors import LeaseHeld, LeaseNeeded
from domain.cases.models import Case, Signal
from domain.cases.states import CaseKind, CaseState, SignalOutcome
from domain.core.errors import Forbidden, NotFound, Refusal, ValidationFailed, VersionConflict
from domain.core.models import Content, Effect, Event
from domain.people.roles import Role
from domain.review import actions as review
from domain.review.errors import (
    ActionCannotLast,
    ActionNotAllowed,
    ActionUnfit,
    AutomationNotAllowed,
    EnforcementWithoutViolation,
    FourEyesNeeded,
    PolicyNeeded,
    SubjectNeeded,
)
from domain.review.models import Decision, DecisionPolicy
from domain.review.policies import Measure
from domain.review.queries import current_decision, policies_of
from domain.review.states import Automation, DecisionKind, EnforcementAction, EnforcementState
from integrations.postgres import pool
from tests.builders import SYSTEM, a_person, a_queue, a_team
from tests.domain.decisions import a_claimed_case, a_policy, a_violation, enforcements_of, traces
from tests.domain.locks import wait_for_a_lock

pytestmark = pytest.mark.usefixtures("database")


async def test_a_violation_plans_what_its_policy_asks_for_and_the_case_waits_for_it() -> None:
    await a_policy()
    claimed = await a_claimed_case()

    decision = await a_violation(claimed, token=claimed.token, expected_version=claimed.case.version)

    case = await Case.get(id=claimed.case.id)
    planned = await enforcements_of(decision)
    assert case.state is CaseState.ENFORCING
    assert {name: row.state for name, row in planned.items()} == {
        "END_STREAM": EnforcementState.PLANNED,
        "SUSPEND": EnforcementState.PLANNED,
    }
    assert planned["SUSPEND"].lasting is not None
    assert planned["SUSPEND"].lasting.days == 7
    assert await Effect.filter(kind="enforce.dispatch", state="PENDING").count() == 2
    assert (await Signal.get()).outcome is SignalOutcome.AGREED
    assert (await current_decision(case.id)) == decision
    assert (await DecisionPolicy.get(decision_id=decision.id)).policy_key == "live.scam"


async def test_a_decision_that_enforces_nothing_resolves_the_case_at_once() -> None:
    claimed = await a_claimed_case()

    await review.decide(claimed.case.id, by=claimed.ada, kind=DecisionKind.NO_VIOLATION, reasoning="A real seller.")

    case = await Case.get(id=claimed.case.id)
    assert (case.state, case.resolution) == (CaseState.RESOLVED, "NO_VIOLATION")
    assert await Effect.filter(kind="enforce.dispatch").count() == 0
    assert (await Signal.get()).outcome is SignalOutcome.DISAGREED


async def test_a_violation_may_be_left_unpunished_on_purpose() -> None:
    await a_policy()
    claimed = await a_claimed_case()

    decision = await a_violation(claimed, actions=())

    assert (await Case.get(id=claimed.case.id)).state is CaseState.RESOLVED
    assert await enforcements_of(decision) == {}


async def test_a_requeued_case_waits_again_and_is_not_decided() -> None:
    claimed = await a_claimed_case()

    decision = await review.decide(
        claimed.case.id, by=claimed.ada, kind=DecisionKind.REQUEUE, reasoning="I do not speak Thai."
    )

    assert (await Case.get(id=claimed.case.id)).state is CaseState.QUEUED
    assert await Decision.exists(id=decision.id)
    assert await current_decision(claimed.case.id) is None
    assert (await Signal.get()).outcome is SignalOutcome.PENDING


async def test_reasons_are_content_and_never_in_the_log() -> None:
    await a_policy()
    claimed = await a_claimed_case()

    decision = await a_violation(claimed, private_note="Third time this week.")

    assert (await Content.get(id=decision.reasoning_id)).body == "Sells what does not exist."
    payloads = str([event.payload for event in await Event.all()])
    assert "does not exist" not in payloads
    assert "Third time" not in payloads


@pytest.mark.parametrize(
    ("wishes", "refusal"),
    [
        ({"policy_keys": []}, PolicyNeeded),
        ({"policy_keys": ["live.unheard"]}, NotFound),
        ({"reasoning": "  "}, ValidationFailed),
        ({"kind": DecisionKind.NO_VIOLATION, "actions": [Measure(action="END_STREAM")]}, EnforcementWithoutViolation),
        ({"actions": [Measure(action=EnforcementAction.REMOVE)]}, ActionNotAllowed),
        ({"actions": [Measure(action="WARN"), Measure(action="WARN")]}, ValidationFailed),
        ({"policy_keys": ["live.minors"]}, FourEyesNeeded),
        ({"automation": Automation.FULLY}, AutomationNotAllowed),
        ({"policy_keys": ["ads.lies"], "actions": [Measure(action="REMOVE")]}, ActionUnfit),
        ({"actions": [Measure(action="END_STREAM", lasting="P1D")]}, ActionCannotLast),
        ({"expected_version": 1}, VersionConflict),
    ],
)
async def test_what_a_decision_lacks_is_refused_and_nothing_changes(
    wishes: dict[str, Any], refusal: type[Refusal]
) -> None:
    await a_policy()
    await a_policy("live.minors", requires_four_eyes=True)
    await a_policy("ads.lies", allowed_actions=["REMOVE"], default_actions=[])
    claimed = await a_claimed_case()
    before = await traces()
    asked: dict[str, Any] = {"kind": DecisionKind.VIOLATION, "policy_keys": ["live.scam"], "reasoning": "Sells lies."}

    with pytest.raises(refusal):
        await review.decide(claimed.case.id, by=claimed.ada, **(asked | wishes))

    assert await traces() == before
    assert (await Case.get(id=claimed.case.id)).state is CaseState.IN_REVIEW
    assert (await Signal.get()).outcome is SignalOutcome.PENDING


async def test_what_came_into_effect_while_a_decision_waited_for_its_case_holds() -> None:
    await a_policy()
    claimed = await a_claimed_case()

    async with pool().acquire() as holder, pool().acquire() as onlooker:
        held = holder.transaction()
        await held.start()
        await holder.execute('SELECT 1 FROM "case" WHERE id = $1 FOR UPDATE', claimed.case.id)
        deciding = asyncio.create_task(a_violation(claimed))
        await wait_for_a_lock(onlooker)
        await a_policy(requires_four_eyes=True)
        await held.rollback()
        with pytest.raises(FourEyesNeeded):
            await deciding

    assert (await Case.get(id=claimed.case.id)).state is CaseState.IN_REVIEW


async def test_only_the_holder_decides_and_a_viewer_never() -> None:
    await a_policy()
    claimed = await a_claimed_case()
    viewer = await a_person("Cy", Role.VIEWER)
    asked: dict[str, Any] = {"kind": DecisionKind.NO_VIOLATION, "reasoning": "Fine."}
    before = await traces()

    with pytest.raises(Forbidden, match=r"case\.decide"):
        await review.decide(claimed.case.id, by=viewer, **asked)
    with pytest.raises(LeaseHeld):
        await review.decide(claimed.case.id, by=claimed.bo, **asked)
    assert await traces() == before

    await cases.release(claimed.case.id, by=claimed.ada)
    with pytest.raises(LeaseNeeded):
        await review.decide(claimed.case.id, by=claimed.ada, **asked)
    assert not await Decision.exists()


async def test_a_case_about_nothing_on_the_platform_cannot_be_enforced() -> None:
    await a_policy()
    team = await a_team()
    await a_queue(team=team.id)
    ada = await a_person("Ada", team=team.id)
    case = await cases.open_case("A letter", by=ada, kind=CaseKind.REACTIVE)
    await cases.claim(case.id, by=ada)

    with pytest.raises(SubjectNeeded):
        await review.decide(
            case.id, by=ada, kind=DecisionKind.VIOLATION, policy_keys=["live.scam"], reasoning="It is a scam."
        )

    assert (await Case.get(id=case.id)).state is CaseState.IN_REVIEW


async def test_a_second_decision_overrides_the_first_and_neither_ever_changes() -> None:
    claimed = await a_claimed_case()
    first = await review.decide(claimed.case.id, by=claimed.ada, kind=DecisionKind.NO_VIOLATION, reasoning="Fine.")
    await cases.reopen(claimed.case.id, by=claimed.bo, reason="NEW_SIGNAL")
    await cases.claim(claimed.case.id, by=claimed.bo)

    second = await review.decide(claimed.case.id, by=claimed.bo, kind=DecisionKind.OUT_OF_SCOPE, reasoning="Not ours.")

    assert second.override_of_id == first.id
    assert await current_decision(claimed.case.id) == second
    with pytest.raises((OperationalError, IntegrityError)):
        await connections.get("default").execute_query("UPDATE decision SET kind = 'VIOLATION'")


async def test_a_decision_keeps_the_policy_version_it_stood_on() -> None:
    await a_policy()
    (stood_on,) = await policies_of(["live.scam"])
    claimed = await a_claimed_case()
    decision = await a_violation(claimed)

    await review.publish_policy(
        "live.scam", by=SYSTEM, body={"title": "Scams and fakes", "allowed_actions": ["WARN"]}, note="milder"
    )

    link = await DecisionPolicy.get(decision_id=decision.id).prefetch_related("version")
    assert link.version.id == stood_on.id
    assert (await policies_of(["live.scam"]))[0].rev == 2


async def test_a_policy_whose_defaults_it_does_not_allow_is_refused() -> None:
    manager, viewer = await a_person("Mo", Role.POLICY_OWNER), await a_person("Cy", Role.VIEWER)

    with pytest.raises(ValidationFailed, match="allowed_actions"):
        await review.publish_policy(
            "live.x", by=manager, body={"title": "X", "default_actions": [{"action": "WARN"}]}, note="n"
        )
    with pytest.raises(Forbidden):
        await review.publish_policy("live.x", by=viewer, body={"title": "X"}, note="n")

    assert not await Event.filter(kind="ContentPolicyPublished").exists()
