"""A case's way through its workflow."""

from datetime import datetime
from uuid import UUID

from domain.cases import rules, workflows
from domain.cases.events import (
    CaseCancelled,
    CaseClosed,
    CaseDecided,
    CaseEnforcing,
    CaseEscalated,
    CaseHeld,
    CaseMoved,
    CaseQueued,
    CaseReopened,
    CaseResolved,
    CaseResumed,
)
from domain.cases.models import Case, Queue
from domain.cases.record import end_lease, locked, record, ref
from domain.cases.states import CaseState
from domain.core import content, timers
from domain.core.actor import Actor, Origin
from domain.core.codes import ensure_code
from domain.core.errors import Forbidden, NotFound, invalid
from domain.core.events import Source
from domain.core.transaction import atomic

HOLD_TIMER = "HOLD"


@atomic
async def queue(case_id: UUID, *, by: Actor, queue_id: UUID, expected_version: int | None = None) -> Case:
    """Puts a case into a queue: triage by a person, or a move to another team's queue. Ends the actor's lease.

    Putting it where it already waits changes nothing.
    """
    by.ensure("case.work")
    case, facts = await locked(case_id, by, expected_version=expected_version)
    target = await Queue.filter(id=queue_id, active=True).first()
    if target is None:
        raise NotFound("queue", queue_id, path=("queueId",))
    rules.ensure_can_queue(facts, by)
    if case.state is CaseState.QUEUED and case.queue_id == target.id:
        return case
    await end_lease(case, facts.now)
    await _stop_hold(case)
    queued = CaseQueued(
        from_state=case.state, to_state=CaseState.QUEUED, queue_id=target.id, team_id=target.team_id
    )  # fmt: skip
    await record(case, queued, by=by)
    return case


@atomic
async def hold(
    case_id: UUID,
    *,
    by: Actor,
    reason: str,
    until: datetime | None = None,
    token: UUID | None = None,
    expected_version: int | None = None,
) -> Case:
    """Sets a case aside for a stated reason; it resumes by itself at ``until``. Clocks may stand still meanwhile."""
    by.ensure("case.work")
    case, facts = await locked(case_id, by, expected_version=expected_version)
    rules.ensure_can_move(facts, by, CaseState.ON_HOLD, token=token)
    ensure_code(reason, path="reason", example="WAITING_FOR_PLATFORM")
    if until is not None and until <= facts.now:
        raise invalid("until", "Choose a moment in the future.", code="IN_THE_PAST")
    if until is not None and until > facts.now + rules.LONGEST_HOLD:
        raise invalid("until", "Choose a moment within a year, and hold it again then.", code="TOO_FAR")
    await end_lease(case, facts.now)
    held = CaseHeld(from_state=case.state, to_state=CaseState.ON_HOLD, hold_reason=reason, hold_until=until)
    await record(case, held, by=by)
    await timers.set_next(HOLD_TIMER, ref(case.id), until)
    return case


@atomic
async def resume(case_id: UUID, *, by: Actor, expected_version: int | None = None) -> Case:
    """Ends a hold: the case waits in its queue again."""
    by.ensure("case.work")
    case, facts = await locked(case_id, by, expected_version=expected_version)
    rules.ensure_can_resume(facts, by)
    await _stop_hold(case)
    await record(case, CaseResumed(from_state=case.state, to_state=CaseState.QUEUED), by=by)
    return case


@atomic
async def end_hold(case_id: UUID, *, by: Actor) -> bool:
    """Resumes a case whose hold has run out; says whether it did. One resumed or held anew meanwhile is left alone."""
    by.ensure("system.enforce")
    case, facts = await locked(case_id, by)
    if case.state is not CaseState.ON_HOLD or case.hold_until is None or case.hold_until > facts.now:
        await timers.set_next(HOLD_TIMER, ref(case.id), case.hold_until)
        return False
    await record(case, CaseResumed(from_state=case.state, to_state=CaseState.QUEUED), by=by)
    return True


@atomic
async def escalate(
    case_id: UUID, *, by: Actor, reason: str, token: UUID | None = None, expected_version: int | None = None
) -> Case:
    """Hands a case to the next review tier, with the reason on record."""
    by.ensure("case.work")
    case, facts = await locked(case_id, by, expected_version=expected_version)
    rules.ensure_can_move(facts, by, CaseState.ESCALATED, token=token)
    why = await content.store(reason, path="reason")
    await end_lease(case, facts.now)
    await _stop_hold(case)
    escalated = CaseEscalated(from_state=case.state, to_state=CaseState.ESCALATED, tier=case.tier + 1, reason=why)
    await record(case, escalated, by=by)
    return case


@atomic
async def resolve(
    case_id: UUID, *, by: Actor, resolution: str, token: UUID | None = None, expected_version: int | None = None
) -> Case:
    """Resolves a service case with a resolution code. A review case is refused: it is resolved by a decision."""
    by.ensure("case.work")
    case, facts = await locked(case_id, by, expected_version=expected_version)
    rules.ensure_can_resolve(facts, by, token=token)
    ensure_code(resolution, path="resolution", example="ANSWERED")
    await end_lease(case, facts.now)
    await _stop_hold(case)
    await record(
        case, CaseResolved(from_state=case.state, to_state=CaseState.RESOLVED, resolution=resolution), by=by
    )  # fmt: skip
    return case


@atomic
async def reopen(case_id: UUID, *, by: Actor, reason: str, expected_version: int | None = None) -> Case:
    """Takes a resolved or closed case up again, into its queue."""
    by.ensure("case.reopen")
    case, facts = await locked(case_id, by, expected_version=expected_version)
    rules.ensure_can_reopen(facts, by)
    ensure_code(reason, path="reason", example="NEW_SIGNAL")
    await record(case, CaseReopened(from_state=case.state, to_state=CaseState.QUEUED, reason=reason), by=by)
    return case


@atomic
async def cancel(case_id: UUID, *, by: Actor, reason: str, expected_version: int | None = None) -> Case:
    """Ends a case that should not exist: spam, a duplicate, a test. Its clocks count nowhere."""
    by.ensure("case.cancel")
    case, facts = await locked(case_id, by, expected_version=expected_version)
    rules.ensure_can_cancel(facts, by)
    ensure_code(reason, path="reason", example="DUPLICATE")
    await end_lease(case, facts.now)
    await _stop_hold(case)
    await record(case, CaseCancelled(from_state=case.state, to_state=CaseState.CANCELLED, reason=reason), by=by)
    return case


@atomic
async def close(case_id: UUID, *, by: Actor) -> Case:
    """Closes a resolved case: nothing more is expected."""
    by.ensure("case.work")
    case, facts = await locked(case_id, by)
    workflows.ensure_move(facts.workflow, facts.state, CaseState.CLOSED)
    await record(case, CaseClosed(from_state=case.state, to_state=CaseState.CLOSED), by=by)
    return case


@atomic
async def mark_decided(
    case_id: UUID, *, by: Actor, decision_id: UUID, token: UUID | None = None, expected_version: int | None = None
) -> Case:
    """A decision stands. Called by the review capability, in its transaction; needs the lease."""
    by.ensure("case.decide")
    by.ensure("case.work")
    case, facts = await locked(case_id, by, expected_version=expected_version)
    rules.ensure_can_decide(facts, by, token=token)
    await end_lease(case, facts.now)
    await record(
        case, CaseDecided(from_state=case.state, to_state=CaseState.DECIDED, decision_id=decision_id), by=by
    )  # fmt: skip
    return case


@atomic
async def mark_enforcing(case_id: UUID, *, by: Actor, decision_id: UUID) -> Case:
    """The decision's enforcements are under way. Called by the review capability."""
    by.ensure("case.decide")
    case, facts = await locked(case_id, by)
    workflows.ensure_move(facts.workflow, facts.state, CaseState.ENFORCING)
    await record(
        case, CaseEnforcing(from_state=case.state, to_state=CaseState.ENFORCING, decision_id=decision_id), by=by
    )  # fmt: skip
    return case


@atomic
async def mark_resolved(case_id: UUID, *, by: Actor, resolution: str) -> Case:
    """The decision is carried out, or asked for nothing. Called by the review capability."""
    by.ensure("case.decide")
    case, facts = await locked(case_id, by)
    workflows.ensure_move(facts.workflow, facts.state, CaseState.RESOLVED)
    await record(
        case, CaseResolved(from_state=case.state, to_state=CaseState.RESOLVED, resolution=resolution), by=by
    )  # fmt: skip
    return case


@atomic
async def move(
    case_id: UUID,
    *,
    by: Actor,
    to: CaseState,
    occurred_at: datetime,
    source: Source,
    hold_reason: str | None = None,
    resolution: str | None = None,
    assignee_id: UUID | None = None,
) -> Case:
    """Writes one step of an imported history: any state to any other, marked IMPORT, no state in between."""
    by.ensure("case.import")
    if by.origin is not Origin.IMPORT:
        raise Forbidden("Only an import may move a case freely. Use the action that says what happened.")
    case, _facts = await locked(case_id, by)
    moved = CaseMoved(
        from_state=case.state, to_state=to, hold_reason=hold_reason, resolution=resolution, assignee_id=assignee_id
    )
    await record(case, moved, by=by, occurred_at=occurred_at, source=source)
    return case


async def _stop_hold(case: Case) -> None:
    if case.state is CaseState.ON_HOLD:
        await timers.disarm(HOLD_TIMER, ref(case.id))
