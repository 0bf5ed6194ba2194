"""What following a list is about: how it changes, where that is heard from, and why it may end."""

from collections.abc import Mapping
from enum import Enum
from typing import Protocol
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


class Live(Protocol):
    """Where a list hears what happened. ``whole``: it begins now, and who is in it is known from then on. ``telling``
    is what is being told, for whoever delivers it."""

    @property
    def whole(self) -> bool: ...

    telling: tuple[Change, UUID] | None

    async def take(self) -> tuple[Mapping[Ref, int], int] | None:
        """What was touched, each at its newest position, and up to which position that is all; None at the end."""


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
