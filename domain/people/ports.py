"""What signing in needs from outside."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from domain.people.roles import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What an identity provider has vouched for. ``subject`` is whom it means, for ever; an address may change hands.
    ``groups`` is None where it says nothing of groups, which is not the same as being in none.
    """

    issuer: str
    subject: str
    email: str | None = None
    email_verified: bool = False
    name: str | None = None
    groups: frozenset[str] | None = None
    issued_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRules:
    """What the provider's groups stand for here: keys of teams, and roles. Of nothing else do groups decide.
    ``newcomers``: whether somebody unknown here is added.
    """

    teams: Mapping[str, str] = field(default_factory=dict)
    roles: Mapping[str, Role] = field(default_factory=dict)
    newcomers: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One sign-in under way: secrets its browser keeps and nobody else knows, and where it comes back to. ``silent``
    shows nobody anything: whoever is not signed in at the provider comes back with an error."""

    state: str
    nonce: str
    verifier: str
    redirect: str
    silent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a provider has given. ``claims`` is None where it says nothing new of whom it means; ``refresh`` is the
    token to ask with again, None where it gives none; ``lasts`` is for how long its word holds."""

    claims: Claims | None
    refresh: str | None
    lasts: timedelta


class Identity(Protocol):
    """An OpenID Connect provider. Refuses with TOKEN_INVALID, or IDENTITY_UNAVAILABLE while it cannot be asked."""

    async def verify(self, token: str) -> Claims:
        """What a person's bearer token says, its signature and every limit of it checked."""

    async def address(self, attempt: Attempt) -> str:
        """Where the browser signs in."""

    async def redeem(self, code: str, *, attempt: Attempt) -> Grant:
        """What the code a browser came back with stands for; its claims are there."""

    async def refresh(self, token: str) -> Grant:
        """The same anew for a refresh token, which is of no use any more. TOKEN_INVALID where it does not vouch."""

    async def goodbye(self, *, back: str) -> str | None:
        """Where the browser signs out of the provider too; None where it has no such place."""

    async def close(self) -> None:
        """Gives back what it holds."""
