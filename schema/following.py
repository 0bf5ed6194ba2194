"""Following one subject through the log: what every subscription to a thing is made of."""

from collections.abc import AsyncIterator

from domain.core import log
from domain.core.log import Placed
from domain.core.transaction import Ref
from schema.context import Context


async def events_of(ref: Ref, context: Context, *, after: int | None) -> AsyncIterator[Placed]:
    """The subject's events as they get their positions, from ``after`` (or now) on, for as long as it is asked.

    The next is read only when the last was taken. Rights are read again before each; TOKEN_INVALID ends it.
    """
    start = context.resume if context.resume is not None else after
    position = await log.last_position() if start is None else start
    while True:
        found = await log.after(ref, position)
        for placed in found:
            context.viewer = await context.renew()
            position = context.position = placed.position
            yield placed
        if not found:
            await context.bell.wait()
            context.viewer = await context.renew()
