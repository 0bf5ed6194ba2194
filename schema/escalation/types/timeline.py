"""What happened to a page: one member per kind of event."""

from datetime import datetime

import strawberry

from domain.escalation import visibility
from domain.escalation.filters import PAGE_EVENT
from domain.escalation.states import SkipReason
from domain.notify.states import Urgency
from schema import reads
from schema.enums import describe
from schema.people.types import Account, Person
from schema.scalars import Long

describe(
    SkipReason,
    NO_ONE_ON_CALL="Its targets mean nobody at that instant.",
    UNREACHABLE="None of its people has a working contact method.",
)

TOLD = "EXISTS (SELECT 1 FROM jsonb_array_elements_text({parent}.payload->'told') t WHERE t::uuid = {row}.id)"
STEP = "({row}.payload->>'step')::int"
LOOP = "({row}.payload->>'loop')::int"


@reads.interface(
    "page_event",
    prefix="page_event",
    kind="{row}.kind",
    filters=PAGE_EVENT,
    visible=visibility.EVENTS,
    sorts=("seq", "occurred_at"),
    order="seq",
)
class PageEvent(reads.Node):
    """Something that happened to a page."""

    seq: Long = reads.column(description="Its place among the page's events; the page's version after it.")
    occurred_at: datetime = reads.column(description="When it happened.")
    actor: Account | None = reads.reference("actor_id", description="Who did it.")


@strawberry.interface(description="An event at one place of a run.")
class PageMove(PageEvent):
    loop: int = reads.expression(LOOP, description="Which time through the policy, from 0.")


@reads.part(kind="PageRaised")
class PageRaised(PageEvent):
    """The page was raised."""

    urgency: Urgency = reads.expression("({row}.payload->>'urgency')", description="How urgent it was at first.")


@reads.part(kind="PageRepeated")
class PageRepeated(PageEvent):
    """The same news came again."""

    occurrences: int = reads.expression("({row}.payload->>'occurrences')::int", description="How often by then.")


@reads.part(kind="PageStepTold")
class PageStepTold(PageMove):
    """A step was reached and its people were told."""

    step: int = reads.expression(STEP, description="Which step, from 0.")
    told: list[Person] = reads.many(on=TOLD, order="name", description="Who was told.")


@reads.part(kind="PageStepSkipped")
class PageStepSkipped(PageMove):
    """A step was reached and told nobody; the next followed at once."""

    step: int = reads.expression(STEP, description="Which step, from 0.")
    reason: SkipReason = reads.expression("({row}.payload->>'reason')", description="Why.")


@reads.part(kind="PageHandedOver")
class PageHandedOver(PageMove):
    """Others came on call while a step waited; they were told as well."""

    step: int = reads.expression(STEP, description="Which step, from 0.")
    told: list[Person] = reads.many(on=TOLD, order="name", description="Who was told.")


@reads.part(kind="PageFellBack")
class PageFellBack(PageMove):
    """Nobody of the policy could be told; its fallback was, or whoever runs the desk."""

    told: list[Person] = reads.many(on=TOLD, order="name", description="Who was told.")
    wide: bool = reads.expression(
        "({row}.payload->>'wide')::boolean", description="Whether not even the fallback could be."
    )


@reads.part(kind="PageReachedNobody")
class PageReachedNobody(PageMove):
    """Nobody at all could be told; it goes round again."""


@reads.part(kind="PageLooped")
class PageLooped(PageMove):
    """The policy started over."""


@reads.part(kind="PageExhausted")
class PageExhausted(PageEvent):
    """Every step and loop ended unanswered; the fallback was alarmed."""

    told: list[Person] = reads.many(on=TOLD, order="name", description="Who was alarmed.")


@reads.part(kind="PageEscalated")
class PageEscalated(PageEvent):
    """Somebody sent it on to the next step."""

    from_step: int = reads.expression("({row}.payload->>'from_step')::int", description="From which step, from 0.")


@reads.part(kind="PageAcknowledged")
class PageAcknowledged(PageEvent):
    """Somebody took it on."""

    person: Person | None = reads.reference("person_id", description="Who owns it since.")
    was_told: bool = reads.expression(
        "({row}.payload->>'was_told')::boolean", description="Whether they had been told of it."
    )


@reads.part(kind="PageAcknowledgedAgain")
class PageAcknowledgedAgain(PageEvent):
    """Somebody else acknowledged too; the owner stayed."""

    person: Person | None = reads.reference("person_id", description="Who.")


@reads.part(kind="PageAcknowledgementLapsed")
class PageAcknowledgementLapsed(PageEvent):
    """Its owner did not resolve it in time; it started over."""

    person: Person | None = reads.reference("person_id", description="Who owned it.")


@reads.part(kind="PageResolved")
class PageResolved(PageEvent):
    """It was over."""


EVENTS: list[type] = [
    PageRaised, PageRepeated, PageStepTold, PageStepSkipped, PageHandedOver, PageFellBack, PageReachedNobody,
    PageLooped, PageExhausted, PageEscalated, PageAcknowledged, PageAcknowledgedAgain, PageAcknowledgementLapsed,
    PageResolved,
]  # fmt: skip
