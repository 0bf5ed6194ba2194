"""Following a case as it changes."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated
from uuid import UUID

import strawberry

from domain.cases.record import ensure_visible, ref
from domain.core.actor import Actor
from schema import reads
from schema.cases.types import Case, CaseEvent, Queue
from schema.following import STORIES, After, events_of
from schema.live import followable
from schema.mutations import Info, primary_key
from schema.scalars import Long

CASE_OF_CLOCK = (
    "SELECT c.id AS origin, c.subject_id AS id FROM sla_clock c"
    " WHERE c.id = ANY ($1::uuid[]) AND c.subject_type = 'case'"
)
QUEUES_OF_CASE = (
    "SELECT DISTINCT e.subject_id AS origin, (e.payload ->> 'queue_id')::uuid AS id FROM event e"
    " WHERE e.subject_type = 'case' AND e.subject_id = ANY ($1::uuid[]) AND e.payload ->> 'queue_id' IS NOT NULL"
)
"""Every queue it ever lay in: whichever it left is among them."""


@strawberry.type(description="Something happened to a case.")
class CaseChange:
    position: Long = strawberry.field(description="Its place in the log: give it to after when you come back.")
    case: Case | None = strawberry.field(description="The case as it is now; null if you may no longer see it.")
    event: CaseEvent | None = strawberry.field(description="What happened; null if you may not see it.")


async def _case_changed(
    info: Info,
    id: Annotated[strawberry.ID, strawberry.argument(description="The case: id or key.")],  # noqa: A002
    after: After = None,  # noqa: ARG001 - whoever delivers begins there
) -> AsyncGenerator[CaseChange, None]:
    case_id = await primary_key(Case, id)

    async def ensure(viewer: Actor) -> None:
        await ensure_visible(case_id, viewer, said=id)

    async with aclosing(events_of(ref(case_id), info.context, of=Case, ensure=ensure)) as story:
        async for placed in story:
            yield CaseChange(
                position=Long(placed.position),
                case=reads.one(Case, case_id),
                event=reads.one(CaseEvent, UUID(int=placed.event_id)),
            )


STORIES["caseChanged"] = ("case",)


@strawberry.type
class CaseSubscriptions:
    case_changed = strawberry.subscription(
        resolver=_case_changed,
        description="Every change of one case in order, none missed, none repeated. Ends with NOT_FOUND once you may"
        " no longer see it. Needs the permission case.read.",
    )
    cases_changed = followable(
        "casesChanged",
        Case,
        {"case": None, "sla_clock": CASE_OF_CLOCK},
        field="case",
        what="A case",
        description="A list of cases as it changes: what enters it, changes in it, leaves it. Each case at its newest"
        " state; states in between may be left out. Needs the permission case.read.",
    )
    queues_changed = followable(
        "queuesChanged",
        Queue,
        {"queue": None, "case": QUEUES_OF_CASE},
        field="queue",
        what="A queue",
        description="Queues as they change, and as cases come into them, change in them and leave them. Needs the"
        " permission case.read.",
    )
