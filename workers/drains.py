"""The three things there are to drain. A ring names one of them and nothing else: the work itself is rows."""

from collections.abc import Awaitable, Callable, Mapping

from integrations import Adapters
from workers import effects, projections, reactions

Drain = Callable[[], Awaitable[object]]
Drains = Mapping[str, Drain]

DRAINS = ("reactions", "projections", "effects")


def drains(adapters: Adapters) -> Drains:
    """Each drain by name; safe to run beside each other and beside those of other processes."""

    async def effects_drain() -> int:
        return await effects.drain(adapters)

    return {"reactions": reactions.drain, "projections": projections.drain, "effects": effects_drain}
