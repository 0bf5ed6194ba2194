"""Following a batch as it goes on."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated

import strawberry

from domain.bulk.record import ensure_visible, ref
from domain.core.actor import Actor
from schema import reads
from schema.bulk.types import BulkOperation
from schema.following import STORIES, After, events_of
from schema.mutations import Info, primary_key
from schema.scalars import Long


@strawberry.type(description="A batch went on.")
class BulkProgress:
    position: Long = strawberry.field(description="Its place in the log: give it to after when you come back.")
    operation: BulkOperation | None = strawberry.field(description="The batch as it is now.")


async def _bulk_progressed(
    info: Info,
    id: Annotated[strawberry.ID, strawberry.argument(description="The batch.")],  # noqa: A002
    after: After = None,  # noqa: ARG001 - whoever delivers begins there
) -> AsyncGenerator[BulkProgress, None]:
    operation_id = await primary_key(BulkOperation, id)

    async def ensure(viewer: Actor) -> None:
        await ensure_visible(operation_id, viewer)

    async with aclosing(events_of(ref(operation_id), info.context, of=BulkOperation, ensure=ensure)) as story:
        async for placed in story:
            yield BulkProgress(position=Long(placed.position), operation=reads.one(BulkOperation, operation_id))


STORIES["bulkProgressed"] = ("bulk",)


@strawberry.type
class BulkSubscriptions:
    bulk_progressed = strawberry.subscription(
        resolver=_bulk_progressed,
        description="Every step of one batch: begun, so many done, ended, its effects let go. Ends with NOT_FOUND once"
        " you may no longer see it. Needs the permission case.bulk.",
    )
