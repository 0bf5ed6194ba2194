"""Freeing what is stuck in the mirror."""

import strawberry

from domain.mirror import actions as mirror
from schema import reads
from schema.mirror.inputs import MirrorConnectionInput, MirrorOperationInput, ResolveMirrorConflictInput
from schema.mirror.types import MirrorConflict, MirrorConnection, MirrorOperation
from schema.mutations import Info, Success, mutation, primary_key

NOW = "It as it is now; null if you may not see it."


@strawberry.type(description="It is tried again.")
class RetryMirrorOperationSuccess(Success):
    operation: MirrorOperation | None = strawberry.field(description=NOW)


@strawberry.type(description="It is given up.")
class SkipMirrorOperationSuccess(Success):
    operation: MirrorOperation | None = strawberry.field(description=NOW)


@strawberry.type(description="It is decided.")
class ResolveMirrorConflictSuccess(Success):
    conflict: MirrorConflict | None = strawberry.field(description=NOW)


@strawberry.type(description="Nothing is sent.")
class PauseMirrorSuccess(Success):
    connection: MirrorConnection | None = strawberry.field(description=NOW)


@strawberry.type(description="What waited is sent.")
class ResumeMirrorSuccess(Success):
    connection: MirrorConnection | None = strawberry.field(description=NOW)


@strawberry.type
class MirrorMutations:
    @mutation(permission="mirror.operate")
    async def pause_mirror(self, input: MirrorConnectionInput, info: Info) -> PauseMirrorSuccess:
        """Sends nothing to a tracker, beyond a request under way, until it is resumed."""
        id = await primary_key(MirrorConnection, input.id)
        await mirror.pause(id, by=info.context.viewer)
        return PauseMirrorSuccess(connection=reads.one(MirrorConnection, id))

    @mutation(permission="mirror.operate")
    async def resume_mirror(self, input: MirrorConnectionInput, info: Info) -> ResumeMirrorSuccess:
        """Has everything done that waits for a paused tracker. Both sides are compared field by field."""
        id = await primary_key(MirrorConnection, input.id)
        await mirror.resume(id, by=info.context.viewer)
        return ResumeMirrorSuccess(connection=reads.one(MirrorConnection, id))

    @mutation(permission="mirror.operate")
    async def retry_mirror_operation(self, input: MirrorOperationInput, info: Info) -> RetryMirrorOperationSuccess:
        """Tries an operation again that is BLOCKED or DEAD."""
        id = await primary_key(MirrorOperation, input.id)
        await mirror.retry(id, by=info.context.viewer)
        return RetryMirrorOperationSuccess(operation=reads.one(MirrorOperation, id))

    @mutation(permission="mirror.operate")
    async def skip_mirror_operation(self, input: MirrorOperationInput, info: Info) -> SkipMirrorOperationSuccess:
        """Gives an operation up that is BLOCKED or DEAD. A skipped CREATE leaves its case without an issue."""
        id = await primary_key(MirrorOperation, input.id)
        await mirror.skip(id, by=info.context.viewer)
        return SkipMirrorOperationSuccess(operation=reads.one(MirrorOperation, id))

    @mutation(permission="mirror.operate")
    async def resolve_mirror_conflict(
        self, input: ResolveMirrorConflictInput, info: Info
    ) -> ResolveMirrorConflictSuccess:
        """Decides whose value stays. Taking the tracker's needs the right to make that change yourself."""
        id = await primary_key(MirrorConflict, input.id)
        await mirror.resolve_conflict(id, by=info.context.viewer, keep=input.keep)
        return ResolveMirrorConflictSuccess(conflict=reads.one(MirrorConflict, id))
