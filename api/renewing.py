"""Sessions whose provider gave a refresh token: renewed before the provider's word ends, ended where it says so.

The token is kept sealed with the session's own secret, which the browser alone has: nobody reads it in the database.
Providers that rotate their tokens take a second use of one for theft, so one of all requests and processes asks.
"""

import asyncio
import hashlib
from dataclasses import dataclass, field
from datetime import timedelta

import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from domain.core.actor import Tool, system
from domain.people.errors import IdentityTaken, IdentityUnavailable, PersonUnknown, TokenInvalid
from domain.people.ports import Grant, GroupRules, Identity
from domain.people.queries import login_of_session, token_digest
from domain.people.renewing import claim_renewal, is_being_renewed, keep_renewal, put_off_renewal
from domain.people.signing_in import admit, end_session

log = structlog.get_logger(__name__)

LONGEST = 12.0
"""Seconds the provider is given to answer."""

LOOK = 0.1


@dataclass(slots=True)
class Renewals:
    """Asks ``identity`` anew; ``lasts`` is how long a session goes on from then."""

    identity: Identity
    rules: GroupRules
    lasts: timedelta
    _running: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    async def keep(self, secret: str, grant: Grant) -> bool:
        """Whether there is something to renew the session of this secret with later; keeps that."""
        if grant.refresh is None:
            return False
        sealed = _cipher(secret).encrypt(grant.refresh.encode(), None)
        await keep_renewal(secret, by=system(Tool.GRAPHQL), renewal=sealed, access=grant.lasts, lasts=self.lasts)
        return True

    async def renew(self, secret: str, *, wait: bool) -> None:
        """Asks, unless somebody is asking; ``wait`` until it is known. While the provider is away nothing changes."""
        key = token_digest(secret)
        if key not in self._running:
            task = self._running[key] = asyncio.create_task(self._renewed(secret))
            task.add_done_callback(lambda done: self._done(key, done))
        if wait:
            await asyncio.shield(self._running[key])

    async def close(self) -> None:
        """Ends once what is under way has ended."""
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    def _done(self, key: str, task: asyncio.Task[None]) -> None:
        del self._running[key]
        if not task.cancelled() and (error := task.exception()) is not None:
            log.warning("session_not_renewed", error=type(error).__name__)

    async def _renewed(self, secret: str) -> None:
        sealed = await claim_renewal(secret, by=system(Tool.GRAPHQL))
        if sealed is None:
            await self._elsewhere(secret)
            return
        try:
            token = _cipher(secret).decrypt(sealed, None).decode()
            async with asyncio.timeout(LONGEST):
                grant = await self.identity.refresh(token)
            await self._ensure_same(secret, grant)
        except (IdentityUnavailable, TimeoutError):
            log.warning("session_not_renewed", error="IDENTITY_UNAVAILABLE")
            await put_off_renewal(secret, by=system(Tool.GRAPHQL))
            return
        except (TokenInvalid, PersonUnknown, IdentityTaken, InvalidTag):
            await end_session(secret, by=system(Tool.GRAPHQL))
            return
        kept = grant.refresh or token  # a provider that does not rotate says it once
        await self.keep(secret, Grant(claims=grant.claims, refresh=kept, lasts=grant.lasts))

    async def _ensure_same(self, secret: str, grant: Grant) -> None:
        """Takes over what the provider says of groups now; it can make nobody of a session somebody else."""
        if grant.claims is None:
            return
        person_id = await admit(grant.claims, by=system(Tool.GRAPHQL), rules=self.rules)
        login = await login_of_session(secret, tool=Tool.GRAPHQL)
        if login.actor.person_id != person_id:
            raise TokenInvalid

    async def _elsewhere(self, secret: str) -> None:
        """Waits for another process that is asking, no longer than that may take."""
        for _ in range(int(LONGEST / LOOK)):
            if not await is_being_renewed(secret):
                return
            await asyncio.sleep(LOOK)


def _cipher(secret: str) -> AESSIV:
    return AESSIV(hashlib.sha512(b"caseward.renewal" + secret.encode()).digest())
