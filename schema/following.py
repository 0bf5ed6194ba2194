"""Following one subject through the log: what every subscription to a thing is made of."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Annotated, Any

import strawberry

from domain.core import log
from domain.core.actor import Actor
from domain.core.errors import Refusal
from domain.core.log import Placed
from domain.core.transaction import Ref
from schema.context import Context
from schema.judging import attributes
from schema.reads.selects import declared
from schema.scalars import Long

After = Annotated[
    Long | None,
    strawberry.argument(
        description="The position you saw last; from now on where it is left out. INVALID_POSITION if it was never"
        " given."
    ),
]
"""The argument of every subscription to one thing."""


STORIES: dict[str, tuple[str, ...]] = {}
"""What is told of one subject, by the name of the subscription: the types of its subjects."""


class PositionRefused(Refusal):
    """A subscription was asked to go on after what is no position, or one the log has not given: it would stay silent,
    or lie. The message says which were given."""

    code = "INVALID_POSITION"

    def __init__(self, last: int | None = None) -> None:
        if last is None:
            super().__init__(
                "Last-Event-ID is the id of an event you were sent, a whole number. Send the last you saw; or read"
                " anew, then follow without it."
            )
            return
        super().__init__(
            f"The log has given the positions 0 to {last}. Send the position you saw last, or leave it out.",
            path=("after",),
        )


async def events_of(
    ref: Ref, context: Context, *, of: Any, ensure: Callable[[Actor], Awaitable[None]]
) -> AsyncGenerator[Placed, None]:
    """The subject's events as they get their positions, for as long as it is asked: once for all who follow it with the
    same rights. ``of`` is the type it is read as.

    ``ensure`` refuses a viewer who may not follow it: asked before all else, and before each event. A rehearsal gets
    one event, so that what its statements rest on is known.
    """
    if context.watch.dry:
        context.watch.rest_on(attributes(declared(of).visible, context.viewer))
        yield Placed(position=0, event_id=0, kind="")
        return
    await ensure(context.viewer)
    live = context.live
    assert live is not None  # noqa: S101 - whoever streams says where it hears of what happens
    live.only, position = ref, live.after
    while (taken := await live.take()) is not None:
        while found := await _next(ref, position, taken.upto):
            for placed in found:
                await ensure(context.viewer)
                position = context.position = placed.position
                yield placed


async def _next(ref: Ref, position: int, upto: int) -> list[Placed]:
    # one that comes after is told by whoever goes on from there
    return [placed for placed in await log.after(ref, position) if placed.position <= upto]
