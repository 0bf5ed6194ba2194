"""What becomes of a notification: values in, a verdict out."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from domain.core.abilities import judged
from domain.core.actor import Actor
from domain.core.errors import Forbidden, Refusal
from domain.notify.errors import ContactDisabledAlready
from domain.notify.states import OPEN, NotificationState, Urgency

SEND_LIMIT = timedelta(seconds=30)
"""A sender that has not recorded its result by then is taken for dead. Longer than any adapter may take."""


class Turn(StrEnum):
    """What a sender may do with a notification now."""

    SEND = "SEND"
    WAIT = "WAIT"
    NOTHING = "NOTHING"
    CANCEL = "CANCEL"
    LOSE = "LOSE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sendable:
    """What the rule needs of a notification, at ``now``."""

    state: NotificationState
    urgency: Urgency
    cancelled: bool
    send_deadline: datetime | None
    now: datetime


def turn(one: Sendable) -> Turn:
    """Settled ones are left alone, one that another sender is at is waited for.

    One whose sender died is sent again if it is HIGH (a duplicate beats silence) and given up as UNKNOWN if it is LOW
    or was cancelled meanwhile.
    """
    if one.state not in OPEN:
        return Turn.NOTHING
    if one.state is NotificationState.PENDING:
        return Turn.CANCEL if one.cancelled else Turn.SEND
    if one.send_deadline is not None and one.send_deadline > one.now:
        return Turn.WAIT
    return Turn.SEND if one.urgency is Urgency.HIGH and not one.cancelled else Turn.LOSE


def ensure_can_verify(by: Actor, *, disabled: bool) -> None:
    """Who manages people vouches for an address that is in use."""
    by.ensure("people.manage")
    if disabled:
        raise ContactDisabledAlready


def ensure_own(person_id: UUID, by: Actor) -> None:
    """A person's addresses are their own matter, and that of who manages people."""
    if by.person_id != person_id and not by.may("people.manage"):
        raise Forbidden(permission="people.manage")


def contact_abilities(person_id: UUID, by: Actor, *, disabled: bool) -> Iterator[tuple[str, Refusal | None]]:
    """What may be done to a contact method, each with the refusal it would meet now."""
    return judged(
        {
            "VERIFY": lambda: ensure_can_verify(by, disabled=disabled),
            "DISABLE": lambda: ensure_own(person_id, by),
        }
    )
