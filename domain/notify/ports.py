"""The way out to a person. An adapter answers with a value, never with an exception."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol, TypeAlias

from domain.notify.states import ContactKind, Urgency


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What is to reach a person. ``key`` is the same for every attempt at one notification: duplicates show by it.

    ``reference`` is the human key of what it is about (``PAGE-12``); messages of one reference belong together.
    """

    key: str
    kind: ContactKind
    address: str
    recipient: str
    urgency: Urgency
    reference: str
    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider took the message over under an id of its own."""

    provider_id: str


@dataclass(frozen=True, slots=True)
class TemporaryFailure:
    """Nothing was taken over as far as we know; the same message may be tried again, ``after`` at the earliest."""

    error: str
    after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class PermanentFailure:
    """This message will never reach this address."""

    error: str


Outcome: TypeAlias = Accepted | TemporaryFailure | PermanentFailure


@dataclass(frozen=True, slots=True)
class Abilities:
    """What an adapter can do: the kinds of contact it serves."""

    kinds: frozenset[ContactKind]


class Notifier(Protocol):
    """Carries messages to people."""

    @property
    def abilities(self) -> Abilities:
        """What this adapter serves; a message of another kind is a PermanentFailure."""

    async def send(self, message: Message) -> Outcome:
        """Hands one message over, in at most 20 seconds."""
