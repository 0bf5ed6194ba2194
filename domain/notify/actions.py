"""Contact methods, and asking for notifications."""

from uuid import UUID

from domain.core import clock, effects, events
from domain.core.actor import Actor
from domain.core.errors import NotFound, invalid
from domain.core.ids import new_id
from domain.core.transaction import Ref, atomic
from domain.notify import rules
from domain.notify.events import (
    ContactAdded,
    ContactDisabled,
    ContactVerified,
    NotificationCancelled,
    NotificationPlanned,
)
from domain.notify.models import ContactMethod, Notification
from domain.notify.record import ref, settle, told
from domain.notify.states import OPEN, ContactKind, NotificationState, Urgency
from domain.people.models import Person

SEND = "notify.send"
"""Kind of the effect that sends a notification."""


@atomic
async def add_contact(
    person_id: UUID, *, by: Actor, kind: ContactKind, address: str, position: int = 0
) -> ContactMethod:
    """Adds an address for oneself, or for anybody by who manages people; a known one is taken into use again.

    The directory vouches for a person's own e-mail address and for consoles: they are verified at once.
    """
    rules.ensure_own(person_id, by)
    person = await Person.filter(id=person_id).select_for_update().first()
    if person is None:
        raise NotFound("person", person_id, path=("personId",))
    if kind is ContactKind.EMAIL and ("@" not in address or any(sign.isspace() for sign in address)):
        raise invalid("address", "Give an e-mail address.")
    if not 1 <= len(address) <= 255:
        raise invalid("address", "Give an address of 1 to 255 characters.")
    now = await clock.now()
    vouched = kind is ContactKind.CONSOLE or address.lower() == person.email
    contact, created = await ContactMethod.get_or_create(
        person_id=person_id, kind=kind, address=address, defaults={"position": position, "created_at": now}
    )
    if created or contact.disabled_at is not None:
        contact.position, contact.disabled_at, contact.verified_at = position, None, now if vouched else None
        await contact.save(update_fields=["position", "disabled_at", "verified_at"])
        added = ContactAdded(contact_id=contact.id, contact_kind=kind, verified=vouched)
        await events.append(Ref("person", person_id), added, by=by)
    return contact


@atomic
async def verify_contact(contact_id: UUID, *, by: Actor) -> ContactMethod:
    """Somebody who manages people vouches for an address. Repeating changes nothing."""
    by.ensure("people.manage")
    contact = await _locked(contact_id)
    rules.ensure_can_verify(by, disabled=contact.disabled_at is not None)
    if contact.verified_at is None:
        contact.verified_at = await clock.now()
        await contact.save(update_fields=["verified_at"])
        await events.append(Ref("person", contact.person_id), ContactVerified(contact_id=contact.id), by=by)
    return contact


@atomic
async def disable_contact(contact_id: UUID, *, by: Actor) -> ContactMethod:
    """Takes an address out of use; what is on its way to it fails at the next attempt. Repeating changes nothing."""
    contact = await _locked(contact_id)
    rules.ensure_own(contact.person_id, by)
    if contact.disabled_at is None:
        contact.disabled_at = await clock.now()
        await contact.save(update_fields=["disabled_at"])
        await events.append(Ref("person", contact.person_id), ContactDisabled(contact_id=contact.id), by=by)
    return contact


@atomic
async def tell(
    contact: ContactMethod,
    *,
    by: Actor,
    cause: Ref,
    batch: str,
    urgency: Urgency,
    reference: str,
    title_id: UUID,
    body_id: UUID | None = None,
) -> Notification | None:
    """Plans one message to one address, sent after the commit; None where this batch has told this contact already."""
    by.ensure("notification.send")
    key = f"{batch}/{contact.person_id}/{contact.id}"
    if await Notification.exists(key=key):
        return None
    notification = Notification(
        id=new_id(),
        key=key,
        batch=batch,
        person_id=contact.person_id,
        contact_id=contact.id,
        subject_type=cause.type,
        subject_id=cause.id,
        urgency=urgency,
        reference=reference,
        title_id=title_id,
        body_id=body_id,
        state=NotificationState.PENDING,
    )
    planned = told(NotificationPlanned, notification, urgency=urgency)
    (entry,) = await events.append(ref(notification), planned, by=by)
    notification.created_at = entry.recorded_at
    await notification.save()
    await effects.plan(SEND, key=key, ref=ref(notification))
    return notification


@atomic
async def cancel(cause: Ref, *, by: Actor) -> int:
    """Cancels all that is not yet sent about something, and says how many.

    One that is being sent right now cannot be called back; it is marked, and never tried again.
    """
    by.ensure("notification.send")
    unsettled = await (
        Notification.filter(subject_type=cause.type, subject_id=cause.id, state__in=list(OPEN))
        .order_by("id")
        .select_for_update()
    )
    now = await clock.now()
    for notification in unsettled:
        if notification.state is NotificationState.PENDING:
            await effects.cancel(ref(notification), [SEND])
            event = told(NotificationCancelled, notification)
            await settle(notification, NotificationState.CANCELLED, event, by=by, cancelled_at=now)
        else:
            notification.cancelled_at = now
            await notification.save(update_fields=["cancelled_at"])
    return len(unsettled)


async def _locked(contact_id: UUID) -> ContactMethod:
    contact = await ContactMethod.filter(id=contact_id).select_for_update().first()
    if contact is None:
        raise NotFound("contact method", contact_id)
    return contact
