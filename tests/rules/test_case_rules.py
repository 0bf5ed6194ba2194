"""What may be done to a case, and what those are told who may not."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from domain.cases import rules
from domain.cases.rules import CaseFacts, LeaseFacts
from domain.cases.states import CaseState
from domain.core.actor import Actor, ActorKind, Tool
from domain.core.ids import new_id
from domain.people.roles import Role, permissions_of

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
ADA = new_id()
S = CaseState


def an_actor(*roles: Role) -> Actor:
    return Actor(
        id=new_id(),
        kind=ActorKind.HUMAN,
        name="Ada",
        tool=Tool.GRAPHQL,
        person_id=ADA,
        permissions=permissions_of(frozenset(roles)),
    )


def a_case(state: CaseState, *, workflow: str = "review", holder: UUID | None = None) -> CaseFacts:
    lease = (
        LeaseFacts(holder_id=holder, holder_name="Ada", token=None, expires_at=NOW + timedelta(minutes=5))
        if holder
        else None
    )
    return CaseFacts(workflow=workflow, state=state, team_id=None, assignee_id=None, lease=lease, now=NOW)


def told(case: CaseFacts, by: Actor, action: str) -> tuple[str, str]:
    refusal = dict(rules.abilities(case, by))[action]
    return ("", "") if refusal is None else (refusal.code, refusal.message)


CLAIM_FIRST = ("LEASE_NEEDED", "Claim the case first: this needs its lease.")
REOPEN_FIRST = ("CASE_IS_OVER", "This case is resolved and takes no more work. Reopen it first.")


@pytest.mark.parametrize(
    ("state", "action", "said"),
    [
        (S.QUEUED, "DECIDE", CLAIM_FIRST),
        (S.ESCALATED, "DECIDE", CLAIM_FIRST),
        (S.QUEUED, "REOPEN", ("NOTHING_TO_REOPEN", "This case is queued, not finished: there is nothing to reopen.")),
        (S.QUEUED, "RELEASE", ("ALREADY_THERE", "This case is queued already: there is nothing to do.")),
        (S.ON_HOLD, "HOLD", ("ALREADY_THERE", "This case is on hold already: there is nothing to do.")),
        (S.ESCALATED, "ESCALATE", ("ALREADY_THERE", "This case is escalated already: there is nothing to do.")),
        (S.QUEUED, "RESUME", ("NOT_ON_HOLD", "This case is queued, not on hold: there is nothing to resume.")),
        (S.RESOLVED, "RESOLVE", ("ALREADY_THERE", "This case is resolved already: there is nothing to do.")),
        *((S.RESOLVED, action, REOPEN_FIRST) for action in ("RELEASE", "CLAIM", "HOLD", "DECIDE", "QUEUE", "RESUME")),
        (S.MERGED, "REOPEN", ("CASE_IS_OVER", "This case is merged and is over for good: work on another case.")),
        (S.ON_HOLD, "RESUME", ("", "")),
        (S.ON_HOLD, "QUEUE", ("", "")),
        (S.QUEUED, "PRIORITIZE", ("", "")),
    ],
)
def test_a_refusal_says_what_to_do_first(state: CaseState, action: str, said: tuple[str, str]) -> None:
    assert told(a_case(state), an_actor(Role.REVIEWER), action) == said


@pytest.mark.parametrize("state", list(CaseState))
def test_an_analyst_is_told_the_permission_the_mutation_names(state: CaseState) -> None:
    for action, permission in {"DECIDE": "case.decide", "RESUME": "case.work", "PRIORITIZE": "case.work"}.items():
        code, message = told(a_case(state), an_actor(Role.ANALYST), action)
        assert (code, permission in message) == ("FORBIDDEN", True)


def test_the_holder_of_a_lease_may_decide_and_resolves_by_deciding() -> None:
    held = a_case(S.IN_REVIEW, holder=ADA)

    assert told(held, an_actor(Role.REVIEWER), "DECIDE") == ("", "")
    assert told(held, an_actor(Role.REVIEWER), "RESOLVE")[0] == "DECISION_NEEDED"


@pytest.mark.parametrize("origin", list(CaseState))
def test_no_refusal_shouts_a_constant_at_people(origin: CaseState) -> None:
    for workflow in ("review", "service"):
        if workflow == "service" and origin in {S.PENDING_APPROVAL, S.DECIDED, S.ENFORCING}:
            continue
        for action, refusal in rules.abilities(a_case(origin, workflow=workflow), an_actor(Role.ADMIN)):
            assert refusal is None or "_" not in refusal.message, action
