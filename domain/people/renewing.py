"""Sessions whose identity provider is asked anew when its word ends: by one of all that notice, in all processes."""

from datetime import timedelta

from tortoise import connections
from tortoise.expressions import Q

from domain.core import clock
from domain.core.actor import Actor
from domain.core.transaction import atomic
from domain.people.models import BrowserSession
from domain.people.queries import AHEAD, token_digest

ASKING = timedelta(seconds=15)
"""Longer than a provider may take to answer. Whoever has not told by then has died over it, and another may ask."""

SHORTEST = 2 * AHEAD
"""Less than this is taken for this: no provider is asked at every request."""


@atomic
async def claim_renewal(secret: str, *, by: Actor) -> bytes | None:
    """The sealed refresh token of a session whose access ends soon, for one caller to use; None for all others."""
    by.ensure("people.manage")
    now = await clock.now()
    session = (
        await BrowserSession.filter(
            Q(renewing_until=None) | Q(renewing_until__lte=now),
            digest=token_digest(secret),
            ended_at=None,
            expires_at__gt=now,
            access_until__lte=now + AHEAD,
        )
        .select_for_update()
        .first()
    )
    if session is None or session.renewal is None:
        return None
    session.renewing_until = now + ASKING
    await session.save(update_fields=["renewing_until"])
    return session.renewal


@atomic
async def keep_renewal(secret: str, *, by: Actor, renewal: bytes, access: timedelta, lasts: timedelta) -> None:
    """The provider has vouched for so long again; the session goes on for ``lasts`` from now. One that has ended stays
    ended."""
    by.ensure("people.manage")
    session = await BrowserSession.filter(digest=token_digest(secret), ended_at=None).select_for_update().first()
    if session is None:
        return
    now = await clock.now()
    session.renewal, session.renewing_until = renewal, None
    session.access_until, session.expires_at = now + max(access, SHORTEST), now + lasts
    await session.save(update_fields=["renewal", "renewing_until", "access_until", "expires_at"])


@atomic
async def put_off_renewal(secret: str, *, by: Actor) -> None:
    """Nobody could be asked: the session goes on, to its own end at most, and half a minute later it is tried again."""
    by.ensure("people.manage")
    now = await clock.now()
    await BrowserSession.filter(digest=token_digest(secret)).update(renewing_until=None, access_until=now + SHORTEST)


async def is_being_renewed(secret: str) -> bool:
    """Whether somebody is asking the provider about this session now."""
    found = await connections.get("default").execute_query_dict(
        "SELECT 1 FROM browser_session WHERE digest = $1 AND ended_at IS NULL AND renewing_until > app_clock()",
        [token_digest(secret)],
    )
    return bool(found)
