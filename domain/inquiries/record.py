"""Locking an inquiry, and writing what happened to it."""

from datetime import datetime
from uuid import UUID

from domain.core import events
from domain.core import predicates as p
from domain.core.actor import Actor
from domain.core.errors import NotFound, ensure_version
from domain.core.events import Event, Recorded
from domain.core.transaction import Ref
from domain.inquiries import fold
from domain.inquiries.models import Inquiry, InquiryMessage
from domain.inquiries.visibility import INQUIRIES, MESSAGES


def ref(inquiry_id: UUID) -> Ref:
    """The inquiry as a subject of the log."""
    return Ref("inquiry", inquiry_id)


async def locked(inquiry_id: UUID, by: Actor, *, expected_version: int | None = None) -> Inquiry:
    """The inquiry under its row lock. NOT_FOUND where the actor may not see it."""
    inquiry = await Inquiry.filter(id=inquiry_id).select_for_update().first()
    if inquiry is None or not p.matches(INQUIRIES, {"filed_by_id": inquiry.filed_by_id}, viewer=by):
        raise NotFound("inquiry", inquiry_id)
    ensure_version("inquiry", expected=expected_version, actual=inquiry.version, subject_id=inquiry.id)
    return inquiry


def is_said_to(message: InquiryMessage, by: Actor) -> bool:
    """Whether the actor may see the message, whose inquiry was fetched with it."""
    row = {"direction": message.direction, "inquiry": {"filed_by_id": message.inquiry.filed_by_id}}
    return p.matches(MESSAGES, row, viewer=by)


async def record(inquiry: Inquiry, event: Event, *, by: Actor, occurred_at: datetime | None = None) -> Recorded:
    """Appends an event about an inquiry and brings its row to their fold."""
    (entry,) = await events.append(ref(inquiry.id), event, by=by, occurred_at=occurred_at)
    columns = fold.changes(event, entry)
    inquiry.update_from_dict(columns)
    await inquiry.save(update_fields=list(columns))
    return entry


async def say(
    inquiry: Inquiry, event: Event, *, by: Actor, occurred_at: datetime | None = None
) -> InquiryMessage:  # fmt: skip
    """The same for an event that tells what was said: its message is written too."""
    entry = await record(inquiry, event, by=by, occurred_at=occurred_at)
    return await InquiryMessage.create(**fold.message_row(event, entry) or {})
