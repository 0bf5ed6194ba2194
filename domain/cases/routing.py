"""Which queue a case belongs to: the first active queue, by position, whose predicate holds."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from domain.cases.filters import CASE
from domain.cases.models import Queue
from domain.core import predicates as p
from domain.core.actor import system
from domain.core.judging import holds


async def route(row: Mapping[str, Any], queues: Iterable[Queue], *, now: datetime) -> Queue | None:
    """The queue for a stored case given as filter fields (``subject`` as a mapping of its own); None leaves it for
    triage. No round trip but for each queue whose predicate asks about other cases too."""
    for queue in sorted(queues, key=lambda q: q.position):
        condition = p.parse(CASE, queue.predicate)
        if _asks_about_others(condition):
            held = await holds(condition, CASE, row["id"], viewer=system())
        else:
            held = p.matches(condition, row, viewer=system(), now=now)
        if held:
            return queue
    return None


def _asks_about_others(condition: p.Condition) -> bool:
    match condition:
        case p.Related(relation, _, of):
            return relation.many or _asks_about_others(of)
        case p.Not(of):
            return _asks_about_others(of)
        case p.AllOf(parts) | p.AnyOf(parts):
            return any(map(_asks_about_others, parts))
    return False
