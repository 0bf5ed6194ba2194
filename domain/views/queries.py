"""Using a saved view."""

from dataclasses import dataclass
from uuid import UUID

from domain.core import predicates as p
from domain.core.actor import Actor
from domain.core.errors import NotFound
from domain.core.predicates import Condition
from domain.views import definitions
from domain.views.models import SavedView
from domain.views.states import ViewOf
from domain.views.visibility import VIEWS


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a view asks for: a condition, and an order where it has one."""

    condition: Condition
    order: str | None


async def wanted(view_id: UUID, *, of: ViewOf, by: Actor) -> Wanted:
    """What a view asks for now. NOT_FOUND where the actor does not have it or its text was erased; INVALID_FILTER where
    a field has gone since."""
    view = await SavedView.filter(id=view_id, of=of).prefetch_related("definition").first()
    text = view.definition.body if view is not None else None
    if view is None or text is None or not _has(view, by):
        raise NotFound("view", view_id, path=("view",))
    said = definitions.loaded(text)
    return Wanted(definitions.condition_of(of, said.filter), definitions.order_of(of, said.order))


def _has(view: SavedView, by: Actor) -> bool:
    row = {name: getattr(view, name) for name in ("deleted_at", "owner_id", "sharing", "team_id")}
    return p.matches(VIEWS, row, viewer=by)
