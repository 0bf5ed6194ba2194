"""What happened to a case: one member per kind of event. Texts come from where they can be erased."""

from datetime import datetime

import strawberry

from domain.cases import visibility
from domain.cases.filters import CASE_EVENT
from domain.cases.states import CaseKind, CaseState, CommentVisibility, EvidenceKind, Priority, Severity
from domain.core.actor import Origin, Tool
from schema import reads
from schema.cases.types.intake import Signal
from schema.cases.types.sensitive import of_case
from schema.people.types import Account, Person
from schema.scalars import Long


def told(name: str) -> str:
    """SQL of a value of the event's payload."""
    return f"({{row}}.payload->>'{name}')"


def text(name: str) -> str:
    """SQL of the text a payload's reference points at; null once it is erased."""
    return f"(SELECT c.body FROM content c WHERE c.id = ({{row}}.payload->'{name}'->>'id')::uuid)"


@reads.interface(
    "case_event",
    prefix="event",
    kind="{row}.kind",
    filters=CASE_EVENT,
    visible=visibility.EVENTS,
    sensitive=of_case(CASE_EVENT, "{row}.subject_id"),
    sorts=("seq", "occurred_at"),
    order="seq",
)
class CaseEvent(reads.Node):
    """Something that happened to a case."""

    seq: Long = reads.column(description="Its place among the case's events; the case's version after it.")
    position: Long | None = reads.expression(
        "(SELECT ep.position FROM event_position ep WHERE ep.event_id = {row}.event_id)",
        description="Its place in the whole log; null in the moment before it has one.",
    )
    occurred_at: datetime = reads.column(description="When it happened.")
    recorded_at: datetime = reads.column(description="When it was written down.")
    actor: Account | None = reads.reference("actor_id", description="Who did it.")
    origin: Origin = reads.column(description="Whether it happened here or was imported.")
    tool: Tool = reads.column(description="The door it came through.")
    batch_id: strawberry.ID | None = reads.column(prefix="bulk", description="The batch it was done in, if in one.")


@strawberry.interface(description="An event that may have changed the state.")
class CaseMove(CaseEvent):
    from_state: CaseState = reads.expression(told("from_state"), description="Where the case stood before.")
    to_state: CaseState = reads.expression(told("to_state"), description="Where it stood then.")


@reads.part(kind="CaseOpened")
class CaseOpened(CaseEvent):
    """The case was opened."""

    kind: CaseKind = reads.expression(told("case_kind"), description="Why it exists.")
    state: CaseState = reads.expression(told("state"), description="Where it stood at first.")
    severity: Severity = reads.expression(told("severity"), description="How much harm, as judged at first.")
    priority: Priority = reads.expression(told("priority"), description="In which order, as judged at first.")
    title: str | None = reads.expression(text("title"), description="Its title; null once it was erased.")


@reads.part(kind="SignalAttached")
class SignalAttached(CaseEvent):
    """A signal joined the case."""

    signal: Signal | None = reads.reference("signal_id", description="The signal.")


@reads.part(kind="CaseAssigned")
class CaseAssigned(CaseEvent):
    """The case was given to somebody, or taken from everybody."""

    assignee: Person | None = reads.reference("assignee_id", description="Whose case it is since; null for nobody's.")


@reads.part(kind="CaseDetailsChanged")
class CaseDetailsChanged(CaseEvent):
    """The case's own fields changed."""


@reads.part(kind="CasePrioritized")
class CasePrioritized(CaseEvent):
    """Harm and order were judged anew."""

    severity: Severity = reads.expression(told("severity"), description="How much harm.")
    priority: Priority = reads.expression(told("priority"), description="In which order.")


@reads.part(kind="CaseCommented")
class CaseCommented(CaseEvent):
    """Somebody said something."""

    text: str | None = reads.expression(text("body"), description="What was said; null once it was erased.")
    visibility: CommentVisibility = reads.expression(told("visibility"), description="Whether it may leave the desk.")


@reads.part(kind="EvidenceAdded")
class EvidenceAdded(CaseEvent):
    """A capture of what was seen was added."""

    kind: EvidenceKind = reads.expression(told("evidence_kind"), description="What it is a capture of.")
    sha256: str = reads.expression(
        "({row}.payload->'file'->>'sha256')", description="The SHA-256 of its bytes, which stays when they are erased."
    )
    captured_at: datetime = reads.expression(
        "({row}.payload->>'captured_at')::timestamptz", description="When it was captured."
    )


@reads.part(kind="CaseFilesAttached")
class CaseFilesAttached(CaseEvent):
    """Files were added to a remark."""

    comment_id: strawberry.ID = reads.expression(
        "({row}.payload->>'comment_id')::uuid", prefix="comment", description="Which remark."
    )


@reads.part(kind="LeaseTaken")
class LeaseTaken(CaseEvent):
    """The lease passed to a newer claim."""

    holder: Person | None = reads.reference("holder_id", description="Who holds it since.")
    taken_from: Person | None = reads.reference("taken_from_id", description="Who held it before.")
    reason: str | None = reads.expression(told("reason"), description="Why.")


@reads.part(kind="CaseQueued")
class CaseQueued(CaseMove):
    """The case was put into a queue."""

    queue_id: strawberry.ID | None = reads.column(prefix="queue", description="Which queue.")


@reads.part(kind="CaseClaimed")
class CaseClaimed(CaseMove):
    """Somebody began to work on the case."""

    holder: Person | None = reads.reference("holder_id", description="Who.")


@reads.part(kind="CaseReleased")
class CaseReleased(CaseMove):
    """The case went back to its queue."""

    holder: Person | None = reads.reference("holder_id", description="Who had it.")
    expired: bool = reads.expression(
        "({row}.payload->>'expired')::boolean", description="Whether the lease ran out instead of being given back."
    )


@reads.part(kind="CaseHeld")
class CaseHeld(CaseMove):
    """The case was set aside."""

    reason: str = reads.expression(told("hold_reason"), description="Why.")
    until: datetime | None = reads.expression(
        "({row}.payload->>'hold_until')::timestamptz", description="When it was to resume by itself."
    )


@reads.part(kind="CaseResumed")
class CaseResumed(CaseMove):
    """The hold ended."""


@reads.part(kind="CaseEscalated")
class CaseEscalated(CaseMove):
    """The case was handed to a higher review tier."""

    tier: int = reads.expression("({row}.payload->>'tier')::int", description="Which tier.")
    reason: str | None = reads.expression(text("reason"), description="Why; null once it was erased.")


@reads.part(kind="CaseDecided")
class CaseDecided(CaseMove):
    """A decision stood."""


@reads.part(kind="CaseEnforcing")
class CaseEnforcing(CaseMove):
    """The decision began to be carried out."""


@reads.part(kind="CaseResolved")
class CaseResolved(CaseMove):
    """The case was done."""

    resolution: str = reads.expression(told("resolution"), description="How.")


@reads.part(kind="CaseClosed")
class CaseClosed(CaseMove):
    """Nothing more was expected."""


@reads.part(kind="CaseReopened")
class CaseReopened(CaseMove):
    """The case was taken up again."""

    reason: str = reads.expression(told("reason"), description="Why.")


@reads.part(kind="CaseCancelled")
class CaseCancelled(CaseMove):
    """The case should not have existed."""

    reason: str = reads.expression(told("reason"), description="Why.")


@reads.part(kind="CaseMoved")
class CaseMoved(CaseMove):
    """One step of an imported history."""


@reads.part(kind="ContentErased")
class ContentErased(CaseEvent):
    """Texts of the case were erased for good; where they stood, they are null."""

    reason: str | None = reads.expression(text("reason"), description="Why; null once it was erased in turn.")


@reads.part(kind="CaseRestored")
class CaseRestored(CaseEvent):
    """Something that had been done to the case was taken back: it counts as if it had never been."""

    state: CaseState = reads.expression(told("state"), description="Where the case stands since.")


EVENTS: list[type] = [
    CaseOpened, SignalAttached, CaseAssigned, CaseDetailsChanged, CasePrioritized, CaseCommented, LeaseTaken,
    EvidenceAdded, CaseFilesAttached,
    CaseQueued, CaseClaimed, CaseReleased, CaseHeld, CaseResumed, CaseEscalated, CaseDecided, CaseEnforcing,
    CaseResolved, CaseClosed, CaseReopened, CaseCancelled, CaseMoved, CaseRestored, ContentErased,
]  # fmt: skip
