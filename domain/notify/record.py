"""Writing what happened to a notification: the event first, then the row."""

from typing import Any, TypeVar

from domain.core import events
from domain.core.actor import Actor
from domain.core.transaction import Ref
from domain.notify.events import Notified
from domain.notify.models import Notification
from domain.notify.states import NotificationState

E = TypeVar("E", bound=Notified)


def ref(notification: Notification) -> Ref:
    """The notification as a subject of the log."""
    return Ref("notification", notification.id)


def told(kind: type[E], notification: Notification, **facts: Any) -> E:
    """An event of this kind with the notification's own facts filled in."""
    return kind(
        person_id=notification.person_id,
        contact_id=notification.contact_id,
        subject_type=notification.subject_type,
        subject_id=notification.subject_id,
        batch=notification.batch,
        **facts,
    )


async def settle(
    notification: Notification, state: NotificationState, event: Notified, *, by: Actor, **columns: Any
) -> None:
    """Ends a notification in ``state``; nothing is sent for it any more."""
    (entry,) = await events.append(ref(notification), event, by=by)
    changes = {"state": state, "settled_at": entry.recorded_at, "send_deadline": None, **columns}
    notification.update_from_dict(changes)
    await notification.save(update_fields=list(changes))
