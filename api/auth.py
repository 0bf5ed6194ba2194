"""Bearer token to Actor. Rights are those of now: two seconds old at most for reads, never for writes."""

import time
from collections import OrderedDict
from dataclasses import dataclass, field

from api.refusals import refuse
from domain.core.actor import Actor, Tool
from domain.people.errors import TokenInvalid
from domain.people.queries import actor_of_token, token_digest
from domain.people.usage import note_use

FRESH = 2.0
"""Seconds an actor is trusted for reads; a revoked token reads no longer than this."""

NOTED = 60.0
KEPT = 10_000
REALM = 'Bearer realm="caseward"'


@dataclass(slots=True)
class Tokens:
    """Who the tokens of late belong to, by digest. Tokens themselves are not kept."""

    _actors: OrderedDict[str, tuple[float, Actor]] = field(default_factory=OrderedDict)
    _noted: dict[str, float] = field(default_factory=dict)

    async def actor(self, token: str, *, fresh: bool = False) -> Actor:
        """The actor of a token; ``fresh`` asks the database in any case. Refuses with TOKEN_INVALID."""
        key, now = token_digest(token), time.monotonic()
        known = self._actors.get(key)
        if not fresh and known is not None and now - known[0] < FRESH:
            return known[1]
        try:
            actor = await actor_of_token(token, tool=Tool.GRAPHQL)
        except TokenInvalid:
            self._actors.pop(key, None)
            raise
        self._actors[key] = (now, actor)
        if len(self._actors) > KEPT:
            self._actors.popitem(last=False)
        if now - self._noted.get(key, -NOTED) >= NOTED:
            self._noted = {} if len(self._noted) > KEPT else self._noted
            self._noted[key] = now
            await note_use(token)
        return actor


def bearer(header: str | None) -> str:
    """The token of an Authorization header; 401 where there is none."""
    scheme, _, token = (header or "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        refuse(
            401,
            "UNAUTHENTICATED",
            "Send your token: Authorization: Bearer cw_…",
            WWW_Authenticate=REALM,
        )
    return token.strip()


async def authenticated(tokens: Tokens, header: str | None, *, fresh: bool = False) -> tuple[str, Actor]:
    """The token and its actor; 401 where it is not valid."""
    token = bearer(header)
    try:
        return token, await tokens.actor(token, fresh=fresh)
    except TokenInvalid as refusal:
        refuse(401, refusal.code, refusal.message, WWW_Authenticate=f'{REALM}, error="invalid_token"')
