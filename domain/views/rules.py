"""What may be done to a saved view. Values in, a refusal or nothing out."""

from collections.abc import Iterator
from uuid import UUID

from domain.core.abilities import judged
from domain.core.actor import Actor
from domain.core.errors import Forbidden, Refusal
from domain.views.definitions import PERMISSIONS
from domain.views.states import ViewOf


def ensure_can_save(of: ViewOf, by: Actor) -> UUID:
    """The acting person. A view belongs to a person who may read what it lists."""
    by.ensure("case.read")
    by.ensure(PERMISSIONS[of])
    if by.person_id is None:
        raise Forbidden("A view belongs to a person. Save it as one.")
    return by.person_id


def ensure_can_delete(by: Actor) -> None:
    """Who reads cases deletes views, whatever theirs list."""
    by.ensure("case.read")


def ensure_owner(owner_id: UUID, by: Actor) -> None:
    """Refuses those it is only shared with."""
    if owner_id != by.person_id:
        raise Forbidden("Only its owner changes a view. Save one of your own.")


def abilities(of: ViewOf, owner_id: UUID, by: Actor) -> Iterator[tuple[str, Refusal | None]]:
    """Every action with the refusal it would meet now."""

    def save() -> None:
        ensure_can_save(of, by)
        ensure_owner(owner_id, by)

    def delete() -> None:
        ensure_can_delete(by)
        ensure_owner(owner_id, by)

    return judged({"SAVE": save, "DELETE": delete})
