"""Following one subject through the log: what every subscription to a thing is made of."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Annotated

import strawberry

from domain.core import log
from domain.core.actor import Actor
from domain.core.errors import Refusal
from domain.core.log import Placed
from domain.core.transaction import Ref
from schema.context import Context
from schema.scalars import Long

After = Annotated[
    Long | None,
    strawberry.argument(
        description="The position you saw last; from now on where it is left out. INVALID_POSITION if it was never"
        " given."
    ),
]
"""The argument of every subscription to one thing."""


class PositionRefused(Refusal):
    """A subscription was asked to go on after a position the log has not given: it would stay silent, or lie."""

    code = "INVALID_POSITION"

    def __init__(self, last: int) -> None:
        super().__init__(
            f"The log has given the positions 0 to {last}. Send the position you saw last, or leave it out.",
            path=("after",),
        )


async def events_of(
    ref: Ref, context: Context, *, after: int | None, ensure: Callable[[Actor], Awaitable[None]]
) -> AsyncIterator[Placed]:
    """The subject's events as they get their positions, from ``after`` (or now) on, for as long as it is asked.

    ``ensure`` refuses a viewer who may not follow it: asked before all else, before each event, and when the viewer's
    rights have changed. The next event is read only when the last was taken. TOKEN_INVALID ends it.
    """
    await ensure(context.viewer)
    position = await _start(context.resume if context.resume is not None else after)
    while True:
        found = await log.after(ref, position)
        for placed in found:
            context.viewer = await context.renew()
            await ensure(context.viewer)
            position = context.position = placed.position
            yield placed
        if not found:
            await context.bell.wait()
            known, context.viewer = context.viewer, await context.renew()
            if context.viewer != known:
                await ensure(context.viewer)


async def _start(after: int | None) -> int:
    last = await log.last_position()
    if after is not None and not 0 <= after <= last:
        raise PositionRefused(last)
    return last if after is None else after
