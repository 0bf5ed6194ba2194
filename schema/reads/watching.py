"""How the reads of one request are watched: what they may cost, what they did, and what is to be told of them."""

import math
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from schema.reads.errors import MisdeclaredRead
from schema.reads.sensitivity import Seen


@dataclass(frozen=True, slots=True)
class Told:
    """One statement, for whoever may look behind an answer. ``plan`` is what EXPLAIN (FORMAT JSON) says of it.

    ``milliseconds`` are None where it was not run.
    """

    path: tuple[str | int, ...]
    sql: str
    milliseconds: float | None = None
    plan: Any = None


class Charge(Protocol):
    """Whoever pays for an operation."""

    async def admit(self, cost: int) -> bool:
        """Whether so much may be spent; where it may not, nothing more of the operation runs."""


@dataclass(kw_only=True, slots=True)
class Watch:
    """One request's. ``cost`` is known before anything runs; above ``cost_limit`` nothing does.

    ``dry``: statements are written and not run. ``explain``: they are explained as well. What either finds is in
    ``told``. A statement that took ``slow_after`` seconds or more is logged under ``request_id``, without its values.
    ``rests`` are the viewer's attributes that the statements take, "*" where all may matter; None until there was one.
    ``noted`` writes down which sensitive things a document (its id) has shown. ``charge`` is asked before a query or
    mutation runs.
    """

    request_id: str = ""
    cost_limit: int | None = None
    cost: int = 0
    dry: bool = False
    explain: bool = False
    slow_after: float = math.inf
    rests: set[str] | None = None
    told: list[Told] = field(default_factory=list)
    noted: Callable[[Sequence[Seen], str], Awaitable[None]] | None = None
    charge: Charge | None = None

    def rest_on(self, attributes: Iterable[str]) -> None:
        """Adds what of the viewer an answer depends on, besides what they hold."""
        self.rests = (self.rests or set()) | set(attributes)

    async def note(self, seen: Sequence[Seen], document: str) -> None:
        """Has it written down that these were shown, before they are; what cannot be written down is not shown."""
        if self.noted is None:
            raise MisdeclaredRead("sensitive rows were read, and nobody writes down that they were")
        await self.noted(seen, document)
