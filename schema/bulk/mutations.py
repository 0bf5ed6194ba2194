"""Batches over cases, their undoing, and stopping whoever runs wild."""

import dataclasses
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import strawberry

from domain.bulk import actions as bulk
from domain.bulk import targets
from domain.bulk.asking import Asked, Decide
from domain.bulk.choosing import Choice, visible
from domain.cases import steps
from domain.core.actor import Actor
from domain.core.errors import IdRefused, invalid, under
from domain.review.policies import Measure
from schema import reads
from schema.bulk import inputs
from schema.bulk.types import BulkOperation
from schema.cases.types import Case, Queue
from schema.mutations import Info, Success, ensure_said, mutation, optional_key, primary_key
from schema.people.types import Account, Person
from schema.reads.inputs import as_sent
from schema.reads.selects import declared, ref

OPERATION = "The batch, with the results so far: those of up to 500 cases are all there."


@strawberry.type(description="The batch is done, or on its way.")
class BulkCasesSuccess(Success):
    operation: BulkOperation | None = strawberry.field(description=OPERATION)


@strawberry.type(description="The batch does nothing more.")
class CancelBulkSuccess(Success):
    operation: BulkOperation | None = strawberry.field(description="The batch as it is now.")
    undoing: BulkOperation | None = strawberry.field(
        description="The batch that takes back what was done; null where what it did outside was not waiting."
    )


@strawberry.type(description="The undoing is done, or on its way.")
class UndoBulkSuccess(Success):
    operation: BulkOperation | None = strawberry.field(description="The batch that takes back; itself undoable.")


@strawberry.type(description="The undoing is done, or on its way.")
class UndoByActorSuccess(Success):
    operation: BulkOperation | None = strawberry.field(description="The batch that takes back; itself undoable.")


@strawberry.type(description="The account does nothing more.")
class SuspendActorSuccess(Success):
    account: Account | None = strawberry.field(description="The account.")
    changed: bool = strawberry.field(description="Whether it was active until now.")


@strawberry.type(description="The account may act.")
class ReinstateActorSuccess(Success):
    account: Account | None = strawberry.field(description="The account.")
    changed: bool = strawberry.field(description="Whether it was suspended until now.")


@strawberry.type
class BulkMutations:
    @mutation(permission="case.bulk")
    async def bulk_cases(self, input: inputs.BulkCasesInput, info: Info) -> BulkCasesSuccess:
        """Does one thing to many cases, each by the rules of its single mutation and with its rights, under one batch
        id. Up to 500 are done when it answers; of more a worker does the work: ask for the batch, or follow it."""
        operation = await bulk.start(
            await _asked(input.action),
            by=info.context.viewer,
            choice=await _choice(input, info.context.viewer),
            error_policy=input.error_policy,
            validate_only=input.validate_only,
            effects_after=input.effects_after,
        )
        return BulkCasesSuccess(operation=reads.one(BulkOperation, operation.id))

    @mutation(permission="case.bulk")
    async def cancel_bulk(self, input: inputs.CancelBulkInput, info: Info) -> CancelBulkSuccess:
        """Stops a batch. While what it does outside waits, that does not happen and what is done is taken back."""
        id = await primary_key(BulkOperation, input.id)
        undoing = await bulk.cancel(id, by=info.context.viewer)
        return CancelBulkSuccess(
            operation=reads.one(BulkOperation, id),
            undoing=None if undoing is None else reads.one(BulkOperation, undoing.id),
        )

    @mutation(permission="case.bulk")
    async def undo_bulk(self, input: inputs.UndoBulkInput, info: Info) -> UndoBulkSuccess:
        """Takes back a batch or any part of it, as if it had never been, clocks included. A case that somebody changed
        since, or of which the platform was told, is left alone and says so. Repeating changes nothing."""
        id = await primary_key(BulkOperation, input.id)
        chosen = None if input.ids is None and input.filter is None else await _choice(input, info.context.viewer)
        operation = await bulk.undo(
            id, by=info.context.viewer, choice=chosen, validate_only=input.validate_only
        )  # fmt: skip
        return UndoBulkSuccess(operation=reads.one(BulkOperation, operation.id))

    @mutation(permission="actor.suspend")
    async def undo_by_actor(self, input: inputs.UndoByActorInput, info: Info) -> UndoByActorSuccess:
        """Takes back what an account did to cases since a moment, as far as nobody built upon it."""
        actor = await primary_key(Account, input.actor_id, path="actorId")
        operation = await bulk.undo_by_actor(
            actor, by=info.context.viewer, since=input.since, validate_only=input.validate_only
        )
        return UndoByActorSuccess(operation=reads.one(BulkOperation, operation.id))

    @mutation(permission="actor.suspend")
    async def suspend_actor(self, input: inputs.SuspendActorInput, info: Info) -> SuspendActorSuccess:
        """Stops an account: its next mutation fails, its reads within two seconds; its batches stop, what it set off
        outside is held. FORBIDDEN for an account that may do more than you, and for the system's."""
        actor = await primary_key(Account, input.actor_id, path="actorId")
        changed = await bulk.suspend_actor(actor, by=info.context.viewer, reason=input.reason)
        return SuspendActorSuccess(account=reads.one(Account, actor), changed=changed)

    @mutation(permission="actor.suspend")
    async def reinstate_actor(self, input: inputs.ReinstateActorInput, info: Info) -> ReinstateActorSuccess:
        """Lets an account act again; what was held of it goes ahead. Batches that were stopped stay so."""
        actor = await primary_key(Account, input.actor_id, path="actorId")
        changed = await bulk.reinstate_actor(actor, by=info.context.viewer)
        return ReinstateActorSuccess(account=reads.one(Account, actor), changed=changed)


async def _asked(given: inputs.BulkActionInput) -> Asked:
    """The one thing said, as a step. Refuses false where only true says anything."""
    ((name, told),) = ((name, told) for name, told in vars(given).items() if told is not strawberry.UNSET)
    with under("action", name):
        if dataclasses.is_dataclass(told):
            ensure_said(told)
        return await _step(name, told)


async def _step(name: str, told: Any) -> Asked:
    match told:
        case inputs.BulkQueueInput():
            return await targets.into_queue(await primary_key(Queue, told.queue_id, path="queueId"))
        case inputs.BulkAssignInput():
            return await targets.to_person(await optional_key(Person, told.assignee_id, path="assigneeId"))
        case inputs.BulkDecideInput():
            actions = (
                None if told.actions is None else [Measure(action=m.action, lasting=m.lasting) for m in told.actions]
            )
            return Decide(**{**vars(told), "actions": actions})
        case bool():
            if not told:
                raise invalid((), "Say true, or name another action.")
            plain: Asked = PLAIN[name]()
            return plain
        case _:
            made: Asked = WITH_WORDS[name](**vars(told))
            return made


PLAIN: dict[str, Any] = {"resume": steps.Resume, "release": steps.Release, "close": steps.Close}
WITH_WORDS: dict[str, Any] = {
    "hold": steps.Hold,
    "claim": steps.Claim,
    "escalate": steps.Escalate,
    "resolve": steps.Resolve,
    "reopen": steps.Reopen,
    "cancel": steps.Cancel,
    "prioritize": steps.Prioritize,
    "comment": steps.Comment,
}


async def _choice(given: inputs.BulkCasesInput | inputs.UndoBulkInput, viewer: Actor) -> Choice:
    found, unknown = (None, ()) if given.ids is None else await _named(given.ids, viewer)
    document = None if given.filter is None else as_sent(given.filter)
    return Choice(ids=found, unknown=unknown, filter=document, expected_count=given.expected_count)


async def _named(texts: Sequence[str], viewer: Actor) -> tuple[list[UUID], Sequence[str]]:
    """The viewer's cases of these ids and keys, and as they were written those that mean no case to the viewer. What
    is neither is a problem of its place."""
    of, ids, numbers = declared(Case), {}, {}
    for place, text in enumerate(texts):
        try:
            read = ref(of, text)
        except IdRefused as refusal:
            refusal.path = ("ids", place)
            raise
        if read.id is not None:
            ids[read.id] = text
        elif read.number is not None:
            numbers[read.number] = text
    found = await visible(ids, by=viewer, numbers=numbers)
    known = set(found.values())
    hidden = [text for id, text in ids.items() if id not in found]
    return list(found), [*hidden, *(text for number, text in numbers.items() if number not in known)]
