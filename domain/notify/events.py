"""What happens to contact methods and notifications. Addresses stay in their rows."""

from uuid import UUID

from domain.core.events import Event
from domain.notify.states import ContactKind, Urgency


class ContactAdded(Event):
    contact_id: UUID
    contact_kind: ContactKind
    verified: bool


class ContactVerified(Event):
    contact_id: UUID


class ContactDisabled(Event):
    contact_id: UUID


class Notified(Event):
    """Base of a notification's events: who was to be told of what, over which contact."""

    person_id: UUID
    contact_id: UUID
    subject_type: str
    subject_id: UUID
    batch: str


class NotificationPlanned(Notified):
    urgency: Urgency


class NotificationAccepted(Notified):
    provider_id: str
    attempts: int


class NotificationFailed(Notified):
    """It will never arrive: refused for good, or tried as often as makes sense."""

    attempts: int


class NotificationCancelled(Notified):
    """Nobody needs it any more; it was not sent."""


class NotificationLost(Notified):
    """Its sender died while sending: it may have arrived. It is not sent again."""
