"""The platform that carries out enforcements, in the review's own words.

Answers are values, never exceptions: a lost answer must not look like a refusal. The same key is carried out once,
however often it is sent.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeAlias
from uuid import UUID

from domain.cases.states import SubjectKind
from domain.review.states import EnforcementAction


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What the platform is told. Names no reporter, no reviewer and no reasoning."""

    enforcement_id: UUID
    action: EnforcementAction
    subject_kind: SubjectKind
    subject_ref: str
    owner_ref: str | None
    lasting: timedelta | None
    policy_keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Applied:
    """It is done."""

    receipt: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """It will be done; the receipt comes later, by callback or by asking."""

    external_id: str


@dataclass(frozen=True, slots=True)
class Refused:
    """It will not be done. ``code`` is the platform's own word for why."""

    code: str


@dataclass(frozen=True, slots=True)
class Unavailable:
    """Nothing reached the platform, or it said to come back: nothing was done. ``after`` is how long it wants."""

    error: str
    after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """It may or may not have been done: ask by key before sending again."""

    error: str


@dataclass(frozen=True, slots=True)
class Unheard:
    """The platform never heard of the key."""


Outcome: TypeAlias = Applied | Accepted | Refused | Unavailable | Ambiguous
Standing: TypeAlias = Applied | Accepted | Refused | Unavailable | Unheard


class Enforcer(Protocol):
    """Carries out enforcements."""

    async def dispatch(self, order: Order, *, key: str) -> Outcome:
        """Sends an order. A repeated key is answered with what became of its first order."""

    async def status(self, key: str) -> Standing:
        """What became of the order with that key. Changes nothing."""

    async def close(self) -> None:
        """Lets go of connections."""
