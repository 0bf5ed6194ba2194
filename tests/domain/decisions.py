"""What the tests of decisions and enforcements start from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from domain.cases import actions as cases
from domain.cases.actions.subjects import SubjectReport
from domain.cases.models import Case
from domain.core.actor import Actor, Tool, system
from domain.core.models import Effect, Event
from domain.people.roles import Role
from domain.review import actions as review
from domain.review.models import Decision, Enforcement
from domain.review.states import DecisionKind
from tests.builders import SYSTEM, a_person, a_queue, a_room, a_signal, a_team, an_account

PLATFORM = system(Tool.PLATFORM)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A case under review, its reviewer, the lead, and the lease's token."""

    case: Case
    ada: Actor
    bo: Actor
    token: UUID


async def a_policy(key: str = "live.scam", **body: Any) -> None:
    spec: Mapping[str, Any] = {
        "title": "Scams",
        "allowed_actions": ["WARN", "END_STREAM", "SUSPEND"],
        "default_actions": [{"action": "END_STREAM"}, {"action": "SUSPEND", "lasting": "P7D"}],
    } | body
    await review.publish_policy(key, by=SYSTEM, body=spec, note="first")


async def a_claimed_case(room: SubjectReport | None = None) -> Claimed:
    team = await a_team()
    await a_queue(team=team.id)
    ada, bo = await a_person("Ada", team=team.id), await a_person("Bo", Role.LEAD, team=team.id, lead=True)
    filed = await a_signal(await an_account(), room=room or a_room())
    lease = await cases.claim(filed.case.id, by=ada)
    return Claimed(await Case.get(id=filed.case.id), ada, bo, lease.token)


async def a_violation(claimed: Claimed, **wishes: Any) -> Decision:
    return await review.decide(
        claimed.case.id,
        by=claimed.ada,
        kind=DecisionKind.VIOLATION,
        policy_keys=["live.scam"],
        reasoning="Sells what does not exist.",
        **wishes,
    )


async def enforcements_of(decision: Decision) -> dict[str, Enforcement]:
    """By action."""
    return {row.action.value: row for row in await Enforcement.filter(decision_id=decision.id)}


async def traces() -> tuple[int, int, int]:
    """How many events, effects and enforcements there are: what a refusal must leave alone."""
    return await Event.all().count(), await Effect.all().count(), await Enforcement.all().count()
