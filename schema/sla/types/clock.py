"""A clock as clients see it: at this instant, whenever anybody last looked."""

from datetime import datetime, timedelta
from typing import Annotated

import strawberry

from domain.sla import models, visibility
from domain.sla.clocks import ClockState, Mode, TransitionType
from domain.sla.filters import SLA_CLOCK, SLA_FIRING, SLA_SEGMENT, SLA_TRANSITION, STATE_NOW
from domain.sla.metrics import GoalUnit, Metric
from domain.sla.policies import PolicyKind
from schema import reads
from schema.cases.types import Case
from schema.inquiries.types import Inquiry
from schema.people.types import Team
from schema.scalars import Long
from schema.sla.types import words
from schema.sla.types.status import SlaStatus, counting

assert words  # noqa: S101 - imported for the descriptions it gives to the enums

ClockSubject = Annotated[Case | Inquiry, strawberry.union("SlaSubject", description="What a clock runs on.")]


@reads.entity(
    models.SlaSegment,
    prefix="slasegment",
    filters=SLA_SEGMENT,
    visible=visibility.SEGMENTS,
    sorts=("number",),
    order="number",
)
class SlaSegment(reads.Node):
    """A stretch of a clock. Those of mode RUN sum to what has elapsed."""

    mode: Mode = reads.column(description="Whether it counts.")
    started_at: datetime = reads.column(description="From when.")
    ended_at: datetime | None = reads.column(description="Until before when; null while it lasts.")
    reason: str | None = reads.column(description="Why it does not count.")
    team: Team | None = reads.reference("team_id", description="Who had it meanwhile.")
    counted: timedelta = reads.column("business", description="In the goal's own time; zero while it lasts.")
    seq: Long | None = reads.column(description="The event of the subject that began it.")


@reads.entity(
    models.SlaTransition,
    prefix="slatransition",
    filters=SLA_TRANSITION,
    visible=visibility.TRANSITIONS,
    sorts=("number",),
    order="number",
)
class SlaTransition(reads.Node):
    """A step of a clock's life."""

    type: TransitionType = reads.column(description="What it went through.")
    at: datetime = reads.column(description="When it became true.")
    detected_at: datetime = reads.column(description="When it came to light.")
    revision: int = reads.column(description="Which revision of its promise.")
    cause: str = reads.column(description="What caused it.")
    seq: Long | None = reads.column(description="The event of the subject that caused it; null where time did.")


@reads.entity(
    models.SlaFiring,
    prefix="slafiring",
    filters=SLA_FIRING,
    visible=visibility.FIRINGS,
    sorts=("at",),
    order="at",
)
class SlaFiring(reads.Node):
    """That a threshold was acted on: once for each revision of a promise."""

    breach: bool = reads.expression("{row}.threshold = -1", description="Whether it is the breach itself.")
    threshold: int = reads.column(description="Which threshold of the target, from 0; -1 is the breach itself.")
    revision: int = reads.column(description="Which revision of the promise.")
    at: datetime = reads.column(description="When it was reached.")
    fired_at: datetime = reads.column(description="When it was acted on; later where the workers were away.")
    voided_at: datetime | None = reads.column(description="When late news showed that it never was.")


@reads.entity(
    models.SlaClock,
    prefix="slaclock",
    filters=SLA_CLOCK,
    visible=visibility.CLOCKS,
    sorts=("due_at", "started_at"),
    order="due_at",
)
class SlaClock(reads.Node):
    """One cycle of one promise about a case or an inquiry."""

    subject: ClockSubject | None = reads.one_of(
        {"case": Case, "inquiry": Inquiry}, kind="subject_type", id="subject_id", description="What it runs on."
    )
    metric: Metric = reads.column(description="What is promised.")
    policy_kind: PolicyKind = reads.column(description="Whose promise it is.")
    policy_key: str = reads.column(description="The policy that set it.")
    policy_rev: int = reads.column(description="Which version of it.")
    target_key: str = reads.column(description="Which of its targets.")
    instead_of: list[str] = reads.column(description="Other policies of its kind in scope, less specific than this.")
    calendar: str | None = reads.column(description="The calendar it counts by; null for plain time.")
    cycle: int = reads.column(description="Counts its beginnings anew, from 1.")
    holder: str | None = reads.column(description="Whose it is, where each holder has one.")
    state: ClockState = reads.expression(STATE_NOW, description="Where it stands at this instant.")
    status: SlaStatus = reads.same_row(kind=STATE_NOW, description="The same, with what belongs to it.")
    goal: timedelta = reads.column(description="How long may pass, in counted time.")
    goal_unit: GoalUnit = reads.column(description="How the goal is written.")
    elapsed: timedelta = counting(lambda found: found.elapsed, "What has passed, in the goal's own time.")
    remaining: timedelta = counting(
        lambda found: found.remaining, "What is left of the goal, in its own time; zero once late."
    )
    overdue: timedelta = counting(lambda found: found.overdue, "By how much it is late, in the goal's own time.")
    started_at: datetime = reads.column(description="When it began.")
    due_at: datetime | None = reads.column(description="When it is late; null on hold and without open time ahead.")
    stopped_at: datetime | None = reads.column(description="When it got its verdict.")
    breached_at: datetime | None = reads.expression(
        "coalesce({row}.breached_at, CASE WHEN {row}.state = 'RUNNING' AND {row}.due_at < {clock}"
        " THEN {row}.due_at END)",
        description="Since when it is, or was, late.",
    )
    cancelled_at: datetime | None = reads.column(description="When it was taken out of the count.")
    cancel_reason: str | None = reads.column(description="Why.")
    revision: int = reads.column(description="Counts the changes of its promise, from 1.")
    segments: list[SlaSegment] = reads.many("clock_id", order="number", description="The ledger of its time.")
    transitions: list[SlaTransition] = reads.many("clock_id", order="number", description="What it went through.")
    firings: list[SlaFiring] = reads.many("clock_id", order="at", description="Warnings and breaches acted on.")
