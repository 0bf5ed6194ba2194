"""Files that belong to what was said. Their bytes are not this capability's."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from domain.core.actor import Actor
from domain.core.transaction import atomic
from domain.inquiries.events import InquiryFilesAttached
from domain.inquiries.models import Inquiry
from domain.inquiries.record import locked, record


@atomic
async def attach(inquiry_id: UUID, *, by: Actor, gather: Callable[[], Awaitable[InquiryFilesAttached]]) -> Inquiry:
    """Says that files, gathered under the inquiry's lock, belong to a message. Whoever files inquiries or answers them
    may."""
    if not by.may("inquiry.file"):
        by.ensure("inquiry.answer")
    inquiry = await locked(inquiry_id, by)
    await record(inquiry, await gather(), by=by)
    return inquiry
