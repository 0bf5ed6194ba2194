"""What happens to subjects, signals and cases."""

from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from domain.cases.states import (
    CaseKind,
    CaseState,
    CommentVisibility,
    EvidenceKind,
    Priority,
    Sensitivity,
    Severity,
    SignalOrigin,
    SignalOutcome,
    SubjectKind,
)
from domain.core.content import ContentRef, FileRef
from domain.core.events import Event


class SubjectSeen(Event):
    subject_kind: SubjectKind
    external_ref: str
    parent_id: UUID | None = None
    owner_ref: str | None = None
    live: bool
    reach: int


class SubjectChanged(Event):
    live: bool
    reach: int
    started_at: datetime | None = None
    ended_at: datetime | None = None


class SignalFiled(Event):
    subject_id: UUID
    signal_origin: SignalOrigin
    channel: str
    reason_code: str
    confidence: float | None = None
    rule_version: str | None = None
    dedupe_key: str
    reporter_id: UUID | None = None
    reporter_mark: str | None = None
    reporter_agreed: int = 0
    reporter_disagreed: int = 0
    detail: ContentRef | None = None


class SignalJudged(Event):
    outcome: SignalOutcome


class CaseOpened(Event):
    number: int
    case_kind: CaseKind
    workflow: str
    state: CaseState
    title: ContentRef
    subject_id: UUID | None = None
    severity: Severity
    priority: Priority
    sensitivity: Sensitivity
    queue_id: UUID | None = None
    team_id: UUID | None = None
    assignee_id: UUID | None = None
    reason_code: str | None = None
    hold_reason: str | None = None
    resolution: str | None = None
    language: str | None = None
    region: str | None = None
    details: dict[str, str | int | float | bool | None] = Field(default_factory=dict)


class SignalAttached(Event):
    signal_id: UUID


class CaseAssigned(Event):
    assignee_id: UUID | None


class CaseDetailsChanged(Event):
    """All of a case's own fields as they are from here on."""

    details: dict[str, str | int | float | bool | None]


class CasePrioritized(Event):
    severity: Severity
    priority: Priority


class CaseCommented(Event):
    comment_id: UUID
    body: ContentRef
    visibility: CommentVisibility


class EvidenceAdded(Event):
    """A capture of what was seen. ``source`` is where it was taken; a stretch is measured from the medium's start."""

    evidence_id: UUID
    evidence_kind: EvidenceKind
    file: FileRef
    note: ContentRef | None = None
    source: ContentRef | None = None
    captured_at: datetime
    starts_at: timedelta | None = None
    ends_at: timedelta | None = None


class CaseFilesAttached(Event):
    """Files were added to a remark by whoever made it."""

    comment_id: UUID
    files: tuple[FileRef, ...]


Restorable = Literal[
    "state", "queue_id", "team_id", "assignee_id", "severity", "priority", "hold_reason", "hold_until", "tier",
    "resolution", "resolved_at", "reopen_count",
]  # fmt: skip
"""What of a case can be taken back."""


class CaseRestored(Event):
    """What happened at ``undone`` (seqs of this case) is as if it had never been; the rest is what the case is then.

    Clocks leave the undone events out. An undone restoration lets count again what it had undone. ``restored`` names
    the columns that are others by it.
    """

    undone: tuple[int, ...]
    restored: tuple[Restorable, ...] = ()
    withdrawn_comments: tuple[UUID, ...] = ()
    state: CaseState
    queue_id: UUID | None = None
    team_id: UUID | None = None
    assignee_id: UUID | None = None
    severity: Severity
    priority: Priority
    hold_reason: str | None = None
    hold_until: datetime | None = None
    tier: int
    resolution: str | None = None
    resolved_at: datetime | None = None
    reopen_count: int


class LeaseTaken(Event):
    """The lease passed to a newer claim; the state stayed."""

    lease_id: UUID
    holder_id: UUID
    taken_from: UUID
    reason: str | None = None


class QueueDefined(Event):
    key: str
    team_id: UUID
    predicate: dict[str, Any]
    position: int


class Moved(Event):
    """Base of every move: clocks and timelines read ``from_state`` and ``to_state`` of all alike."""

    from_state: CaseState
    to_state: CaseState


class CaseQueued(Moved):
    queue_id: UUID
    team_id: UUID


class CaseClaimed(Moved):
    lease_id: UUID
    holder_id: UUID
    assignee_id: UUID


class CaseReleased(Moved):
    holder_id: UUID
    expired: bool = False


class CaseHeld(Moved):
    hold_reason: str
    hold_until: datetime | None = None


class CaseResumed(Moved):
    """A hold ended."""


class CaseEscalated(Moved):
    tier: int
    reason: ContentRef


class CaseDecided(Moved):
    decision_id: UUID


class CaseEnforcing(Moved):
    decision_id: UUID


class CaseResolved(Moved):
    resolution: str


class CaseClosed(Moved):
    """Nothing more is expected."""


class CaseReopened(Moved):
    reason: str


class CaseCancelled(Moved):
    reason: str


class CaseMoved(Moved):
    """A move of an imported history. ``details`` are all of the case's own fields where the move changed any."""

    hold_reason: str | None = None
    resolution: str | None = None
    assignee_id: UUID | None = None
    details: dict[str, str | int | float | bool | None] | None = None
