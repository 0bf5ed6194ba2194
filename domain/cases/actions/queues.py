"""Where cases wait."""

from collections.abc import Mapping, Sequence
from typing import Any

from domain.cases.events import QueueDefined
from domain.cases.filters import CASE
from domain.cases.models import Queue
from domain.core import clock, events
from domain.core import predicates as p
from domain.core.actor import Actor
from domain.core.errors import NotFound, invalid
from domain.core.ids import new_id
from domain.core.transaction import Ref, atomic
from domain.people.models import Team


@atomic
async def define_queue(
    key: str,
    *,
    by: Actor,
    name: str,
    team_key: str,
    predicate: Mapping[str, Any],
    position: int,
    skills: Sequence[str] = (),
    capacity: int | None = None,
) -> Queue:
    """Adds a queue or changes the one of this key; waiting cases stay where they are. Repeating changes nothing.

    ``predicate`` is a filter over cases, as clients write one; a wrong field is named by its path.
    """
    by.ensure("queue.manage")
    team = await Team.filter(key=team_key).first()
    if team is None:
        raise NotFound("team", team_key, path=("teamKey",))
    if not key.strip() or len(key) > 64:
        raise invalid("key", "Give a key of 1 to 64 characters.")
    p.parse(CASE, predicate)
    known = await Queue.filter(key=key).select_for_update().first()
    wanted = {
        "name": name,
        "team_id": team.id,
        "predicate": dict(predicate),
        "position": position,
        "skills": list(skills),
        "capacity": capacity,
    }
    if known is not None and all(getattr(known, column) == value for column, value in wanted.items()):
        return known
    queue = known or Queue(id=new_id(), key=key, created_at=await clock.now())
    queue.update_from_dict(wanted)
    await queue.save(force_create=known is None)
    defined = QueueDefined(key=key, team_id=team.id, predicate=dict(predicate), position=position)
    await events.append(Ref("queue", queue.id), defined, by=by)
    return queue
