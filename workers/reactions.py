"""What follows from an event. One dictionary; each reaction runs once per event, in the log's order, in a transaction."""

from collections.abc import Awaitable, Callable

from domain.core.events import Recorded

Reaction = Callable[[Recorded], Awaitable[None]]

REACTIONS: dict[str, list[Reaction]] = {}
