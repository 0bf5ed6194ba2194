"""What is said in an inquiry, whose it is, and how it ends."""

from datetime import datetime
from uuid import UUID

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
from domain.inquiries.record import keep, locked, record
from domain.inquiries.states import InquiryState, MessageDirection
from domain.people.models import Person, Team


@atomic
async def receive_message(
    inquiry_id: UUID, *, by: Actor, text: str, external_id: str | None = None, occurred_at: datetime | None = None
) -> InquiryMessage:
    """The requester wrote again: the inquiry is OPEN, even where it was closed. With an ``external_id`` the same
    message is accepted once; its repeat answers with the first."""
    by.ensure("inquiry.file")
    if external_id is not None and not 1 <= len(external_id) <= 255:
        raise invalid("externalId", "Give the channel's own id of the message, 1 to 255 characters.")
    inquiry = await locked(inquiry_id)
    if external_id is not None:
        known = await InquiryMessage.filter(inquiry_id=inquiry_id, external_id=external_id).first()
        if known is not None:
            return known
    body = await content.store(text, path="text", retention=Retention.INQUIRY)
    received = MessageReceived(message_id=new_id(), body=body, from_state=inquiry.state)
    entry = await record(
        inquiry,
        received,
        by=by,
        occurred_at=occurred_at,
        state=InquiryState.OPEN,
        closed_at=None,
        resolution=None,
    )
    return await keep(
        inquiry_id,
        received.message_id,
        direction=MessageDirection.INBOUND,
        body=body,
        sent_at=entry.occurred_at,
        external_id=external_id,
    )


@atomic
async def reply(inquiry_id: UUID, *, by: Actor, text: str, expected_version: int | None = None) -> InquiryMessage:
    """Records what we answer. Nothing is sent from here: whoever keeps the channel delivers OUTBOUND messages.

    A person's reply makes the inquiry ANSWERED; a machine's leaves its state. Refused once it is closed.
    """
    by.ensure("inquiry.answer")
    inquiry = await locked(inquiry_id, expected_version=expected_version)
    rules.ensure_can_reply(inquiry.state, by)
    first = by.kind is ActorKind.HUMAN and inquiry.first_replied_at is None
    body = await content.store(text, path="text", retention=Retention.INQUIRY)
    replied = InquiryReplied(
        message_id=new_id(),
        body=body,
        by_kind=by.kind,
        first=first,
        from_state=inquiry.state,
        to_state=rules.after_reply(inquiry.state, by.kind),
    )
    entry = await record(inquiry, replied, by=by, state=replied.to_state)
    if first:
        inquiry.first_replied_at = entry.occurred_at
        await inquiry.save(update_fields=["first_replied_at"])
    return await keep(
        inquiry_id,
        replied.message_id,
        direction=MessageDirection.OUTBOUND,
        body=body,
        sent_at=entry.occurred_at,
        author=by,
    )


@atomic
async def note(inquiry_id: UUID, *, by: Actor, text: str) -> InquiryMessage:
    """Adds a remark that never leaves the desk."""
    by.ensure("inquiry.answer")
    inquiry = await locked(inquiry_id)
    body = await content.store(text, path="text", retention=Retention.INQUIRY)
    noted = InquiryNoted(message_id=new_id(), body=body)
    entry = await record(inquiry, noted, by=by)
    return await keep(
        inquiry_id, noted.message_id, direction=MessageDirection.NOTE, body=body, sent_at=entry.occurred_at, author=by
    )


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
    inquiry = await locked(inquiry_id, expected_version=expected_version)
    if assignee_id is not None and not await Person.exists(id=assignee_id, active=True):
        raise NotFound("person", assignee_id, path=("assigneeId",))
    if team_id is not None and not await Team.exists(id=team_id):
        raise NotFound("team", team_id, path=("teamId",))
    team = team_id or inquiry.team_id
    if (assignee_id, team) != (inquiry.assignee_id, inquiry.team_id):
        assigned = InquiryAssigned(assignee_id=assignee_id, team_id=team)
        await record(inquiry, assigned, by=by, assignee_id=assignee_id, team_id=team)
    return inquiry


@atomic
async def close(
    inquiry_id: UUID, *, by: Actor, resolution: str = "ANSWERED", expected_version: int | None = None
) -> Inquiry:
    """Ends a conversation with a resolution code. A closed one is left as it is."""
    by.ensure("inquiry.answer")
    inquiry = await locked(inquiry_id, expected_version=expected_version)
    ensure_code(resolution, path="resolution", example="ANSWERED")
    if inquiry.state is InquiryState.CLOSED:
        return inquiry
    entry = await record(
        inquiry,
        InquiryClosed(from_state=inquiry.state, resolution=resolution),
        by=by,
        state=InquiryState.CLOSED,
        resolution=resolution,
    )
    inquiry.closed_at = entry.occurred_at
    await inquiry.save(update_fields=["closed_at"])
    return inquiry
