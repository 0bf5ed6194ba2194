"""Who asks: a service's token, a person's token of the identity provider, or a browser's session, as an Actor.

Rights are those of now: two seconds old at most for reads, never for writes.
"""

import asyncio
import functools
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeVar

from api.refusals import HttpRefusal, refuse
from api.renewing import Renewals
from domain.core.actor import Actor, Tool, system
from domain.core.errors import Refusal
from domain.people.errors import IdentityTaken, IdentityUnavailable, PersonUnknown, TokenInvalid
from domain.people.ports import GroupRules, Identity
from domain.people.queries import Login, login_of_person, login_of_session, login_of_token, token_digest
from domain.people.signing_in import admit
from domain.people.usage import note_use

T = TypeVar("T")
FRESH = 2.0
"""Seconds a login is trusted for reads; a revoked token reads no longer than this."""

NOTED = 60.0
KEPT = 10_000
NOBODY = "Sign in with your browser: GET /auth/login?return_to=…; or send a token: Authorization: Bearer cw_…"
REALM = 'Bearer realm="caseward"'
COOKIES = ("__Host-caseward", "caseward")
"""A session's cookie: the first where the desk is reached by https. No other host can set that one."""


class Door(Enum):
    """What kind of proof is shown."""

    TOKEN = "TOKEN"  # noqa: S105 - a kind
    PERSON = "PERSON"
    SESSION = "SESSION"


@dataclass(frozen=True, slots=True)
class Proof:
    """What a client shows to say who it is."""

    door: Door
    secret: str


@dataclass(slots=True)
class Shown:
    """What a connection that lasts has shown last."""

    proof: Proof

    async def by(self, ask: Callable[[Proof], Awaitable[T]]) -> T:
        """What ``ask`` says of it. The refusal of one that was replaced meanwhile counts for nothing."""
        while True:
            proof = self.proof
            try:
                return await ask(proof)
            except (HttpRefusal, Refusal):
                if proof == self.proof:
                    raise


@dataclass(slots=True)
class Logins:
    """Who showed what of late, by digest. Secrets themselves are not kept. ``identity`` is None where nobody signs in
    through a provider; ``cookie`` is the one a session comes in; ``renewals`` ask the provider about sessions anew.
    """

    identity: Identity | None = None
    rules: GroupRules = field(default_factory=GroupRules)
    cookie: str = COOKIES[1]
    renewals: Renewals | None = None
    _known: OrderedDict[str, tuple[float, Login]] = field(default_factory=OrderedDict)
    _noted: dict[str, float] = field(default_factory=dict)
    _coming: dict[str, asyncio.Task[Login]] = field(default_factory=dict)

    async def login(self, proof: Proof, *, fresh: bool = False) -> Login:
        """Whose proof it is; ``fresh`` asks the database in any case. Refuses with TOKEN_INVALID and its kin."""
        key = f"{proof.door.value}/{token_digest(proof.secret)}"
        if fresh:
            return await self._read(key, proof)
        known = self._known.get(key)
        if known is not None and time.monotonic() - known[0] < FRESH:
            return known[1]
        coming = self._coming.get(key)
        if coming is None:
            # many streams of one login ask in the same moment: one of them reads, whoever of them leaves meanwhile
            coming = self._coming[key] = asyncio.create_task(self._read(key, proof))
            coming.add_done_callback(functools.partial(self._came, key))
        return await asyncio.shield(coming)

    def _came(self, key: str, coming: asyncio.Task[Login]) -> None:
        del self._coming[key]
        if not coming.cancelled():
            coming.exception()  # whoever asked has left: nobody else will look

    async def _read(self, key: str, proof: Proof) -> Login:
        now = time.monotonic()
        self._known.pop(key, None)
        found = await self._found(proof)
        self._known[key] = (now, found)
        if len(self._known) > KEPT:
            self._known.popitem(last=False)
        if proof.door is Door.TOKEN and now - self._noted.get(key, -NOTED) >= NOTED:
            self._noted = {} if len(self._noted) > KEPT else self._noted
            self._noted[key] = now
            await note_use(proof.secret)
        return found

    async def actor(self, proof: Proof) -> Actor:
        """The actor alone."""
        return (await self.login(proof)).actor

    def proof(self, authorization: str | None, cookies: Mapping[str, str]) -> Proof:
        """What a request shows: its Authorization header, else its session's cookie; 401 where there is neither."""
        session = cookies.get(self.cookie)
        if authorization is None and session:
            return Proof(Door.SESSION, session)
        if authorization is None and self.identity is not None:
            refuse(401, "UNAUTHENTICATED", NOBODY, WWW_Authenticate=REALM)
        token = bearer(authorization)
        # only a signed token has three parts; ours have no dots
        return Proof(Door.PERSON if self.identity is not None and token.count(".") == 2 else Door.TOKEN, token)

    async def _found(self, proof: Proof) -> Login:
        if proof.door is Door.TOKEN:
            return await login_of_token(proof.secret, tool=Tool.GRAPHQL)
        if proof.door is Door.SESSION:
            return await self._in_session(proof.secret)
        if self.identity is None:
            raise TokenInvalid
        claims = await self.identity.verify(proof.secret)
        person_id = await admit(claims, by=system(Tool.GRAPHQL), rules=self.rules)
        return await login_of_person(person_id, tool=Tool.GRAPHQL, expires_at=claims.expires_at)

    async def _in_session(self, secret: str) -> Login:
        """Of a session; first its provider is asked where its word is over, in the background where it soon will be."""
        found = await login_of_session(secret, tool=Tool.GRAPHQL)
        if not found.due or self.renewals is None:
            return found
        await self.renewals.renew(secret, wait=found.over)
        return await login_of_session(secret, tool=Tool.GRAPHQL)


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


async def authenticated(logins: Logins, proof: Proof, *, fresh: bool = False) -> Login:
    """Whose proof it is; 401 where it is not valid, 403 where its bearer is nobody here, 503 where nobody can tell."""
    try:
        return await logins.login(proof, fresh=fresh)
    except TokenInvalid as refusal:
        refuse(401, refusal.code, refusal.message, WWW_Authenticate=f'{REALM}, error="invalid_token"')
    except (PersonUnknown, IdentityTaken) as refusal:
        refuse(403, refusal.code, refusal.message)
    except IdentityUnavailable as refusal:
        refuse(503, refusal.code, refusal.message, Retry_After="5")
