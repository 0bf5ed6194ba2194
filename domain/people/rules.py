"""What may be done to accounts and their tokens. Values in, a refusal or nothing out."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.core.abilities import judged
from domain.core.actor import Actor
from domain.core.errors import Refusal
from domain.people.errors import TokenEnded, TokenReplaced


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenFacts:
    """What the rules need of a token, at ``now``."""

    expires_at: datetime | None
    revoked_at: datetime | None
    successor_id: UUID | None
    now: datetime


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
