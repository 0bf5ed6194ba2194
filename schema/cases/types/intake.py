"""What comes in: subjects, and signals about them."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from domain.cases import models, visibility
from domain.cases.filters import CASE_OF_SIGNAL, SIGNAL, SUBJECT
from domain.cases.states import SignalOrigin, SignalOutcome, SubjectKind
from schema import reads
from schema.cases.types.sensitive import of_case
from schema.cases.types.words import content
from schema.people.types import Account
from schema.scalars import Long

if TYPE_CHECKING:
    from schema.cases.types.case import Case


@reads.entity(
    models.Subject,
    prefix="subject",
    filters=SUBJECT,
    visible=visibility.SUBJECTS,
    sorts=("created_at", "reach"),
    order="-created_at",
)
class Subject(reads.Node):
    """What a case is about: a live room, an account, a video. One per thing on the platform."""

    kind: SubjectKind = reads.column(description="What kind of thing it is.")
    external_ref: str = reads.column(description="The platform's own id of it.")
    owner_ref: str | None = reads.column(description="The platform's id of the account it belongs to.")
    reach: Long = reads.column(description="How many people it reaches, as last reported.")
    live: bool = reads.column(description="Whether it is live now, as last reported.")
    started_at: datetime | None = reads.column(description="When it went live, the last time it did.")
    ended_at: datetime | None = reads.column(description="When it ended, the last time it did.")
    created_at: datetime = reads.column(description="When the desk first heard of it.")
    version: Long = reads.column(description="Counts its own events.")


@reads.entity(
    models.Signal,
    prefix="signal",
    filters=SIGNAL,
    visible=visibility.SIGNALS,
    sensitive=of_case(
        SIGNAL,
        "(SELECT s.case_id FROM case_signal s WHERE s.signal_id = {row}.id AND s.detached_at IS NULL LIMIT 1)",
    ),
    sorts=("received_at",),
    order="-received_at",
)
class Signal(reads.Node):
    """One piece of news that may need review. Never changed, save for its outcome."""

    dedupe_key: str = reads.column(description="The sender's own id of it.")
    subject_kind: SubjectKind = reads.expression(
        "(SELECT b.kind FROM subject b WHERE b.id = {row}.subject_id)", description="What kind of thing it is about."
    )
    subject_ref: str = reads.expression(
        "(SELECT b.external_ref FROM subject b WHERE b.id = {row}.subject_id)",
        description="The platform's own id of what it is about, as the sender named it.",
    )
    subject: Subject | None = reads.reference("subject_id", description="What it is about, where you may see that.")
    case: Annotated["Case", strawberry.lazy("schema.cases.types.case")] | None = reads.reference(
        on=CASE_OF_SIGNAL, description="The case it belongs to, where you may see that."
    )
    origin: SignalOrigin = reads.column(description="Where it comes from.")
    channel: str = reads.column(description="The door it came through.")
    reason_code: str = reads.column(description="What the reporter says is wrong.")
    confidence: float | None = reads.column(description="How sure a detector is, from 0 to 1.")
    rule_version: str | None = reads.column(description="The detector's rule and version.")
    detail: str | None = reads.expression(
        content("detail_id"), description="What the reporter wrote; null where nothing, or where it was erased."
    )
    outcome: SignalOutcome = reads.column(description="What review made of it.")
    filed_by: Account | None = reads.reference("filed_by_id", description="The account that filed it.")
    received_at: datetime = reads.column(description="When it arrived.")
    version: Long = reads.column(description="Counts its own events.")
