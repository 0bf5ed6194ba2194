"""A person decides between the two values of a field."""

from uuid import UUID

from domain.cases.models import Case
from domain.core import clock, events, versions
from domain.core.actor import Actor
from domain.core.errors import NotFound, invalid
from domain.core.transaction import atomic
from domain.core.versions import ConfigKind
from domain.mirror import links, moves, rules
from domain.mirror.desired import desired
from domain.mirror.events import MirrorConflictResolved
from domain.mirror.mapping import MirrorMapping
from domain.mirror.merge import Agreed
from domain.mirror.models import MirrorConflict, MirrorConnection, MirrorLink
from domain.mirror.remote import Field
from domain.mirror.states import MirrorConflictState, MirrorWinner
from domain.mirror.values import STRANGER, text


@atomic
async def resolve_conflict(conflict_id: UUID, *, by: Actor, keep: MirrorWinner) -> MirrorConflict:
    """CASE writes ours over there; TRACKER takes theirs over now, with the resolver's rights, and may be refused."""
    rules.ensure_can_operate(by)
    conflict = await MirrorConflict.filter(id=conflict_id).select_for_update().first()
    if conflict is None or not await links.is_seen(conflict.link_id, by):
        raise NotFound("conflict", conflict_id)
    rules.ensure_can_resolve(conflict.state, by)
    if keep is MirrorWinner.NOBODY:
        raise invalid("keep", "Say CASE or TRACKER.")
    link = await MirrorLink.get(id=conflict.link_id)
    if keep is MirrorWinner.TRACKER:
        agreed = await _take_theirs(link, conflict, by=by)
    else:
        # Theirs is known and not ours: the next comparison finds ours changed, and theirs not.
        agreed = Agreed(conflict.theirs, conflict.theirs)
    now = await clock.now()
    await links.agree(link.id, {Field(conflict.field): agreed}, updated=now)
    conflict.state, conflict.resolved_at = MirrorConflictState.RESOLVED, now
    await conflict.save(update_fields=["state", "resolved_at"])
    await links.want_sync(link.id)
    kept = MirrorConflictResolved(conflict_id=conflict.id, kept=keep.value)
    await events.append(links.ref(link.id), kept, by=by)
    return conflict


async def _take_theirs(link: MirrorLink, conflict: MirrorConflict, *, by: Actor) -> Agreed:
    field, theirs, mapping = Field(conflict.field), conflict.theirs, await _mapping(link)
    target = mapping.states.get(theirs or "") if field is Field.STATUS else theirs
    if (field is Field.STATUS and target is None) or (theirs or "").startswith((STRANGER, "?")):
        raise invalid("keep", "The tracker's value has no counterpart here. Keep the case's.")
    case = await Case.filter(id=link.case_id).select_for_update().get()
    await moves.apply(field, case, target, by=by)
    wanted = await desired(link.case_id, mapping)
    if field is Field.STATUS:
        return Agreed(mapping.statuses.get(wanted.case.state), theirs)
    return Agreed(text(wanted.values.get(field)), theirs)


async def _mapping(link: MirrorLink) -> MirrorMapping:
    connection = await MirrorConnection.get(id=link.connection_id)
    version = await versions.latest(ConfigKind.MIRROR_MAPPING, connection.key)
    if version is None:
        raise NotFound("mapping", connection.key)
    return MirrorMapping.model_validate(version.body)
