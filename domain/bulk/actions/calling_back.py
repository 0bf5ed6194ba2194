"""Calling a batch back, and letting go what it does outside."""

from dataclasses import replace
from uuid import UUID

from domain.bulk import rules
from domain.bulk.actions.starting import undo
from domain.bulk.events import BulkEffectsLetGo
from domain.bulk.execution import GATE_TIMER, end
from domain.bulk.models import BulkOperation
from domain.bulk.record import locked, ref
from domain.bulk.states import OPEN, BulkState
from domain.core import clock, effects, events, gates, timers
from domain.core.actor import Actor
from domain.core.transaction import atomic

_CALLS_BACK: dict[str, object] = {"calls_back": True}
"""What the batch that cancelling begins says of itself."""


@atomic
async def cancel(operation_id: UUID, *, by: Actor) -> BulkOperation | None:
    """Stops a batch: what is not done stays undone. While what it does outside still waits, nothing of that happens and
    what is done is taken back: the batch that does so is answered, else None. Harmless to repeat: the same is answered.
    """
    operation = await locked(operation_id, by)
    now = await clock.now()
    rules.ensure_can_cancel(operation.state, by, effects_until=operation.effects_until, now=now)
    waits = operation.effects_after is not None and operation.applied > 0
    if operation.state is BulkState.CANCELLED:
        return await _called_back(operation) if waits else None
    if operation.state in OPEN:
        await end(operation, BulkState.CANCELLED, by=replace(by, batch_id=operation.id))
    if not waits:
        return None
    await effects.cancel_batch(operation.id)
    await timers.disarm(GATE_TIMER, ref(operation.id))
    operation.state, operation.effects_until = BulkState.CANCELLED, None
    await operation.save(update_fields=["state", "effects_until"])
    undoing = await undo(operation.id, by=by)
    undoing.arguments = _CALLS_BACK
    await undoing.save(update_fields=["arguments"])
    return undoing


async def _called_back(operation: BulkOperation) -> BulkOperation | None:
    """The batch that took it back when it was cancelled, not one that somebody asked for besides."""
    return await BulkOperation.filter(undoes_id=operation.id, arguments__contains=_CALLS_BACK).first()


@atomic
async def let_go(operation_id: UUID, *, by: Actor) -> bool:
    """What a batch does outside goes ahead; says whether it was time. Harmless to repeat."""
    by.ensure("system.enforce")
    operation = await BulkOperation.filter(id=operation_id).select_for_update().first()
    now = await clock.now()
    if operation is None or operation.effects_until is None or operation.effects_until > now:
        return False
    await gates.lift(operation.id)
    await events.append(ref(operation.id), BulkEffectsLetGo(), by=by)
    return True
