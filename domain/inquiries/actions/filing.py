"""How an inquiry comes in: once, however often its channel sends it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tortoise import connections

from domain.cases.errors import DedupeKeyReused
from domain.core import content, events, transaction
from domain.core.actor import Actor
from domain.core.content import Retention
from domain.core.errors import NotFound, ValidationFailed
from domain.core.ids import new_id
from domain.core.models import Content
from domain.core.transaction import atomic
from domain.inquiries import fold, rules
from domain.inquiries.events import InquiryFiled
from domain.inquiries.models import Inquiry, InquiryMessage
from domain.inquiries.record import ref
from domain.inquiries.states import InquiryKind, InquiryState, MessageDirection
from domain.people.models import Team
from domain.people.requesters import recognize


@dataclass(frozen=True, slots=True, kw_only=True)
class From:
    """Who writes: an address on the inquiry's channel, and a name where it gives one."""

    address: str
    name: str | None = None
    locale: str = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """The inquiry, and whether it had come before."""

    inquiry: Inquiry
    repeated: bool


@atomic
async def file(
    title: str,
    *,
    by: Actor,
    kind: InquiryKind,
    channel: str,
    external_id: str,
    text: str,
    requester: From | None = None,
    team_id: UUID | None = None,
    language: str | None = None,
    occurred_at: datetime | None = None,
) -> Filed:
    """Takes an inquiry in with its first message. The same (channel, external_id) of one actor is accepted once,
    two at once included; its repeat answers with the first and changes nothing, one with another title or text is
    refused. Another actor's inquiry of that id is another inquiry."""
    by.ensure("inquiry.file")
    locale = requester.locale if requester else None
    if problems := rules.problems(channel=channel, external_id=external_id, language=language, locale=locale):
        raise ValidationFailed(problems)
    await transaction.current().connection.execute_query(
        "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", [f"inquiry/{by.id}/{channel}/{external_id}"]
    )
    known = await Inquiry.filter(filed_by_id=by.id, channel=channel, external_id=external_id).first()
    if known is not None:
        await _ensure_same(known, title=title, text=text)
        return Filed(inquiry=known, repeated=True)
    if team_id is not None and not await Team.exists(id=team_id):
        raise NotFound("team", team_id, path=("teamId",))
    who = (
        await recognize(channel, requester.address, by=by, name=requester.name, locale=requester.locale)
        if requester
        else None
    )
    inquiry_id = new_id()
    filed = InquiryFiled(
        number=await _number(),
        inquiry_kind=kind,
        channel=channel,
        external_id=external_id,
        state=InquiryState.OPEN,
        requester_id=who.id if who else None,
        title=await content.store(
            title, path="title", retention=Retention.INQUIRY, limit=500, found_by=ref(inquiry_id)
        ),
        message_id=new_id(),
        body=await content.store(text, path="text", retention=Retention.INQUIRY, found_by=ref(inquiry_id)),
        team_id=team_id,
        language=language,
    )
    inquiry = await _write(inquiry_id, filed, by=by, occurred_at=occurred_at)
    return Filed(inquiry=inquiry, repeated=False)


async def _ensure_same(known: Inquiry, *, title: str, text: str) -> None:
    """Refuses with DEDUPE_KEY_REUSED what says anything else than it did; an erased text is known by its digest."""
    first = (
        await InquiryMessage.filter(inquiry_id=known.id, direction=MessageDirection.INBOUND)
        .order_by("id")
        .prefetch_related("body")
        .first()
    )
    subject_line = await Content.get(id=known.title_id)
    changed = ["title"] if subject_line.digest != content.digest(title) else []
    if first is not None and first.body.digest != content.digest(text):
        changed.append("text")
    if changed:
        raise DedupeKeyReused("externalId", changed)


async def _write(inquiry_id: UUID, filed: InquiryFiled, *, by: Actor, occurred_at: datetime | None) -> Inquiry:
    (entry,) = await events.append(ref(inquiry_id), filed, by=by, occurred_at=occurred_at)
    inquiry = await Inquiry.create(id=inquiry_id, **fold.changes(filed, entry))
    await InquiryMessage.create(**fold.message_row(filed, entry) or {})
    return inquiry


async def _number() -> int:
    rows = await connections.get("default").execute_query_dict("SELECT nextval('inquiry_number_seq') AS n")
    number: int = rows[0]["n"]
    return number
