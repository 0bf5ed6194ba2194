"""An inquiry, what was said in it, who wrote it, and the cases it stands beside."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from domain.core.actor import Actor, ActorKind
from domain.inquiries import models, rules, visibility
from domain.inquiries.filters import INQUIRY, INQUIRY_CASE, MESSAGE, REQUESTER
from domain.inquiries.states import CaseRelation, InquiryKind, InquiryState, MessageDirection
from domain.people.models import Requester as RequesterRow
from domain.sla.filters import SLA_CLOCK
from schema import reads
from schema.abilities import Ability, told
from schema.cases.types import Case
from schema.cases.types.words import content, erased
from schema.enums import describe
from schema.people.types import Account, Person, Team
from schema.scalars import Long

if TYPE_CHECKING:
    from schema.files.types import File
    from schema.sla.types import SlaClock

describe(
    InquiryKind,
    QUESTION="They want to know something.",
    FEEDBACK="They tell what they think.",
    COMPLAINT="They object to something.",
    REQUEST="They want something done.",
)
describe(
    InquiryState,
    OPEN="Our turn: they wrote last.",
    ANSWERED="Their turn: a person of ours wrote last.",
    CLOSED="Over, until they write again.",
)
describe(
    MessageDirection,
    INBOUND="From the requester.",
    OUTBOUND="To the requester.",
    NOTE="Among ourselves; never leaves the desk.",
)
describe(CaseRelation, LINKED="The case was there.", CONVERTED="The case was opened from the inquiry.")


def _abilities(row: Mapping[str, Any], viewer: Actor) -> list[Ability]:
    return told(rules.abilities(InquiryState(row["state"]), viewer))


@reads.entity(
    RequesterRow,
    prefix="requester",
    filters=REQUESTER,
    visible=visibility.REQUESTERS,
    sorts=("created_at",),
    order="-created_at",
)
class Requester(reads.Node):
    """A person outside who writes to us; not a user of the desk."""

    name: str | None = reads.expression(
        content("name_id"),
        shown_if=visibility.ADDRESSES,
        description="As they gave it; null without the permission inquiry.answer, and once it was erased.",
    )
    address: str | None = reads.expression(
        content("address_id"),
        shown_if=visibility.ADDRESSES,
        description="Where they are reached; null without the permission inquiry.answer, and once it was erased.",
    )
    channel: str = reads.column(description="The channel the address is on.")
    locale: str = reads.column(description="BCP 47 tag of the language they read.")
    created_at: datetime = reads.column(description="When they first wrote.")


@reads.entity(
    models.InquiryMessage,
    prefix="message",
    filters=MESSAGE,
    visible=visibility.MESSAGES,
    sorts=("sent_at",),
    order="sent_at",
)
class InquiryMessage(reads.Node):
    """One thing said in an inquiry. Remarks among ourselves are for those with the permission inquiry.read."""

    direction: MessageDirection = reads.column(description="From them, to them, or among ourselves.")
    author: Account | None = reads.reference("author_id", description="Who of us wrote it; null for the requester.")
    author_kind: ActorKind | None = reads.column(description="A person or a machine; null for the requester.")
    text: str | None = reads.expression(content("body_id"), description="What it says; null once it was erased.")
    erased: bool = reads.expression(erased("body_id"), description="Whether the text was erased.")
    external_id: str | None = reads.column(description="The channel's own id of it; null for what we wrote.")
    sent_at: datetime = reads.column(description="When it was written.")
    files: list[Annotated["File", strawberry.lazy("schema.files.types")]] = reads.many(
        "part_id", order="attached_at", description="What came with it, or was added to it."
    )


@reads.entity(
    models.Inquiry,
    prefix="inquiry",
    key="INQ",
    filters=INQUIRY,
    visible=visibility.INQUIRIES,
    sorts=("opened_at", "updated_at", "number"),
    order="-opened_at",
)
class Inquiry(reads.Node):
    """A conversation with a requester. Never a case, but it may stand beside several. You see all of them with the
    permission inquiry.read; without it those your account filed, as far as their requester may know them."""

    key: str = reads.key(description="The name people say aloud: INQ-45.")
    kind: InquiryKind = reads.column(description="What they want.")
    state: InquiryState = reads.column(description="Whose turn it is.")
    title: str | None = reads.expression(content("title_id"), description="One line; null once it was erased.")
    channel: str = reads.column(description="The door it came through: email, web, chat, api.")
    external_id: str = reads.column(description="Its source's own id of it.")
    filed_by: Account | None = reads.reference("filed_by_id", description="Its source: the account that filed it.")
    requester: Requester | None = reads.reference(
        "requester_id", description="Who wrote it; null without the permission inquiry.read."
    )
    team: Team | None = reads.reference("team_id", description="The team that owns it.")
    assignee: Person | None = reads.reference("assignee_id", description="Whose it is.")
    language: str | None = reads.column(description="BCP 47 tag of the language it is written in.")
    resolution: str | None = reads.column(description="How it was closed.")
    opened_at: datetime = reads.column(description="When they wrote first.")
    first_replied_at: datetime | None = reads.column(description="When a person of ours first replied.")
    closed_at: datetime | None = reads.column(description="When it was closed; null while it is not.")
    updated_at: datetime = reads.column(description="When it last changed.")
    version: Long = reads.column(description="Counts its own events; what expectedVersion means.")
    viewer_can: list[Ability] = reads.computed(
        needs={"state": "{row}.state"},
        compute=_abilities,
        description="What you may do to it now, and why not otherwise.",
    )
    messages: reads.Connection[InquiryMessage] = reads.connection("inquiry_id", description="What was said.")
    clocks: list[Annotated["SlaClock", strawberry.lazy("schema.sla.types")]] = reads.many(
        "subject_id",
        where=SLA_CLOCK["subject_type"].eq("inquiry"),
        order="due_at",
        description="Its SLA clocks, the first due first; for the permission inquiry.read.",
    )
    case_links: list["InquiryLink"] = reads.many(
        "inquiry_id", order="linked_at", description="The cases it stands beside, those you may see."
    )


@reads.entity(
    models.InquiryCase,
    prefix="inqcase",
    filters=INQUIRY_CASE,
    visible=visibility.LINKS,
    sorts=("linked_at",),
    order="linked_at",
)
class InquiryLink(reads.Node):
    """An inquiry's place beside a case."""

    relation: CaseRelation = reads.column(description="Whether the case was there or came of it.")
    inquiry: Inquiry | None = reads.reference("inquiry_id", description="The inquiry.")
    case: Case | None = reads.reference("case_id", description="The case.")
    linked_at: datetime = reads.column(description="Since when.")
