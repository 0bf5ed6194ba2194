"""Saving views and taking them away."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from domain.core import content, events
from domain.core.actor import Actor
from domain.core.errors import NotFound, ensure_version, invalid
from domain.core.ids import new_id
from domain.core.transaction import Ref, atomic
from domain.views import definitions, rules
from domain.views.events import ViewDeleted, ViewSaved
from domain.views.models import SavedView
from domain.views.states import ViewOf, ViewSharing

LONGEST = 20_000


@atomic
async def save(
    name: str,
    *,
    by: Actor,
    of: ViewOf,
    filter: Any,  # noqa: A002 - the field's word
    order: Sequence[str] = (),
    team_id: UUID | None = None,
    view_id: UUID | None = None,
    expected_version: int | None = None,
) -> SavedView:
    """Makes a view, or with ``view_id`` makes the owner's own another. A ``team_id`` of theirs shares it with the team.

    A wrong field of filter or order is refused with its path. Saving the same again changes nothing.
    """
    owner_id = rules.ensure_can_save(of, by)
    if team_id is not None and team_id not in by.teams:
        raise NotFound("team", team_id, path=("teamId",))
    definition = definitions.checked(of, name, filter, order)
    known = await _own(view_id, by, expected_version) if view_id else None
    if known is not None and known.of is not of:
        raise invalid("of", f"This view lists {known.of.value}. Save another one.")
    sharing = ViewSharing.TEAM if team_id else ViewSharing.PRIVATE
    if known is not None and await _is_same(known, definition.dumped(), sharing, team_id):
        return known
    ref = await content.store(definition.dumped(), path="filter", limit=LONGEST)
    saved = ViewSaved(of=of, owner_id=owner_id, sharing=sharing, team_id=team_id, definition=ref)
    view = known or SavedView(id=new_id(), of=of, owner_id=owner_id)
    (entry,) = await events.append(Ref("view", view.id), saved, by=by)
    view.update_from_dict(
        {
            "sharing": sharing, "team_id": team_id, "definition_id": ref.id, "version": entry.seq,
            "updated_at": entry.recorded_at,
        }
    )  # fmt: skip
    if known is None:
        view.created_at = entry.recorded_at
    await view.save(force_create=known is None)
    return view


@atomic
async def delete(view_id: UUID, *, by: Actor, expected_version: int | None = None) -> SavedView:
    """Takes the owner's own view away from everybody who has it."""
    rules.ensure_can_delete(by)
    view = await _own(view_id, by, expected_version)
    (entry,) = await events.append(Ref("view", view.id), ViewDeleted(), by=by)
    view.version, view.updated_at, view.deleted_at = entry.seq, entry.recorded_at, entry.recorded_at
    await view.save(update_fields=["version", "updated_at", "deleted_at"])
    return view


async def _own(view_id: UUID, by: Actor, expected_version: int | None) -> SavedView:
    """The view under its row lock; NOT_FOUND where the actor does not have it, FORBIDDEN where it is only shared."""
    view = await SavedView.filter(id=view_id, deleted_at=None).select_for_update().first()
    shared = view is not None and view.sharing is ViewSharing.TEAM and view.team_id in by.teams
    if view is None or (view.owner_id != by.person_id and not shared):
        raise NotFound("view", view_id)
    rules.ensure_owner(view.owner_id, by)
    ensure_version("view", expected=expected_version, actual=view.version, subject_id=view.id)
    return view


async def _is_same(view: SavedView, dumped: str, sharing: ViewSharing, team_id: UUID | None) -> bool:
    await view.fetch_related("definition")
    kept: tuple[object, ...] = (view.definition.body, view.sharing, view.team_id)
    return kept == (dumped, sharing, team_id)
