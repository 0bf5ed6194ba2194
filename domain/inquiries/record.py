"""Locking an inquiry, and writing what happened to it."""

from datetime import datetime
from uuid import UUID

from domain.core import events
from domain.core.actor import Actor, ActorKind
from domain.core.content import ContentRef
from domain.core.errors import NotFound, ensure_version
from domain.core.events import Event, Recorded
from domain.core.transaction import Ref
from domain.inquiries.models import Inquiry, InquiryMessage
from domain.inquiries.states import MessageDirection


def ref(inquiry_id: UUID) -> Ref:
    """The inquiry as a subject of the log."""
    return Ref("inquiry", inquiry_id)


async def locked(inquiry_id: UUID, *, expected_version: int | None = None) -> Inquiry:
    """The inquiry under its row lock."""
    inquiry = await Inquiry.filter(id=inquiry_id).select_for_update().first()
    if inquiry is None:
        raise NotFound("inquiry", inquiry_id)
    ensure_version("inquiry", expected=expected_version, actual=inquiry.version)
    return inquiry


async def record(
    inquiry: Inquiry, event: Event, *, by: Actor, occurred_at: datetime | None = None, **columns: object
) -> Recorded:
    """Appends an event about an inquiry and saves the columns it sets."""
    (entry,) = await events.append(ref(inquiry.id), event, by=by, occurred_at=occurred_at)
    columns |= {"version": entry.seq, "updated_at": entry.recorded_at}
    inquiry.update_from_dict(columns)
    await inquiry.save(update_fields=list(columns))
    return entry


async def keep(
    inquiry_id: UUID,
    message_id: UUID,
    *,
    direction: MessageDirection,
    body: ContentRef,
    sent_at: datetime,
    author: Actor | None = None,
    external_id: str | None = None,
) -> InquiryMessage:
    """Writes a message's row. ``author`` None is the requester."""
    kind: ActorKind | None = author.kind if author else None
    return await InquiryMessage.create(
        id=message_id,
        inquiry_id=inquiry_id,
        direction=direction,
        author_id=author.id if author else None,
        author_kind=kind,
        body_id=body.id,
        external_id=external_id,
        sent_at=sent_at,
    )
