"""Lists that tell of their own changes: what every subscription to a list is made of.

A group of clients shares one run of it; `context.live` says what happened, once for all of them.
"""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

import strawberry

from domain.core import log
from domain.core import predicates as p
from domain.core.ids import public_id
from schema import reads
from schema.context import Context
from schema.judging import Judge
from schema.lists import LONGEST_LIST, Change, ListTooLong, Taken
from schema.reads.catalog import catalog_of
from schema.reads.hooks import core_schema
from schema.reads.inputs import as_sent, filter_input
from schema.reads.selects import declared
from schema.scalars import Long
from schema.sieving import rows_of, sieve_of

Tell = Callable[[Change, int, UUID], Any]
NOWHERE = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Listing:
    """A list that can be followed. ``by`` are the types of subjects whose events may change it: SQL that finds its rows
    (`origin`, `id`) by their ids, $1; None where the subject is the row.
    """

    target: Any
    by: Mapping[str, str | None]


LISTINGS: dict[str, Listing] = {}
"""By the name of the subscription."""


async def changes(info: Any, listing: Listing, asked: Any, tell: Tell) -> AsyncGenerator[Any, None]:
    """What becomes of the rows that ``asked`` (a filter's input, or None) lists for the viewer: each row at its newest
    state, in the order of positions. Rows that were never in it are not told of, nor rows the viewer may not see. A
    rehearsal gets one change of each kind, so that what their statements rest on is known.
    """
    context: Context = info.context
    declaration, live = declared(listing.target), context.live
    condition: p.Condition = p.EVERYONE
    if asked is not None and declaration.filters is not None:
        condition = p.parse(declaration.filters, as_sent(asked), path=("filter",))
    catalog = catalog_of(core_schema(info.schema))
    judge = Judge(context.pool, catalog, declaration, condition, context.viewer, context.read_timeout)
    if context.watch.dry:
        context.watch.rest_on(judge.attributes())
        for change in Change:
            yield tell(change, 0, NOWHERE)
        return
    assert live is not None  # noqa: S101 - whoever streams a list says where it hears of changes
    held = await judge.all() if live.whole else set[UUID]()
    # what was committed by then is in it already and is heard of only now: whether a row came or went is not known
    certain = await log.committed_position() if live.whole else None
    upto = live.after
    while True:
        is_certain = certain is not None and upto >= certain
        if is_certain and live.sieve is None:
            live.sieve = sieve_of(judge, listing.by, held)
        if (taken := await live.take()) is None:
            return
        for became, position, row in await _became(judge, listing, held, taken, certain=is_certain):
            context.position, live.telling = position, (became, row)
            yield tell(became, position, row)
        upto = taken.upto


async def _became(
    judge: Judge, listing: Listing, held: set[UUID], taken: Taken, *, certain: bool
) -> Sequence[tuple[Change, int, UUID]]:
    """What is to be told, in the order of positions. ``held`` has it all from now on: what is taken next is judged by
    it."""
    places = await rows_of(judge.pool, listing.by, taken.touched) if taken.touched else {}
    verdicts = await judge.of(places.keys(), taken.upto, others=not certain) if places else {}
    for row, (position, is_held) in taken.judged.items():
        verdicts.setdefault(row, is_held and row not in places)
        places[row] = max(position, places.get(row, 0))
    changed = (
        (_change(held, row, held_now=verdicts.get(row), certain=certain), position, row)
        for row, position in sorted(places.items(), key=lambda each: each[1])
    )
    return [(became, position, row) for became, position, row in changed if became is not None]


def _change(held: set[UUID], row: UUID, *, held_now: bool | None, certain: bool) -> Change | None:
    """``held`` is kept up to date; where it is not certain, a row that is not in the list may have been, and one that
    is may have come. None of a row that was never in it, or that the viewer may not see.
    """
    was_held = row in held
    if held_now:
        held.add(row)
        if len(held) > LONGEST_LIST:
            raise ListTooLong
        return Change.CHANGED if was_held and certain else Change.ENTERED
    held.discard(row)
    return Change.LEFT if was_held or (held_now is False and not certain) else None


AFTER = strawberry.argument(
    description="The position you saw last: what changed since is told first. From now on where it is left out."
    " POSITION_EXPIRED if it was too long ago, INVALID_POSITION if it was never given."
)


@strawberry.type(description="It is in the list no more: it changed, or you may not see it any longer.")
class Left:
    position: Long = strawberry.field(description="Its place in the log: give it to after when you come back.")
    id: strawberry.ID = strawberry.field(description="What left.")


def followable(name: str, target: Any, by: Mapping[str, str | None], *, field: str, what: str, description: str) -> Any:
    """A subscription field called ``name`` in the contract, over the list of ``target``; ``field`` is the changed row's
    name in the messages, ``what`` it is in words.
    """
    declaration = declared(target)
    listing = LISTINGS[name] = Listing(target, by)
    entered = _message(target, "Entered", f"{what} came into the list, or is in it when you come back.", field)
    changed = _message(target, "Changed", f"{what} in the list changed.", field)
    union = strawberry.union(f"{declaration.name}ListChange", description="What became of it; put it by its id.")
    kinds = {Change.ENTERED: entered, Change.CHANGED: changed}

    def tell(change: Change, position: int, row: UUID) -> Any:
        at = Long(position)
        if change is Change.LEFT:
            return Left(position=at, id=strawberry.ID(public_id(declaration.prefix, row)))
        return kinds[change](position=at, **{field: reads.one(target, row)})

    async def resolve(info: Any, filter: Any = None, after: Any = None) -> AsyncGenerator[Any, None]:  # noqa: A002, ARG001
        async with aclosing(changes(info, listing, filter, tell)) as told_of:
            async for each in told_of:
                yield each

    of = filter_input(declaration.filters) if declaration.filters is not None else str
    told = strawberry.argument(description="Which of them; all you may see where it is left out.")
    resolve.__annotations__ = {
        "info": strawberry.Info[Context, None],
        "filter": Annotated[of | None, told],
        "after": Annotated[Long | None, AFTER],
        "return": AsyncGenerator[Annotated[entered | changed | Left, union], None],  # type: ignore[valid-type]
    }
    return strawberry.subscription(resolver=resolve, description=description)


def _message(target: Any, change: str, description: str, field: str) -> Any:
    name = declared(target).name + change
    made = type(name, (), {"__annotations__": {"position": Long, field: target | None}, "__doc__": description})
    made.position = strawberry.field(  # type: ignore[attr-defined]
        description="Its place in the log: give it to after when you come back."
    )
    setattr(made, field, strawberry.field(description="As it is now; null if you may no longer see it."))
    return strawberry.type(made, description=description)
