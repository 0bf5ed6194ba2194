"""How much a batch may be, and until when it can be cancelled. Values in, a refusal or nothing out."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

from domain.bulk.errors import ActorIsYou, BulkOver, TooManyCases
from domain.bulk.states import OPEN, BulkErrorPolicy, BulkState
from domain.core.abilities import judged
from domain.core.actor import Actor
from domain.core.errors import Refusal, invalid
from domain.people import rules as people
from domain.people.rules import AccountFacts

INLINE = 500
"""Cases that are done while the caller waits; more are a worker's."""

CHUNK = 1_000
"""Cases a worker does in one transaction."""

MOST = 50_000
MOST_WHOLE = 10_000
LONGEST_WAIT = timedelta(hours=1)
ROWS_PER_HOUR = 100_000
"""What a token may change in an hour where nothing else is set for it."""


def ensure_size(number: int, policy: BulkErrorPolicy, *, path: str) -> None:
    """Refuses more than one batch may be, by the input's field that names them."""
    if number > MOST:
        raise TooManyCases(MOST, "", path=path)
    if policy is BulkErrorPolicy.ALL_OR_NOTHING and number > MOST_WHOLE:
        raise TooManyCases(MOST_WHOLE, " under ALL_OR_NOTHING", path=path)


def ensure_wait(wait: timedelta | None) -> None:
    """Refuses to hold effects for less than nothing or longer than an hour."""
    if wait is not None and not timedelta() < wait <= LONGEST_WAIT:
        raise invalid("effectsAfter", "Give more than nothing and at most an hour: PT10M.")


def ensure_can_cancel(state: BulkState, by: Actor, *, effects_until: datetime | None, now: datetime) -> None:
    """Refuses what is over, unless what it does outside still waits. What is cancelled may be so again."""
    by.ensure("case.bulk")
    if state in OPEN or state is BulkState.CANCELLED:
        return
    if effects_until is None or effects_until <= now:
        raise BulkOver


def ensure_can_undo(by: Actor) -> None:
    """A batch may be undone at any time; each of its cases then has its own answer."""
    by.ensure("case.bulk")


def abilities(
    state: BulkState, by: Actor, *, effects_until: datetime | None, now: datetime
) -> Iterator[tuple[str, Refusal | None]]:
    """Every action with the refusal it would meet now."""
    return judged(
        {
            "CANCEL": lambda: ensure_can_cancel(state, by, effects_until=effects_until, now=now),
            "UNDO": lambda: ensure_can_undo(by),
        }
    )


def ensure_can_suspend(account: AccountFacts, by: Actor) -> None:
    """Nobody suspends themselves, Caseward, or an account that may do more than they."""
    by.ensure("actor.suspend")
    if account.id == by.id:
        raise ActorIsYou
    people.ensure_within(account, by)


def ensure_can_reinstate(account: AccountFacts, by: Actor) -> None:
    """Nobody reinstates Caseward, or an account that may do more than they."""
    by.ensure("actor.suspend")
    people.ensure_within(account, by)


def account_abilities(account: AccountFacts, by: Actor) -> Iterator[tuple[str, Refusal | None]]:
    """What may be done to an account, each with the refusal it would meet now."""
    return judged(
        {
            "SUSPEND": lambda: ensure_can_suspend(account, by),
            "REINSTATE": lambda: ensure_can_reinstate(account, by),
            "LIMIT_DOCUMENTS": lambda: people.ensure_can_issue(by),
            "GRANT_ROLE": lambda: people.ensure_can_enrol(by),
            "WITHDRAW_ROLE": lambda: people.ensure_can_enrol(by),
        }
    )


def allowance(most: int | None, used: int) -> int:
    """Rows a token may still change within this hour."""
    return max(0, (ROWS_PER_HOUR if most is None else most) - used)


def chunks(ids: list[UUID], policy: BulkErrorPolicy) -> list[list[UUID]]:
    """What is done in one transaction: everything where all depends on each."""
    size = max(1, len(ids)) if policy is BulkErrorPolicy.ALL_OR_NOTHING else CHUNK
    return [ids[first : first + size] for first in range(0, len(ids), size)]
