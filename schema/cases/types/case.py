"""A case, where it waits, who works on it, and what was said about it."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from domain.cases import fold, models, visibility
from domain.cases.filters import CASE, CASE_EVENT, COMMENT, LEASE, QUEUE
from domain.cases.states import CaseKind, CaseState, CommentVisibility, Priority, Sensitivity, Severity
from domain.core import predicates as p
from domain.sla.filters import SLA_CLOCK
from schema import reads
from schema.abilities import Ability
from schema.cases.types.abilities import ABILITY_NEEDS, abilities
from schema.cases.types.intake import Signal, Subject
from schema.cases.types.rank import CaseRank
from schema.cases.types.sensitive import of_case
from schema.cases.types.timeline import CaseEvent
from schema.cases.types.words import content, erased
from schema.people.types import Account, Person, Team
from schema.scalars import Long

if TYPE_CHECKING:
    from schema.files.types import Evidence, File
    from schema.inquiries.types import InquiryLink
    from schema.mirror.types import MirrorLink
    from schema.review.types import Decision, Enforcement
    from schema.sla.types import SlaClock

WAITING = CASE["state"].eq(CaseState.QUEUED)
OPEN = CASE["state"].is_in(sorted(fold.OPEN))
AGE = "(extract(epoch FROM {clock} - {row}.opened_at) * 1000000)::bigint"
"""Microseconds."""


@reads.entity(
    models.Queue,
    prefix="queue",
    text_key="key",
    filters=QUEUE,
    visible=visibility.QUEUES,
    sorts=("position", "key", "name"),
    order="position",
)
class Queue(reads.Node):
    """Where cases wait. A new case goes to the first active queue whose conditions it meets."""

    key: str = reads.column(description="Short name, unique and stable.")
    name: str = reads.column(description="Name for people.")
    position: int = reads.column(description="Its place in the order in which queues are tried.")
    active: bool = reads.column(description="Whether it takes cases.")
    capacity: int | None = reads.column(description="How many waiting cases are too many.")
    skills: list[str] = reads.column(description="What a person needs to work on its cases.")
    team: Team | None = reads.reference("team_id", description="The team that owns it.")
    waiting: int = reads.count(
        lambda: Case, "queue_id", where=WAITING, description="How many cases you may see wait in it."
    )
    oldest_waiting: datetime | None = reads.minimum(
        lambda: Case, "opened_at", "queue_id", where=WAITING, description="When the oldest waiting case was opened."
    )
    waiting_age: reads.DurationSpread = reads.spread(
        lambda: Case, AGE, "queue_id", where=WAITING, description="How long ago its waiting cases were opened."
    )
    waiting_by_severity: list[reads.Tally[Severity]] = reads.tally(
        lambda: Case, "severity", "queue_id", where=WAITING, description="How much harm waits in it."
    )
    open_by_state: list[reads.Tally[CaseState]] = reads.tally(
        lambda: Case, "state", "queue_id", where=OPEN, description="Where its open cases stand."
    )


@reads.entity(models.Lease, prefix="lease", filters=LEASE, visible=visibility.LEASES)
class Lease(reads.Node):
    """The fenced, expiring right to work on a case now."""

    holder: Person | None = reads.reference("holder_id", description="Who works on the case.")
    token: strawberry.ID | None = reads.column(
        shown_if=LEASE["holder_id"].eq(p.viewer("person_id")),
        description="Fences your writes: send it along. Shown to the holder alone.",
    )
    acquired_at: datetime = reads.column(description="When it was taken.")
    expires_at: datetime = reads.column(description="When it ends, unless it is extended.")


@reads.entity(
    models.CaseComment,
    prefix="comment",
    filters=COMMENT,
    visible=visibility.COMMENTS,
    sensitive=of_case(COMMENT),
    sorts=("created_at",),
    order="created_at",
)
class CaseComment(reads.Node):
    """A remark on a case."""

    author: Account | None = reads.reference("author_id", description="Who wrote it.")
    text: str | None = reads.expression(content("body_id"), description="What it says; null once it was erased.")
    erased: bool = reads.expression(erased("body_id"), description="Whether the text was erased.")
    visibility: CommentVisibility = reads.column(description="Whether it may leave the desk.")
    created_at: datetime = reads.column(description="When it was written.")
    files: list[Annotated["File", strawberry.lazy("schema.files.types")]] = reads.many(
        "part_id", order="attached_at", description="What was added to it."
    )


def by_work(column: str, kind: p.Kind, *, nullable: bool = False) -> reads.Sort:
    """An order whose keys are in the worklist, as is whatever lists of work are narrowed by."""
    held = f"(SELECT w.{column} FROM case_worklist w WHERE w.id = {{row}}.id)"
    return reads.sort(held, kind, nullable=nullable, view="case_by_work", in_view=column)


@reads.entity(
    models.Case,
    prefix="case",
    key="CASE",
    filters=CASE,
    visible=visibility.CASES,
    sensitive=reads.sensitive(visibility.SENSITIVE),
    sorts={
        **dict.fromkeys(("opened_at", "updated_at", "number")),
        "resolved_at": by_work("resolved_at", p.Kind.MOMENT, nullable=True),
        "severity": by_work("severity", p.Kind.TEXT),
        "priority": by_work("priority", p.Kind.TEXT),
        "due": by_work("due_at", p.Kind.MOMENT, nullable=True),
        "rank": by_work("rank", p.Kind.NUMBER),
        "state": by_work("stage", p.Kind.INTEGER),
    },
    order="-opened_at",
)
class Case(reads.Node):
    """A unit of work on a subject."""

    key: str = reads.key(description="The name people say aloud: CASE-123.")
    kind: CaseKind = reads.column(description="Why it exists.")
    workflow: str = reads.column(description="How it ends: review by a decision, service by a resolution code.")
    state: CaseState = reads.column(description="Where it stands.")
    title: str | None = reads.expression(content("title_id"), description="One line; null once it was erased.")
    severity: Severity = reads.column(description="How much harm.")
    priority: Priority = reads.column(description="In which order people want it done.")
    sensitivity: Sensitivity = reads.column(description="Who may see it.")
    reason_code: str | None = reads.column(description="What is said to be wrong.")
    language: str | None = reads.column(description="BCP 47 tag of what it is about.")
    region: str | None = reads.column(description="Where it matters.")
    subject: Subject | None = reads.reference("subject_id", description="What it is about.")
    queue: Queue | None = reads.reference("queue_id", description="Where it waits, or waited last.")
    team: Team | None = reads.reference("team_id", description="The team that owns it.")
    assignee: Person | None = reads.reference(
        "assignee_id",
        description="Whose case it is, lease or not. Who claims nobody's case is its assignee; claiming somebody's,"
        " or taking it over, leaves it theirs: assignCase says otherwise.",
    )
    lease: Lease | None = reads.reference(
        "id", to="case_id", where="{row}.released_at IS NULL", description="Who works on it now."
    )
    hold_reason: str | None = reads.column(description="Why it is on hold.")
    hold_until: datetime | None = reads.column(description="When it resumes by itself.")
    tier: int = reads.column(description="How often it was handed to a higher review tier.")
    resolution: str | None = reads.column(description="How it was resolved.")
    reopen_count: int = reads.column(description="How often it was taken up again.")
    opened_at: datetime = reads.column(description="When it was opened.")
    resolved_at: datetime | None = reads.column(description="When it was resolved; null once it is taken up again.")
    updated_at: datetime = reads.column(description="When it last changed.")
    due_at: datetime | None = reads.expression(
        "(SELECT w.due_at FROM case_worklist w WHERE w.id = {row}.id)",
        description="When the next of its running clocks is due, late ones included; null where none runs.",
    )
    rank: float | None = reads.expression(
        "(SELECT w.rank FROM case_worklist w WHERE w.id = {row}.id)",
        description="The order reckoned for it, from 0 to 100, the most pressing highest.",
    )
    ranked_by: CaseRank | None = reads.reference("id", description="What its rank is made of, and by which formula.")
    version: Long = reads.column(description="Counts its own events; what expectedVersion means.")
    draft: str | None = reads.expression(
        "(SELECT c.body FROM case_draft d JOIN content c ON c.id = d.body_id"
        " WHERE d.case_id = {row}.id AND d.person_id = {viewer.person_id})",
        description="What you yourself had written when your lease ended.",
    )
    signals: list[Signal] = reads.many(
        on="EXISTS (SELECT 1 FROM case_signal s WHERE s.signal_id = {row}.id AND s.case_id = {parent}.id"
        " AND s.detached_at IS NULL)",
        order="received_at",
        description="The news that belongs to it, the first 200.",
    )
    comments: reads.Connection[CaseComment] = reads.connection("case_id", description="What was said about it.")
    evidence: reads.Connection[Annotated["Evidence", strawberry.lazy("schema.files.types")]] = reads.connection(
        "case_id", description="Captures of what was seen, the first captured first."
    )
    timeline: reads.Connection[CaseEvent] = reads.connection(
        "subject_id", where=CASE_EVENT["subject_type"].eq("case"), description="Everything that happened to it."
    )
    decisions: list[Annotated["Decision", strawberry.lazy("schema.review.types")]] = reads.many(
        "case_id", order="-decided_at", description="What was decided about it, the newest first."
    )
    enforcements: list[Annotated["Enforcement", strawberry.lazy("schema.review.types")]] = reads.many(
        "case_id", order="-updated_at", description="What the platform was told to do, the newest news first."
    )
    clocks: list[Annotated["SlaClock", strawberry.lazy("schema.sla.types")]] = reads.many(
        "subject_id",
        where=SLA_CLOCK["subject_type"].eq("case"),
        order="due_at",
        description="Its SLA clocks, the first due first.",
    )
    inquiry_links: list[Annotated["InquiryLink", strawberry.lazy("schema.inquiries.types")]] = reads.many(
        "case_id", order="linked_at", description="The inquiries that stand beside it."
    )
    mirror_link: Annotated["MirrorLink", strawberry.lazy("schema.mirror.types")] | None = reads.reference(
        "id",
        to="case_id",
        where="NOT EXISTS (SELECT 1 FROM mirror_link o WHERE o.case_id = {row}.case_id AND o.id < {row}.id)",
        description="Its issue in the tracker, the oldest where there are several; null where it is not mirrored.",
    )
    viewer_can: list[Ability] = reads.computed(
        needs=ABILITY_NEEDS, compute=abilities, description="What you may do to it now, and why not otherwise."
    )
