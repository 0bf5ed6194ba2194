"""What may be done to accounts and their tokens. Values in, a refusal or nothing out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.core.abilities import judged
from domain.core.actor import Actor, ActorKind
from domain.core.errors import Forbidden, Refusal
from domain.people.errors import TokenEnded, TokenReplaced
from domain.people.roles import Role, rights_beyond


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenFacts:
    """What the rules need of a token, at ``now``."""

    expires_at: datetime | None
    revoked_at: datetime | None
    successor_id: UUID | None
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFacts:
    """What the rules need of an account."""

    id: UUID
    kind: ActorKind
    name: str
    roles: Sequence[Role]


def ensure_within(account: AccountFacts, by: Actor) -> None:
    """Refuses an account that holds a right of administrators which the actor lacks, and Caseward's own whoever asks:
    nothing would go on without it."""
    if account.kind is ActorKind.SYSTEM:
        raise Forbidden("This is Caseward's own account. Without it clocks, pages and batches stand still.")
    if beyond := rights_beyond(account.roles, by):
        raise Forbidden(f"{account.name} can do what you cannot: {', '.join(beyond)}. Ask an administrator.")


def ensure_can_enrol(by: Actor) -> None:
    """Who manages people gives and takes roles: which ones is a matter of each role."""
    by.ensure("people.manage")


def ensure_can_issue(by: Actor) -> None:
    """Who makes tokens also ends them, caps them and says which documents an account may send, at any time."""
    by.ensure("token.issue")


def ensure_can_rotate(token: TokenFacts, by: Actor) -> None:
    """Refuses what does not hold any more, and what has a successor."""
    ensure_can_issue(by)
    if token.revoked_at is not None or (token.expires_at is not None and token.expires_at <= token.now):
        raise TokenEnded
    if token.successor_id is not None:
        raise TokenReplaced(token.successor_id)


def token_abilities(token: TokenFacts, by: Actor) -> Iterator[tuple[str, Refusal | None]]:
    """What may be done to a token, each with the refusal it would meet now."""
    return judged(
        {
            "ROTATE": lambda: ensure_can_rotate(token, by),
            "REVOKE": lambda: ensure_can_issue(by),
            "CAP": lambda: ensure_can_issue(by),
        }
    )
