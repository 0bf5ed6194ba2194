"""What happens to pages and escalation policies."""

from datetime import datetime
from uuid import UUID

from domain.core.content import ContentRef
from domain.core.events import Event
from domain.escalation.states import SkipReason
from domain.notify.states import Urgency


class EscalationPolicyPublished(Event):
    key: str
    version_id: UUID
    rev: int
    effective_from: datetime


class PageRaised(Event):
    number: int
    policy_key: str
    policy_version_id: UUID
    run_id: UUID
    subject_type: str
    subject_id: UUID
    dedup_key: str
    urgency: Urgency
    title: ContentRef


class PageRepeated(Event):
    """The same news came again while the page was open."""

    occurrences: int
    urgency: Urgency


class PageStepTold(Event):
    """A step was reached. ``unreachable`` are its people without a working contact method."""

    run_id: UUID
    loop: int
    step: int
    told: list[UUID]
    unreachable: list[UUID]


class PageStepSkipped(Event):
    run_id: UUID
    loop: int
    step: int
    reason: SkipReason


class PageHandedOver(Event):
    """Others came on call while a step waited; they were told as well."""

    run_id: UUID
    loop: int
    step: int
    told: list[UUID]


class PageFellBack(Event):
    """Nobody of the policy could be told. ``wide``: not even its fallback, so everybody who runs the desk was."""

    run_id: UUID
    loop: int
    told: list[UUID]
    wide: bool


class PageReachedNobody(Event):
    """Not even those who run the desk could be told. The page stays triggered and goes round again."""

    run_id: UUID
    loop: int


class PageLooped(Event):
    run_id: UUID
    loop: int
    starts_at: datetime


class PageExhausted(Event):
    """Every loop ended unanswered; ``told`` are those of the fallback who were alarmed."""

    run_id: UUID
    told: list[UUID]


class PageEscalated(Event):
    """A person sent the page on to the next step."""

    from_step: int


class PageAcknowledged(Event):
    person_id: UUID
    was_told: bool


class PageAcknowledgedAgain(Event):
    """Somebody else acknowledged too; the first stays the owner."""

    person_id: UUID


class PageAcknowledgementLapsed(Event):
    """The owner did not resolve it in time; it starts over by the newest version of its policy."""

    person_id: UUID
    run_id: UUID
    policy_version_id: UUID


class PageResolved(Event):
    """What it was about is over."""
