"""How a request to a tracker ended, as a value: what happened on the far side decides what may be done next, and a lost
reply to a create must not look like a refused one. Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Generic, TypeAlias, TypeVar

from domain.mirror.remote import Field

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Ok(Generic[T]):
    """Done, and the answer was read."""

    value: T


class RejectedBy(StrEnum):
    """What kind of refusal: only CONFLICT is worth re-reading and trying again."""

    INVALID = "INVALID"
    FORBIDDEN = "FORBIDDEN"
    CONFLICT = "CONFLICT"
    TOO_LARGE = "TOO_LARGE"


@dataclass(frozen=True, slots=True)
class Rejected:
    """The tracker understood and refused; nothing changed. `text_limit` is a limit it named, in UTF-16 units."""

    reason: RejectedBy
    field_errors: Mapping[str, str] = field(default_factory=dict)
    messages: tuple[str, ...] = ()
    fields: tuple[Field, ...] = ()
    """Those of `field_errors` that are ours to name."""
    text_limit: int | None = None


class ThrottleScope(StrEnum):
    """How much has to wait."""

    ENDPOINT = "ENDPOINT"
    ISSUE = "ISSUE"
    CONNECTION = "CONNECTION"


@dataclass(frozen=True, slots=True)
class Throttled:
    """Nothing was done. `until` is None when the tracker named no time: back off yourself."""

    scope: ThrottleScope
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Unavailable:
    """Nothing was done and a plain retry is safe. `connected` tells an outage from a wrong address."""

    connected: bool
    status: int | None = None


class AuthLostBy(StrEnum):
    """What is wrong with the credentials."""

    REFUSED = "REFUSED"
    CAPTCHA = "CAPTCHA"


@dataclass(frozen=True, slots=True)
class AuthLost:
    """Stop every call on this connection at once: further attempts may lock the account."""

    reason: AuthLostBy


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """The write was sent and its reply was lost: it may have happened. Never resend before looking."""

    status: int | None = None


@dataclass(frozen=True, slots=True)
class NotVisible:
    """Absent, or hidden from our account; the tracker answers the same for both."""


class ProtocolFaultBy(StrEnum):
    """What stood where an answer should be."""

    HTML = "HTML"
    REDIRECT = "REDIRECT"
    UNREADABLE = "UNREADABLE"
    SHAPE = "SHAPE"
    REMOVED = "REMOVED"


@dataclass(frozen=True, slots=True)
class ProtocolFault:
    """Something other than the tracker answered (a sign-in page, a proxy), or it no longer speaks as it did.

    `maybe_done` is true for a write answered with success in a form we could not read: look before resending.
    """

    reason: ProtocolFaultBy
    status: int | None = None
    maybe_done: bool = False


Failure: TypeAlias = Rejected | Throttled | Unavailable | AuthLost | Ambiguous | NotVisible | ProtocolFault
Outcome: TypeAlias = Ok[T] | Failure
