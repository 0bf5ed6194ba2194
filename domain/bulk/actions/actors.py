"""Stopping an account that runs wild, and letting it act again."""

from datetime import UTC, datetime
from uuid import UUID

from domain.bulk import rules
from domain.bulk.events import ActorReinstated, ActorSuspended
from domain.bulk.execution import end
from domain.bulk.models import BulkOperation
from domain.bulk.states import OPEN, BulkState
from domain.core import content, effects, events, gates, transaction
from domain.core.actor import Actor
from domain.core.transaction import Gate, Ref, atomic
from domain.people import suspension

UNTIL_REINSTATED = datetime(9000, 1, 1, tzinfo=UTC)

_LATELY = """
SELECT DISTINCT subject_id FROM event WHERE subject_type = 'case' AND actor_id = $1
    AND recorded_at > app_clock() - interval '10 minutes'
"""


@atomic
async def suspend_actor(actor_id: UUID, *, by: Actor, reason: str) -> bool:
    """An account does nothing more: its next statement fails, its batches stop, and what follows outside from what it
    did and has not begun is held, trackers of the cases it changed in the last ten minutes included. Says whether it
    was active. What it did stays until somebody undoes it. FORBIDDEN for whoever has a right that the suspender lacks,
    and for Caseward's own account.
    """
    by.ensure("actor.suspend")
    rules.ensure_can_suspend(await suspension.facts_of(actor_id), by)
    why = await content.store(reason, path="reason")
    if not await suspension.suspend(actor_id):
        return False
    stopped = 0
    # A chunk under way holds its batch's lock: it ends first, and is the last.
    for operation in await BulkOperation.filter(requested_by_id=actor_id, state__in=list(OPEN)).select_for_update():
        await end(operation, BulkState.STOPPED, by=by, code="ACTOR_SUSPENDED")
        stopped += 1
    rows = await transaction.current().connection.execute_query_dict(_LATELY, [actor_id])
    await gates.close(Gate(actor_id, UNTIL_REINSTATED), [Ref("case", row["subject_id"]) for row in rows])
    held = await effects.hold_of(actor_id)
    suspended = ActorSuspended(reason=why, stopped=stopped, held=held)
    await events.append(Ref("principal", actor_id), suspended, by=by)
    return True


@atomic
async def reinstate_actor(actor_id: UUID, *, by: Actor) -> bool:
    """An account may act again, and what was held of it goes ahead. Batches that were stopped stay so. Says whether it
    was suspended. FORBIDDEN for whoever has a right that the actor lacks."""
    by.ensure("actor.suspend")
    rules.ensure_can_reinstate(await suspension.facts_of(actor_id), by)
    if not await suspension.reinstate(actor_id):
        return False
    await gates.lift(actor_id)
    reinstated = ActorReinstated(let_go=await effects.let_go_of(actor_id))
    await events.append(Ref("principal", actor_id), reinstated, by=by)
    return True
