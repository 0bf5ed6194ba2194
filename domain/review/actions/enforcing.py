"""Enforcements on their way: planned, sent, receipted."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.cases import actions as cases
from domain.cases.actions.subjects import SubjectReport
from domain.cases.models import Subject
from domain.cases.states import CaseState
from domain.core import events
from domain.core.actor import Actor
from domain.core.errors import invalid
from domain.core.ids import new_id
from domain.core.transaction import atomic
from domain.review import events as happened
from domain.review import fold, rules
from domain.review.models import Decision, Enforcement
from domain.review.policies import Measure
from domain.review.ports import Order
from domain.review.queries import policy_keys_of
from domain.review.record import locked, record, ref, send, settle
from domain.review.states import EnforcementAction, EnforcementState, ReceiptState


@dataclass(frozen=True, slots=True)
class Dispatch:
    """An order to send under ``key``. ``again`` says that it may have been sent before: ask first."""

    order: Order
    key: str
    again: bool


async def plan(measure: Measure, decision: Decision, *, subject_id: UUID, by: Actor) -> Enforcement:
    """Writes an enforcement down and has it sent, in the decision's transaction."""
    enforcement_id = new_id()
    planned = happened.EnforcementPlanned(
        decision_id=decision.id,
        case_id=decision.case_id,
        action=measure.action,
        subject_id=subject_id,
        lasting=measure.lasting,
    )
    (entry,) = await events.append(ref(enforcement_id), planned, by=by)
    enforcement = await Enforcement.create(id=enforcement_id, **fold.changes(planned, entry, {}))
    await send(enforcement)
    return enforcement


@atomic
async def begin_dispatch(enforcement_id: UUID, *, by: Actor, key: str) -> Dispatch | None:
    """What to send now; None where nothing is to be sent any more. Recorded before anything leaves.

    An enforcement whose case ended meanwhile expires unsent.
    """
    by.ensure("enforcement.record")
    case, enforcement = await locked(enforcement_id, by)
    if enforcement.key != key or enforcement.state not in {EnforcementState.PLANNED, EnforcementState.DISPATCHED}:
        return None
    if case.state is not CaseState.ENFORCING:
        await record(enforcement, happened.EnforcementExpired(), by=by)
        return None
    again = enforcement.attempts > 0
    enforcement.attempts += 1
    await enforcement.save(update_fields=["attempts"])
    if enforcement.state is EnforcementState.PLANNED:
        await record(enforcement, happened.EnforcementDispatched(key=key, attempt=enforcement.attempts), by=by)
    return Dispatch(await _order(enforcement), key, again)


@atomic
async def record_accepted(enforcement_id: UUID, *, by: Actor, external_id: str) -> None:
    """The platform took it and will send a receipt. Repeating changes nothing."""
    by.ensure("enforcement.record")
    _, enforcement = await locked(enforcement_id, by)
    if enforcement.state is EnforcementState.DISPATCHED and enforcement.external_id != external_id:
        await record(enforcement, happened.EnforcementAccepted(external_id=external_id[:255]), by=by)


@atomic
async def record_receipt(
    enforcement_id: UUID,
    *,
    by: Actor,
    state: ReceiptState,
    receipt: str | None = None,
    code: str | None = None,
    key: str | None = None,
    external_id: str | None = None,
    occurred_at: datetime | None = None,
) -> bool:
    """What the platform says became of it; says whether that was news. Repeats and stale failures change nothing.

    APPLIED needs a ``receipt``, FAILED a ``code``. ``key`` is the one the receipt answers; None is the last sent.
    The last one settled resolves the case; a failure leaves it ENFORCING until a person retries or waives it.
    """
    by.ensure("enforcement.record")
    case, enforcement = await locked(enforcement_id, by)
    if not rules.receipt_changes(enforcement.state, state, current=key in {None, enforcement.key}):
        return False
    if state is ReceiptState.FAILED:
        await record(enforcement, happened.EnforcementFailed(code=rules.code_of(code or "")), by=by, at=occurred_at)
        return True
    if not receipt:
        raise invalid("receipt", "Send the receipt's id: 1 to 255 characters.")
    applied = happened.EnforcementApplied(receipt=receipt[:255], external_id=external_id and external_id[:255])
    await record(enforcement, applied, by=by, at=occurred_at)
    if enforcement.action is EnforcementAction.END_STREAM:
        await _ended(enforcement, by=by)
    await settle(case, enforcement, by=by)
    return True


async def _ended(enforcement: Enforcement, *, by: Actor) -> None:
    """The receipt is news of the subject too: nobody watches it any more."""
    subject = await Subject.get(id=enforcement.subject_id)
    gone = SubjectReport(kind=subject.kind, external_ref=subject.external_ref, live=False)
    await cases.report_subject(gone, by=by)


async def _order(enforcement: Enforcement) -> Order:
    subject = await Subject.get(id=enforcement.subject_id)
    return Order(
        enforcement_id=enforcement.id,
        action=enforcement.action,
        subject_kind=subject.kind,
        subject_ref=subject.external_ref,
        owner_ref=subject.owner_ref,
        lasting=enforcement.lasting,
        policy_keys=tuple(await policy_keys_of(enforcement.decision_id)),
    )
