"""What a worker does of a batch. Whatever ends the worker, what it committed is done and the rest is still to do."""

from dataclasses import replace
from uuid import UUID

from domain.bulk.execution import advance, end
from domain.bulk.models import BulkOperation
from domain.bulk.states import OPEN, BulkState
from domain.core.actor import SYSTEM_ID, Actor
from domain.core.errors import Forbidden
from domain.core.transaction import atomic
from domain.people.errors import TokenInvalid
from domain.people.queries import actor_of_old


@atomic
async def work(operation_id: UUID, *, by: Actor) -> bool:
    """Does the next chunk as whoever asked for the batch, with the rights they have now; says whether more is to do.

    A batch whose actor may act no more stops.
    """
    by.ensure("system.enforce")
    operation = await BulkOperation.filter(id=operation_id).select_for_update().first()
    if operation is None or operation.state not in OPEN:
        return False
    try:
        actor = await _actor(operation, by)
        actor.ensure("case.bulk")
    except (TokenInvalid, Forbidden) as refusal:
        await end(operation, BulkState.STOPPED, by=replace(by, batch_id=operation.id), code=refusal.code)
        return False
    return await advance(operation, by=replace(actor, batch_id=operation.id)) and operation.state in OPEN


async def _actor(operation: BulkOperation, by: Actor) -> Actor:
    if operation.requested_by_id == SYSTEM_ID:
        return by
    return await actor_of_old(operation.requested_by_id, operation.token_id, tool=by.tool)
