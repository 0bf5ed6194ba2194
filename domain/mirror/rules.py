"""What follows from an answer of the tracker, and what a move over there means here. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.core.abilities import judged
from domain.core.actor import Actor
from domain.core.errors import Refusal
from domain.mirror.errors import ConflictNotOpen, MirrorNotPaused, OperationNotStuck
from domain.mirror.outcomes import (
    Ambiguous,
    AuthLost,
    Failure,
    NotVisible,
    ProtocolFault,
    Rejected,
    RejectedBy,
    Throttled,
    ThrottleScope,
    Unavailable,
)
from domain.mirror.states import MirrorConflictState, MirrorConnectionState, MirrorOperationState
from domain.mirror.written import Blocked

MOST_ATTEMPTS = 5
LONGEST_WAIT = timedelta(minutes=5)
LOCKED_OUT = timedelta(minutes=5)
FAILURES_BEFORE_PAUSE = 5
SEARCH_LAG = timedelta(minutes=5)
"""Longest time a tracker's search may lag behind."""
OVERLAP = timedelta(minutes=10)
"""How long before the mark a walk begins: what search learned late is still met."""


@dataclass(frozen=True, slots=True)
class Finished:
    """Nothing is left to do."""


@dataclass(frozen=True, slots=True)
class Later:
    """Try again at `at`. `counts` says whether it used up one of the attempts."""

    at: datetime
    error: str
    counts: bool = False
    in_doubt: bool = False


@dataclass(frozen=True, slots=True)
class Stuck:
    """No retry helps until somebody, or something over there, changes."""

    state: MirrorOperationState
    error: str


Result = Finished | Later | Stuck


@dataclass(frozen=True, slots=True)
class Trouble:
    """What an answer says of the whole connection. `pause_until` None: counted, not yet paused."""

    state: MirrorConnectionState
    reason: str
    pause_until: datetime | None


COMMENT_GRACE = timedelta(seconds=32)
"""A comment is looked for in a list that shows it at once, a create by a search that lags: this much is enough."""


def backoff(attempt: int) -> timedelta:
    """1 s, 2 s, 4 s … to 5 minutes."""
    return min(timedelta(seconds=2 ** min(attempt, 16)), LONGEST_WAIT)


def after(failure: Failure, *, attempts: int, now: datetime) -> Result:
    """What becomes of an operation whose write did not happen, or may be repeated because it is idempotent."""
    soon = now + backoff(attempts)
    match failure:
        case Rejected(reason=RejectedBy.CONFLICT) if attempts < MOST_ATTEMPTS:
            return Later(soon, explain(failure), counts=True)
        case Rejected() | NotVisible():
            return Stuck(MirrorOperationState.DEAD, explain(failure))
        case Throttled(until=until):
            return Later(max(until or soon, now + timedelta(seconds=1)), explain(failure))
        case ProtocolFault() if attempts >= MOST_ATTEMPTS:
            return Stuck(MirrorOperationState.DEAD, explain(failure))
        case ProtocolFault() | Ambiguous():
            return Later(soon, explain(failure), counts=True)
        case Unavailable() | AuthLost():
            return Later(soon, explain(failure))


def trouble(failure: Failure, *, failures: int, now: datetime) -> Trouble | None:
    """What the connection learns. Refused credentials stop it at once: more attempts may lock the account."""
    match failure:
        case AuthLost():
            return Trouble(MirrorConnectionState.OPEN, explain(failure), now + LOCKED_OUT)
        case Throttled(scope=ThrottleScope.CONNECTION, until=until):
            return Trouble(MirrorConnectionState.DEGRADED, explain(failure), until or now + backoff(failures + 2))
        case Unavailable() | Ambiguous() | ProtocolFault():
            over = failures + 1 - FAILURES_BEFORE_PAUSE
            pause = now + backoff(over + 2) if over >= 0 else None
            return Trouble(MirrorConnectionState.DEGRADED, explain(failure), pause)
        case _:
            return None


@dataclass(frozen=True, slots=True)
class Doubt:
    """How a write's grace is spent, so that it has ended before anybody may send it again: ``recorded_within`` until
    it is on record that it may have left, and from there ``ends_within`` until it has ended, or never will leave.
    """

    recorded_within: timedelta
    ends_within: timedelta


def doubt(grace: timedelta) -> Doubt:
    """An eighth of a connection's grace for the record, the rest for the request."""
    shortest = min(grace, COMMENT_GRACE)
    return Doubt(shortest / 8, shortest * 7 / 8)


def may_resend(*, probes: int, sent_at: datetime, now: datetime, needed: int, grace: timedelta) -> bool:
    """A lost create is repeated only when enough looks over enough time have not found it."""
    return probes >= needed and now - sent_at >= grace


def next_mark(mark: datetime, reached: datetime | None, *, now: datetime) -> datetime:
    """Never backwards, never past what was seen, never past what search may not show yet."""
    return max(mark, min(reached, now - SEARCH_LAG)) if reached is not None else mark


def explain(failure: Failure) -> str:
    """One line for people, without anything the tracker was not asked to say."""
    match failure:
        case Rejected():
            named = [f"{name}: {why}" for name, why in failure.field_errors.items()]
            return f"{failure.reason}: {'; '.join([*failure.messages, *named])}".rstrip(": ")
        case Throttled():
            return f"Throttled ({failure.scope})"
        case AuthLost() | ProtocolFault():
            return f"{type(failure).__name__} ({failure.reason})"
        case Unavailable():
            return f"Unavailable{f' ({failure.status})' if failure.status else ''}"
        case Ambiguous():
            return "The reply was lost: it may have been done"
        case NotVisible():
            return "Absent or hidden from our account"


def explain_blocked(blocked: Blocked) -> str:
    """Why the status cannot be reached, and what is missing."""
    parts = [blocked.reason.value]
    if blocked.missing:
        parts.append("the screen asks for " + ", ".join(field.name for field in blocked.missing))
    if blocked.available:
        parts.append("possible now: " + ", ".join(status.name for status in blocked.available))
    return "; ".join([*parts, *blocked.messages])


def ensure_can_operate(by: Actor) -> None:
    """Refuses who may not tend the mirror. A pause needs no more: one that is paused stays so."""
    by.ensure("mirror.operate")


def ensure_can_free(state: MirrorOperationState, by: Actor) -> None:
    """Only what has stopped is retried or given up."""
    ensure_can_operate(by)
    if state not in {MirrorOperationState.BLOCKED, MirrorOperationState.DEAD}:
        raise OperationNotStuck(state)


def ensure_can_resolve(state: MirrorConflictState, by: Actor) -> None:
    """A settled conflict takes no decision. Taking the tracker's value is further the rules' of that change."""
    ensure_can_operate(by)
    if state is not MirrorConflictState.OPEN:
        raise ConflictNotOpen


def ensure_can_resume(key: str, by: Actor, *, paused: bool) -> None:
    """Refuses where nothing was paused."""
    ensure_can_operate(by)
    if not paused:
        raise MirrorNotPaused(key)


def operation_abilities(state: MirrorOperationState, by: Actor) -> Iterator[tuple[str, Refusal | None]]:
    """What may be done to an operation, each with the refusal it would meet now."""
    return judged({action: lambda: ensure_can_free(state, by) for action in ("RETRY", "SKIP")})


def conflict_abilities(state: MirrorConflictState, by: Actor) -> Iterator[tuple[str, Refusal | None]]:
    """What may be done to a conflict, keeping the case's value, with the refusal it would meet now."""
    return judged({"RESOLVE": lambda: ensure_can_resolve(state, by)})


def connection_abilities(key: str, by: Actor, *, paused: bool) -> Iterator[tuple[str, Refusal | None]]:
    """What may be done to a connection, each with the refusal it would meet now."""
    return judged(
        {"PAUSE": lambda: ensure_can_operate(by), "RESUME": lambda: ensure_can_resume(key, by, paused=paused)}
    )
