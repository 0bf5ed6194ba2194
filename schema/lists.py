"""What following a list is about: how it changes, where that is heard from, and why it may end."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any, Protocol
from uuid import UUID

from domain.core.errors import Refusal
from domain.core.transaction import Ref

LONGEST_LIST = 20_000
"""Rows a list that is followed may hold: their ids are kept while anybody follows it."""


class Change(Enum):
    """What became of a row in a list."""

    ENTERED = "ENTERED"
    CHANGED = "CHANGED"
    LEFT = "LEFT"


@dataclass(frozen=True, slots=True)
class Taken:
    """What happened since the last look, up to the position ``upto``: subjects that were ``touched``, and rows of which
    it has been ``judged`` whether the list holds them; each with its newest position.
    """

    upto: int
    touched: Mapping[Ref, int] = field(default_factory=dict)
    judged: Mapping[UUID, tuple[int, bool]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Look:
    """Rows of one kind that may have changed, read once for all lists of it: each with its newest position; None where
    there is none any more. ``now`` is the clock's time then.
    """

    places: Mapping[UUID, int]
    rows: Mapping[UUID, Mapping[str, Any] | None]
    now: datetime


class Sieve(Protocol):
    """Knows which rows concern one list. Lists with the same ``kind`` take the same look."""

    @property
    def kind(self) -> object: ...

    async def look(self, touched: Mapping[Ref, int], upto: int) -> Look:
        """At the rows these subjects stand for."""

    def concerned(self, look: Look, waiting: Collection[UUID]) -> Mapping[UUID, tuple[int, bool]]:
        """Those the list holds or has held, or that wait to be told of: their positions, and whether it holds them."""


class Live(Protocol):
    """Where a list, or one subject's story, hears what happened after the position ``after``. ``whole``: it begins now,
    and who is in it is known from then on. ``telling`` is what is being told, for whoever delivers it. Whoever listens
    may say what alone concerns it: the rows of a ``sieve``, or ``only`` one subject.
    """

    @property
    def whole(self) -> bool: ...

    @property
    def after(self) -> int: ...

    telling: tuple[Change, UUID] | None
    sieve: Sieve | None
    only: Ref | None

    async def take(self) -> Taken | None:
        """What happened since; None at the end."""


class PositionExpired(Refusal):
    """A list was asked to go on from too long ago: reading it anew costs less than being told all that happened."""

    code = "POSITION_EXPIRED"

    def __init__(self, kept: int) -> None:
        super().__init__(
            f"A list can be taken up again within {kept:,} positions. Read the list, then follow from now.",
            path=("after",),
        )


class ListTooLong(Refusal):
    """A list that is followed holds more rows than are kept in mind."""

    code = "LIST_TOO_LONG"

    def __init__(self) -> None:
        said = f"A list that is followed holds at most {LONGEST_LIST:,}. Narrow the filter."
        super().__init__(said, path=("filter",))


class Overrun(Refusal):
    """More changed than a client has taken, or than could be looked at: nothing more is kept for it."""

    code = "STREAM_OVERRUN"
    retryable = True

    def __init__(self) -> None:
        super().__init__("More changed than you took. Come back with the last position you saw, or narrow the filter.")


class RightsChanged(Refusal):
    """Whoever follows a list may see more or less than when they began: the list is another."""

    code = "RIGHTS_CHANGED"
    retryable = True

    def __init__(self) -> None:
        super().__init__("Your rights have changed. Read the list anew, then follow it without a position.")
