"""Which queue a case belongs to: the first active queue, by position, whose predicate holds."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from domain.cases.filters import CASE
from domain.cases.models import Queue
from domain.core import predicates as p
from domain.core.actor import system


def route(row: Mapping[str, Any], queues: Iterable[Queue], *, now: datetime) -> Queue | None:
    """The queue for a case given as filter fields (``subject`` as a mapping of its own); None leaves it for triage."""
    for queue in sorted(queues, key=lambda q: q.position):
        if queue.active and p.matches(p.parse(CASE, queue.predicate), row, viewer=system(), now=now):
            return queue
    return None
