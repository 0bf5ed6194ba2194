"""Who can be reached how, and what became of messages."""

from collections.abc import Collection
from uuid import UUID

from domain.core.transaction import Ref
from domain.notify.models import ContactMethod, Notification
from domain.notify.states import NotificationState


async def reachable(person_ids: Collection[UUID]) -> dict[UUID, list[ContactMethod]]:
    """The contact methods in use of each active person, in their order; people without any are left out."""
    found: dict[UUID, list[ContactMethod]] = {}
    rows = ContactMethod.filter(
        person_id__in=list(person_ids), person__active=True, verified_at__isnull=False, disabled_at__isnull=True
    )
    for contact in await rows.order_by("person_id", "position", "created_at", "id"):
        found.setdefault(contact.person_id, []).append(contact)
    return found


async def all_failed(cause: Ref, *, batch: str) -> bool:
    """Whether nothing of a batch or of the batches below it (``run/loop`` holds ``run/loop/step``) can still arrive.

    True as well where it holds nothing at all.
    """
    below = Notification.filter(subject_type=cause.type, subject_id=cause.id).exclude(state=NotificationState.FAILED)
    return not (await below.filter(batch=batch).exists() or await below.filter(batch__startswith=f"{batch}/").exists())
