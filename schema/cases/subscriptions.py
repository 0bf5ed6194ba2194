"""Following a case as it changes."""

from collections.abc import AsyncGenerator
from typing import Annotated
from uuid import UUID

import strawberry

from domain.cases.record import ensure_visible, ref
from domain.core.actor import Actor
from schema import reads
from schema.cases.types import Case, CaseEvent
from schema.following import events_of
from schema.mutations import Info, primary_key
from schema.scalars import Long


@strawberry.type(description="Something happened to a case.")
class CaseChange:
    position: Long = strawberry.field(description="Its place in the log: give it to after when you come back.")
    case: Case | None = strawberry.field(description="The case as it is now; null if you may no longer see it.")
    event: CaseEvent | None = strawberry.field(description="What happened; null if you may not see it.")


async def _case_changed(
    info: Info,
    id: Annotated[strawberry.ID, strawberry.argument(description="The case: id or key.")],  # noqa: A002
    after: Annotated[
        Long | None,
        strawberry.argument(
            description="The position you saw last; from now on where it is left out. INVALID_POSITION if it was never"
            " given."
        ),
    ] = None,
) -> AsyncGenerator[CaseChange, None]:
    case_id = await primary_key(Case, id)

    async def ensure(viewer: Actor) -> None:
        await ensure_visible(case_id, viewer, said=id)

    async for placed in events_of(ref(case_id), info.context, after=after, ensure=ensure):
        yield CaseChange(
            position=Long(placed.position),
            case=reads.one(Case, case_id),
            event=reads.one(CaseEvent, UUID(int=placed.event_id)),
        )


@strawberry.type
class CaseSubscriptions:
    case_changed = strawberry.subscription(
        resolver=_case_changed,
        description="Every change of one case in order, none missed, none repeated. Ends with NOT_FOUND once you may"
        " no longer see it. Needs the permission case.read.",
    )
