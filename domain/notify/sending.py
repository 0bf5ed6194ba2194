"""Sending: claim in a transaction, hand over outside of it, record in another. May run twice for one notification."""

from datetime import datetime
from uuid import UUID

from domain.core import clock
from domain.core.actor import Actor, system
from domain.core.effects import MAX_ATTEMPTS, Effect, TryAgain
from domain.core.transaction import atomic
from domain.notify.events import NotificationAccepted, NotificationCancelled, NotificationFailed, NotificationLost
from domain.notify.models import ContactMethod, Notification
from domain.notify.ports import Accepted, Message, Notifier, Outcome, PermanentFailure, TemporaryFailure
from domain.notify.record import settle, told
from domain.notify.rules import SEND_LIMIT, Sendable, Turn, turn
from domain.notify.states import NotificationState

ERASED = "(erased)"


async def deliver(effect: Effect, *, notifier: Notifier) -> None:
    """Doer of the effect ``notify.send``. Nothing is sent for a notification that is settled, cancelled ones included.

    Raises TryAgain after a temporary failure, save at the last attempt, which fails the notification.
    """
    by = system()
    message = await claim(effect.ref.id, by=by)
    if message is None:
        return
    outcome = await notifier.send(message)
    if isinstance(outcome, TemporaryFailure) and effect.attempt >= MAX_ATTEMPTS:
        outcome = PermanentFailure(outcome.error)
    if await record(effect.ref.id, by=by, outcome=outcome) and isinstance(outcome, TemporaryFailure):
        raise TryAgain(outcome.error, after=outcome.after)


@atomic
async def claim(notification_id: UUID, *, by: Actor) -> Message | None:
    """Takes a notification for sending and returns what to send; None where there is nothing to do.

    TryAgain while another sender is at it.
    """
    by.ensure("notification.send")
    notification = await _locked(notification_id)
    now = await clock.now()
    match turn(
        Sendable(
            state=notification.state,
            urgency=notification.urgency,
            cancelled=notification.cancelled_at is not None,
            send_deadline=notification.send_deadline,
            now=now,
        )
    ):
        case Turn.NOTHING:
            return None
        case Turn.WAIT:
            raise TryAgain("another sender is at it", after=(notification.send_deadline or now) - now)
        case Turn.CANCEL:
            await _cancelled(notification, by=by)
            return None
        case Turn.LOSE:
            await settle(notification, NotificationState.UNKNOWN, told(NotificationLost, notification), by=by)
            return None
        case Turn.SEND:
            return await _taken(notification, by=by, deadline=now + SEND_LIMIT)


@atomic
async def record(notification_id: UUID, *, by: Actor, outcome: Outcome) -> bool:
    """Writes down how an attempt went; says whether the notification is still to be sent. Harmless to repeat."""
    by.ensure("notification.send")
    notification = await _locked(notification_id)
    if notification.state is not NotificationState.SENDING:
        return False
    match outcome:
        case Accepted(provider_id):
            event = told(
                NotificationAccepted, notification, provider_id=provider_id, attempts=notification.attempts
            )  # fmt: skip
            await settle(
                notification, NotificationState.ACCEPTED, event, by=by, provider_id=provider_id, error=None
            )  # fmt: skip
            return False
        case PermanentFailure(error):
            await _failed(notification, error, by=by)
            return False
        case TemporaryFailure(error):
            if notification.cancelled_at is not None:
                await _cancelled(notification, by=by)
                return False
            notification.state, notification.send_deadline = NotificationState.PENDING, None
            notification.error = error[:500]
            await notification.save(update_fields=["state", "send_deadline", "error"])
            return True


async def _locked(notification_id: UUID) -> Notification:
    return await Notification.filter(id=notification_id).select_for_update().get()


async def _taken(notification: Notification, *, by: Actor, deadline: datetime) -> Message | None:
    await notification.fetch_related("contact", "person", "title", "body")
    contact, person = notification.contact, notification.person
    if contact.disabled_at is not None or not person.active:
        await _failed(notification, "The contact method is out of use.", by=by)
        return None
    notification.state, notification.send_deadline = NotificationState.SENDING, deadline
    notification.attempts += 1
    await notification.save(update_fields=["state", "send_deadline", "attempts"])
    title = notification.title.body or ERASED
    return Message(
        key=notification.key,
        kind=contact.kind,
        address=contact.address,
        recipient=person.name,
        urgency=notification.urgency,
        reference=notification.reference,
        title=title,
        body=(notification.body.body or ERASED) if notification.body else title,
    )


async def _failed(notification: Notification, error: str, *, by: Actor) -> None:
    event = told(NotificationFailed, notification, attempts=notification.attempts)
    await settle(notification, NotificationState.FAILED, event, by=by, error=error[:500])
    await ContactMethod.filter(id=notification.contact_id).update(
        last_failure_at=notification.settled_at, last_failure=error[:500]
    )


async def _cancelled(notification: Notification, *, by: Actor) -> None:
    await settle(notification, NotificationState.CANCELLED, told(NotificationCancelled, notification), by=by)
