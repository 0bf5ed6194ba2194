"""Carrying an enforcement to the platform: outside any transaction, at least once here, exactly once there."""

from datetime import timedelta
from uuid import UUID

from domain.core.actor import Tool, system
from domain.core.effects import MAX_ATTEMPTS, Effect, TryAgain
from domain.review import actions as review
from domain.review import rules
from domain.review.ports import Accepted, Ambiguous, Applied, Enforcer, Outcome, Refused, Standing, Unavailable, Unheard
from domain.review.states import ReceiptState


async def deliver(effect: Effect, *, enforcer: Enforcer) -> None:
    """Sends an enforcement and records what became of it. Raises TryAgain while that is open.

    What may have been sent before is asked for by key, and sent again only where the platform never heard of it. An
    accepted one is asked for until its receipt comes. After the last attempt it is FAILED: UNREACHABLE or
    UNCONFIRMED, and a person decides; a receipt that comes later still counts.
    """
    by = system(Tool.PLATFORM)
    dispatch = await review.begin_dispatch(effect.ref.id, by=by, key=str(effect.payload["key"]))
    if dispatch is None:
        return
    standing: Standing = await enforcer.status(dispatch.key) if dispatch.again else Unheard()
    outcome: Outcome = (
        await enforcer.dispatch(dispatch.order, key=dispatch.key) if isinstance(standing, Unheard) else standing
    )
    match outcome:
        case Applied(receipt, at):
            await review.record_receipt(
                effect.ref.id, by=by, state=ReceiptState.APPLIED, receipt=receipt, key=dispatch.key, occurred_at=at
            )
        case Refused(code):
            await review.record_receipt(
                effect.ref.id, by=by, state=ReceiptState.FAILED, code=code, key=dispatch.key
            )  # fmt: skip
        case Accepted(external_id):
            await review.record_accepted(effect.ref.id, by=by, external_id=external_id)
            await _come_back(effect, dispatch.key, rules.UNCONFIRMED, "No receipt yet.")
        case Unavailable(error, after):
            await _come_back(effect, dispatch.key, rules.UNREACHABLE, error, after=after)
        case Ambiguous(error):
            await _come_back(effect, dispatch.key, rules.UNREACHABLE, error)


async def _come_back(effect: Effect, key: str, code: str, error: str, *, after: timedelta | None = None) -> None:
    if effect.attempt < MAX_ATTEMPTS:
        raise TryAgain(error, after=after)
    enforcement_id: UUID = effect.ref.id
    await review.record_receipt(
        enforcement_id, by=system(Tool.PLATFORM), state=ReceiptState.FAILED, code=code, key=key
    )  # fmt: skip
