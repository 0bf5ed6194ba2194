"""Where a page goes next, and what may be done with it: values in, a verdict or a refusal out."""

from collections.abc import Iterator
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from domain.core.abilities import judged
from domain.core.actor import Actor
from domain.core.errors import Forbidden, Refusal
from domain.escalation.errors import AlreadyEscalated, PageIsResolved, PageNotWaiting
from domain.escalation.policies import LOOP_FLOOR_S, EscalationPolicy
from domain.escalation.states import PageStatus

LOOP_FLOOR = timedelta(seconds=LOOP_FLOOR_S)
FALLBACK_WAIT = timedelta(seconds=60)
"""How long the fallback has, once told, before the page moves on."""


class Move(StrEnum):
    """What a run does next."""

    STEP = "STEP"
    FALLBACK = "FALLBACK"
    LOOP = "LOOP"
    EXHAUST = "EXHAUST"


def next_move(policy: EscalationPolicy, *, loop: int, step: int, told: bool) -> Move:
    """What follows place (``loop``, ``step``); ``told``: whether anything sent in this loop can have arrived.

    A loop that told nobody ends in the fallback. A page that has told nobody at all is never given up: it loops on.
    """
    if step + 1 < len(policy.steps):
        return Move.STEP
    if step + 1 == len(policy.steps) and not told:
        return Move.FALLBACK
    return Move.LOOP if loop < policy.repeat or not told else Move.EXHAUST


def ensure_responder(by: Actor) -> UUID:
    """The acting person. Refuses who may not acknowledge any page."""
    by.ensure("page.acknowledge")
    if by.person_id is None:
        raise Forbidden("A page is acknowledged by a person. Use a token that acts for one.")
    return by.person_id


def ensure_can_acknowledge(status: PageStatus, by: Actor) -> UUID:
    """The acting person. Anybody with the right may acknowledge, paged or not; a resolved page takes none."""
    person_id = ensure_responder(by)
    if status is PageStatus.RESOLVED:
        raise PageIsResolved
    return person_id


def ensure_can_escalate(status: PageStatus, by: Actor, *, step: int, seen: int) -> None:
    """Refuses where the page waits for nobody, and where it has moved on since ``seen`` was read."""
    by.ensure("page.acknowledge")
    if status is not PageStatus.TRIGGERED:
        raise PageNotWaiting(status)
    if step != seen:
        raise AlreadyEscalated


def ensure_can_resolve(by: Actor) -> None:
    """Anybody with the right may end a page at any time; one that is over stays as it is."""
    by.ensure("page.acknowledge")


def abilities(status: PageStatus, by: Actor) -> Iterator[tuple[str, Refusal | None]]:
    """Every action with the refusal it would meet now, from who has just read the page."""
    return judged(
        {
            "ACKNOWLEDGE": lambda: ensure_can_acknowledge(status, by),
            "ESCALATE": lambda: ensure_can_escalate(status, by, step=0, seen=0),
            "RESOLVE": lambda: ensure_can_resolve(by),
        }
    )
