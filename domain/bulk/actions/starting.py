"""Beginning a batch. A small one is done at once, a large one is handed to a worker."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from domain.bulk import asking, caps, rules, undoing
from domain.bulk.asking import Asked, Kept
from domain.bulk.choosing import Choice, chosen, visible
from domain.bulk.events import BulkStarted
from domain.bulk.execution import advance, end, hand_to_worker
from domain.bulk.models import BulkChunk, BulkItem, BulkOperation
from domain.bulk.record import keep_items, keep_refused, locked, ref, unseen
from domain.bulk.states import BulkAction, BulkErrorPolicy, BulkOutcome, BulkState
from domain.core import clock, events
from domain.core.actor import Actor
from domain.core.errors import NotFound
from domain.core.ids import new_id
from domain.core.transaction import atomic
from domain.people.models import Principal


@atomic
async def start(
    asked: Asked,
    *,
    by: Actor,
    choice: Choice,
    error_policy: BulkErrorPolicy = BulkErrorPolicy.ALL_OR_NOTHING,
    validate_only: bool = False,
    effects_after: timedelta | None = None,
) -> BulkOperation:
    """Does one thing to many cases: each by the rules of the single action, all under one batch id.

    Up to 500 are done when this returns; more are a worker's. ``effects_after``: what follows outside waits for so
    long after the end, and a cancel until then leaves no trace there. What exceeds the token's cap is REFUSED, on
    record, and whoever answers for it told.
    """
    by.ensure("case.bulk")
    action = asking.action_of(asked)
    by.ensure("case.decide" if isinstance(asked, asking.Decide) else asked.permission)
    rules.ensure_wait(effects_after)
    if not isinstance(asked, asking.Decide):
        with asking.told_of(action):
            asked.ensure_sound(await clock.now())
    case_ids = await chosen(choice, by=by)
    rules.ensure_size(len(case_ids) + len(choice.unknown), error_policy, path="filter" if choice.ids is None else "ids")
    operation = _operation(
        action, by=by, error_policy=error_policy, dry_run=validate_only, effects_after=effects_after
    )  # fmt: skip
    return await _begin(operation, await asking.keep(asked), case_ids, by=by, unknown=choice.unknown)


@atomic
async def undo(
    operation_id: UUID, *, by: Actor, choice: Choice | None = None, validate_only: bool = False
) -> BulkOperation:
    """Takes back a batch, or those of its cases that ``choice`` names; itself a batch, and harmless to repeat.

    Each case is as if it had never been part of it, its clocks too. Those that somebody changed since, or of which the
    platform was told, are left alone and say so.
    """
    rules.ensure_can_undo(by)
    undone = await locked(operation_id, by)
    done = BulkItem.filter(operation_id=undone.id, outcome=BulkOutcome.APPLIED, case_id__isnull=False)
    applied: set[UUID] = {row.case_id for row in await done.only("id", "case_id") if row.case_id}
    case_ids, unknown = await _seen(sorted(applied), by)
    if choice is not None:
        # A filter chooses among the batch's cases; a case named by its id is answered for in any case.
        case_ids, unknown = await chosen(choice, by=by, among=applied), choice.unknown
    operation = _operation(
        BulkAction.UNDO, by=by, error_policy=BulkErrorPolicy.SKIP_FAILED, dry_run=validate_only, undoes=undone.id
    )
    return await _begin(operation, Kept({}), case_ids, by=by, unknown=unknown)


@atomic
async def undo_by_actor(
    actor_id: UUID, *, by: Actor, since: datetime, validate_only: bool = False
) -> BulkOperation:  # fmt: skip
    """Takes back what an account did to cases since a moment, as far as nobody built upon it. NOT_FOUND where there is
    no such account."""
    by.ensure("case.bulk")
    by.ensure("actor.suspend")
    if not await Principal.exists(id=actor_id):
        raise NotFound("account", actor_id, path=("actorId",))
    case_ids = await undoing.changed_by(actor_id, since, most=rules.MOST + 1)
    rules.ensure_size(len(case_ids), BulkErrorPolicy.SKIP_FAILED, path="since")
    case_ids, unknown = await _seen(case_ids, by)
    operation = _operation(
        BulkAction.UNDO, by=by, error_policy=BulkErrorPolicy.SKIP_FAILED, dry_run=validate_only
    )  # fmt: skip
    kept = Kept({"actor_id": str(actor_id), "since": since.isoformat()})
    return await _begin(operation, kept, case_ids, by=by, unknown=unknown)


async def _seen(case_ids: Sequence[UUID], by: Actor) -> tuple[list[UUID], Sequence[str | None]]:
    """Those of the cases that the actor may see, and the others without a name: nobody named them."""
    seen = await visible(case_ids, by=by)
    return [id for id in case_ids if id in seen], [None] * (len(case_ids) - len(seen))  # noqa: A001


def _operation(action: BulkAction, *, by: Actor, undoes: UUID | None = None, **told: Any) -> BulkOperation:
    return BulkOperation(
        id=new_id(),
        action=action,
        state=BulkState.PENDING,
        requested_by_id=by.id,
        token_id=by.token_id,
        undoes_id=undoes,
        applied=0,
        unchanged=0,
        skipped=0,
        **told,
    )


async def _begin(
    operation: BulkOperation, kept: Kept, case_ids: list[UUID], *, by: Actor, unknown: Sequence[str | None] = ()
) -> BulkOperation:
    by = replace(by, batch_id=operation.id)
    operation.created_at = await clock.now()
    operation.arguments = kept.arguments
    operation.total = len(case_ids) + len(unknown)
    operation.skipped = len(unknown)
    await operation.save(force_create=True)
    await events.append(ref(operation.id), _started(operation, kept), by=by)
    if unknown:
        await keep_items(operation.id, [unseen(name) for name in unknown])
    if operation.action is not BulkAction.UNDO and not await caps.allows(operation, by=by):
        await keep_refused(operation, case_ids, caps.ROWS_PER_HOUR, by=by)
        await end(operation, BulkState.REFUSED, by=by, code=caps.ROWS_PER_HOUR)
        return operation
    for number, ids in enumerate(rules.chunks(case_ids, operation.error_policy)):
        await BulkChunk.create(operation_id=operation.id, number=number, case_ids=ids)
    if len(case_ids) > rules.INLINE:
        await hand_to_worker(operation)
    elif not case_ids and operation.error_policy is BulkErrorPolicy.ALL_OR_NOTHING and not operation.dry_run:
        await end(operation, BulkState.REFUSED, by=by, code="ROWS_REFUSED")
    elif not case_ids:
        await end(operation, BulkState.DONE, by=by)
    else:
        while await advance(operation, by=by):
            pass
    return operation


def _started(operation: BulkOperation, kept: Kept) -> BulkStarted:
    actor: Mapping[str, Any] = operation.arguments if operation.action is BulkAction.UNDO else {}
    return BulkStarted(
        action=operation.action,
        total=operation.total,
        dry_run=operation.dry_run,
        effects_wait=operation.effects_after is not None,
        undoes=operation.undoes_id,
        undoes_actor=UUID(actor["actor_id"]) if actor else None,
        texts=kept.texts,
    )
