"""The right to work on a case now: taken, extended, given back, run out."""

from uuid import UUID

from domain.cases import rules, steps
from domain.cases.errors import LeaseLost
from domain.cases.events import CaseClaimed, CaseReleased, LeaseTaken
from domain.cases.models import Case, CaseDraft, Lease
from domain.cases.record import LEASE_TIMER, carry_out, end_lease, locked, record, ref, take
from domain.cases.states import CaseState
from domain.core import clock, content, timers, transaction
from domain.core.actor import Actor
from domain.core.errors import ensure_version
from domain.core.transaction import atomic

_GRANT = "grant_lease($1, $2, $3, $4, $5, $6, $7)"


@atomic
async def claim(
    case_id: UUID,
    *,
    by: Actor,
    expected_version: int | None = None,
    take_over: bool = False,
    reason: str | None = None,
) -> Lease:
    """Takes the case for the actor's person and returns the fenced lease; of two racing claimants one gets LEASE_HELD.

    A claim by the present holder, or a lead's take-over, makes a new token: the old one writes nothing any more.
    """
    holder = rules.ensure_claimant(by)
    case, facts = await locked(case_id, by)
    # Who has the case says more than that it has changed since.
    rules.ensure_unheld(facts, by, take_over=take_over)
    ensure_version("case", expected=expected_version, actual=case.version, subject_id=case.id)
    outcome = steps.Claim(take_over=take_over, reason=reason).judge(facts, by)
    claimed = outcome.event
    assert isinstance(claimed, CaseClaimed | LeaseTaken)  # noqa: S101 - what a claim comes to
    await carry_out(case, outcome, by=by, found=facts)
    ends_at = facts.now + rules.LEASE_LENGTH
    lease = Lease(id=claimed.lease_id, case_id=case.id, holder_id=holder, acquired_at=facts.now, expires_at=ends_at)
    transaction.defer(
        _GRANT, [lease.id, lease.case_id, lease.holder_id, lease.token, lease.acquired_at, ends_at, LEASE_TIMER]
    )
    return lease


@atomic
async def extend_lease(case_id: UUID, *, by: Actor, token: UUID) -> Lease:
    """Heartbeat of a holder: moves the lease's end. LEASE_LOST where it ended or was taken."""
    by.ensure("case.claim")
    case, facts = await locked(case_id, by)
    rules.ensure_holds_lease(facts, by, token)
    lease = await Lease.get(case_id=case.id, released_at=None)
    lease.expires_at = facts.now + rules.LEASE_LENGTH
    await lease.save(update_fields=["expires_at"])
    await timers.arm(LEASE_TIMER, ref(case.id), lease.expires_at)
    return lease


@atomic
async def release(case_id: UUID, *, by: Actor, token: UUID | None = None, expected_version: int | None = None) -> Case:
    """Gives the case back to its queue; assignee and draft stay."""
    return await take(case_id, steps.Release(token=token), by=by, expected_version=expected_version)


@atomic
async def expire_lease(case_id: UUID, *, by: Actor) -> bool:
    """Returns a case whose lease ran out to its queue; says whether there was one. A lease extended meanwhile stays."""
    by.ensure("system.enforce")
    case, facts = await locked(case_id, by)
    if facts.lease is None:
        return False
    if facts.living is not None:
        await timers.arm(LEASE_TIMER, ref(case.id), facts.lease.expires_at)
        return False
    await end_lease(case, facts.now)
    if case.state is CaseState.IN_REVIEW:
        released = CaseReleased(
            from_state=case.state, to_state=CaseState.QUEUED, holder_id=facts.lease.holder_id, expired=True
        )
        await record(case, released, by=by)
    return True


@atomic
async def save_draft(case_id: UUID, *, by: Actor, text: str, token: UUID | None = None) -> CaseDraft:
    """Keeps what the holder has written so far, one draft per case and person; it outlives the lease."""
    by.ensure("case.claim")
    case, facts = await locked(case_id, by)
    rules.ensure_holds_lease(facts, by, token)
    if by.person_id is None:
        raise LeaseLost
    body = await content.store(text, path="text")
    draft, _ = await CaseDraft.update_or_create(
        case_id=case.id, person_id=by.person_id, defaults={"body_id": body.id, "saved_at": await clock.now()}
    )
    return draft
