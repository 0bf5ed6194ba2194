"""Files that belong to what was said. Their bytes are not this capability's."""

from uuid import UUID

from domain.core.actor import Actor
from domain.core.transaction import atomic
from domain.inquiries.events import InquiryFilesAttached
from domain.inquiries.models import Inquiry
from domain.inquiries.record import locked, record


@atomic
async def attach(inquiry_id: UUID, *, by: Actor, attached: InquiryFilesAttached) -> Inquiry:
    """Says that files belong to a message. Whoever files inquiries or answers them may."""
    if not by.may("inquiry.file"):
        by.ensure("inquiry.answer")
    inquiry = await locked(inquiry_id, by)
    await record(inquiry, attached, by=by)
    return inquiry
