"""What is said in an inquiry, whose it is, and how it ends."""

from datetime import datetime
from uuid import UUID

from domain.cases.errors import DedupeKeyReused
from domain.core import content
from domain.core.actor import Actor, ActorKind
from domain.core.codes import ensure_code
from domain.core.content import Retention
from domain.core.errors import NotFound, invalid
from domain.core.ids import new_id
from domain.core.transaction import atomic
from domain.inquiries import rules
from domain.inquiries.events import InquiryAssigned, InquiryClosed, InquiryNoted, InquiryReplied, MessageReceived
from domain.inquiries.models import Inquiry, InquiryMessage
from domain.inquiries.record import locked, record, ref, say
from domain.inquiries.states import InquiryState
from domain.people.models import Person, Team


@atomic
async def receive_message(
    inquiry_id: UUID, *, by: Actor, text: str, external_id: str | None = None, occurred_at: datetime | None = None
) -> InquiryMessage:
    """The requester wrote again: the inquiry is OPEN, even where it was closed. With an ``external_id`` the same
    message is accepted once; its repeat answers with the first, one with another text is refused."""
    by.ensure("inquiry.file")
    if external_id is not None and not 1 <= len(external_id) <= 255:
        raise invalid("externalId", "Give the channel's own id of the message, 1 to 255 characters.")
    inquiry = await locked(inquiry_id, by)
    if external_id is not None:
        known = await (
            InquiryMessage.filter(inquiry_id=inquiry_id, external_id=external_id).prefetch_related("body").first()
        )
        if known is not None:
            if known.body.digest != content.digest(text):
                raise DedupeKeyReused("externalId", ["text"])
            return known
    body = await content.store(text, path="text", retention=Retention.INQUIRY, found_by=ref(inquiry_id))
    received = MessageReceived(message_id=new_id(), body=body, external_id=external_id, from_state=inquiry.state)
    return await say(inquiry, received, by=by, occurred_at=occurred_at)


@atomic
async def reply(inquiry_id: UUID, *, by: Actor, text: str, expected_version: int | None = None) -> InquiryMessage:
    """Records what we answer. Nothing is sent from here: whoever keeps the channel delivers OUTBOUND messages.

    A person's reply makes the inquiry ANSWERED; a machine's leaves its state. Refused once it is closed.
    """
    by.ensure("inquiry.answer")
    inquiry = await locked(inquiry_id, by, expected_version=expected_version)
    rules.ensure_can_reply(inquiry.state, by)
    first = by.kind is ActorKind.HUMAN and inquiry.first_replied_at is None
    body = await content.store(text, path="text", retention=Retention.INQUIRY, found_by=ref(inquiry_id))
    replied = InquiryReplied(
        message_id=new_id(),
        body=body,
        by_kind=by.kind,
        first=first,
        from_state=inquiry.state,
        to_state=rules.after_reply(inquiry.state, by.kind),
    )
    return await say(inquiry, replied, by=by)


@atomic
async def note(inquiry_id: UUID, *, by: Actor, text: str) -> InquiryMessage:
    """Adds a remark that never leaves the desk."""
    by.ensure("inquiry.answer")
    inquiry = await locked(inquiry_id, by)
    body = await content.store(text, path="text", retention=Retention.INQUIRY, found_by=ref(inquiry_id))
    return await say(inquiry, InquiryNoted(message_id=new_id(), body=body), by=by)


@atomic
async def assign(
    inquiry_id: UUID,
    *,
    by: Actor,
    assignee_id: UUID | None,
    team_id: UUID | None = None,
    expected_version: int | None = None,
) -> Inquiry:
    """Says whose inquiry it is; ``team_id`` None keeps the team. Repeating changes nothing."""
    by.ensure("inquiry.answer")
    inquiry = await locked(inquiry_id, by, expected_version=expected_version)
    if assignee_id is not None and not await Person.exists(id=assignee_id, active=True):
        raise NotFound("person", assignee_id, path=("assigneeId",))
    if team_id is not None and not await Team.exists(id=team_id):
        raise NotFound("team", team_id, path=("teamId",))
    team = team_id or inquiry.team_id
    if (assignee_id, team) != (inquiry.assignee_id, inquiry.team_id):
        await record(inquiry, InquiryAssigned(assignee_id=assignee_id, team_id=team), by=by)
    return inquiry


@atomic
async def close(
    inquiry_id: UUID, *, by: Actor, resolution: str = "ANSWERED", expected_version: int | None = None
) -> Inquiry:
    """Ends a conversation with a resolution code. A closed one is left as it is."""
    by.ensure("inquiry.answer")
    inquiry = await locked(inquiry_id, by, expected_version=expected_version)
    ensure_code(resolution, path="resolution", example="ANSWERED")
    if inquiry.state is not InquiryState.CLOSED:
        await record(inquiry, InquiryClosed(from_state=inquiry.state, resolution=resolution), by=by)
    return inquiry
