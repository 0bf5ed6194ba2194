"""What people do about enforcements that failed."""

from uuid import UUID

from domain.core import content
from domain.core.actor import Actor
from domain.core.transaction import atomic
from domain.review import events as happened
from domain.review import rules
from domain.review.models import Enforcement
from domain.review.record import locked, record, send, settle


@atomic
async def retry_enforcement(enforcement_id: UUID, *, by: Actor) -> Enforcement:
    """Sends a failed enforcement again. Where the platform may have acted all the same, the key stays: it acts once."""
    by.ensure("enforcement.operate")
    _, enforcement = await locked(enforcement_id, by)
    rules.ensure_can_operate(enforcement.state, by, waived=enforcement.waived_at is not None)
    sure = enforcement.failure_code not in rules.UNSURE
    key = rules.key_of(enforcement.id, enforcement.rounds + 1) if sure else enforcement.key
    await record(enforcement, happened.EnforcementRetried(key=key), by=by)
    await send(enforcement)
    return enforcement


@atomic
async def waive_enforcement(enforcement_id: UUID, *, by: Actor, reason: str) -> Enforcement:
    """Lets a failed enforcement be: it stays FAILED, holds the case up no longer, and the reason is on record."""
    by.ensure("enforcement.operate")
    case, enforcement = await locked(enforcement_id, by)
    rules.ensure_can_operate(enforcement.state, by, waived=enforcement.waived_at is not None)
    waived = happened.EnforcementWaived(reason=await content.store(reason, path="reason"))
    await record(enforcement, waived, by=by)
    await settle(case, enforcement, by=by)
    return enforcement
