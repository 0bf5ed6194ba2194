"""A case's way through its workflow."""

from datetime import datetime
from uuid import UUID

from domain.cases import rules, steps, workflows
from domain.cases.events import (
    CaseDecided,
    CaseEnforcing,
    CaseMoved,
    CaseResolved,
    CaseResumed,
)
from domain.cases.models import Case, Queue
from domain.cases.record import HOLD_TIMER, end_lease, ensure_visible, locked, record, ref, take
from domain.cases.states import CaseState
from domain.core import timers
from domain.core.actor import Actor, Origin
from domain.core.errors import Forbidden, NotFound
from domain.core.events import Source
from domain.core.transaction import atomic


@atomic
async def queue(case_id: UUID, *, by: Actor, queue_id: UUID, expected_version: int | None = None) -> Case:
    """Puts a case into a queue: triage by a person, or a move to another team's queue. Ends the actor's lease.

    Putting it where it already waits changes nothing.
    """
    by.ensure("case.work")
    target = await Queue.filter(id=queue_id, active=True).first()
    if target is None:
        await ensure_visible(case_id, by)
        raise NotFound("queue", queue_id, path=("queueId",))
    step = steps.Queue(queue_id=target.id, team_id=target.team_id)
    return await take(case_id, step, by=by, expected_version=expected_version)


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
    step = steps.Hold(reason=reason, until=until, token=token)
    return await take(case_id, step, by=by, expected_version=expected_version)


@atomic
async def resume(case_id: UUID, *, by: Actor, expected_version: int | None = None) -> Case:
    """Ends a hold: the case waits in its queue again."""
    return await take(case_id, steps.Resume(), by=by, expected_version=expected_version)


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
    step = steps.Escalate(reason=reason, token=token)
    return await take(case_id, step, by=by, expected_version=expected_version)


@atomic
async def resolve(
    case_id: UUID, *, by: Actor, resolution: str, token: UUID | None = None, expected_version: int | None = None
) -> Case:
    """Resolves a service case with a resolution code. A review case is refused: it is resolved by a decision."""
    step = steps.Resolve(resolution=resolution, token=token)
    return await take(case_id, step, by=by, expected_version=expected_version)


@atomic
async def reopen(case_id: UUID, *, by: Actor, reason: str, expected_version: int | None = None) -> Case:
    """Takes a resolved or closed case up again, into its queue."""
    return await take(case_id, steps.Reopen(reason=reason), by=by, expected_version=expected_version)


@atomic
async def cancel(case_id: UUID, *, by: Actor, reason: str, expected_version: int | None = None) -> Case:
    """Ends a case that should not exist: spam, a duplicate, a test. Its clocks count nowhere."""
    return await take(case_id, steps.Cancel(reason=reason), by=by, expected_version=expected_version)


@atomic
async def close(case_id: UUID, *, by: Actor) -> Case:
    """Closes a resolved case: nothing more is expected."""
    return await take(case_id, steps.Close(), by=by)


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
