"""An identity provider's public keys: fetched when needed, kept for a while, and longer while it is away."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import httpx
import structlog
from jwt import PyJWK
from jwt.exceptions import PyJWKError, PyJWTError

from domain.people.errors import IdentityUnavailable, TokenInvalid

log = structlog.get_logger(__name__)

FRESH = 600.0
"""Seconds for which keys are used without asking: this long a withdrawn key is believed."""

STALE = 24 * 3600.0
"""Seconds for which they are used while the provider does not answer. After that nobody is believed."""

PAUSE = 10.0
"""Seconds between two looks for a key nobody knows: a made-up key id must not make us hammer the provider."""

FAMILIES = {"RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP"}
"""What kind of key an algorithm needs, by its first letters. A shared secret is never among them."""


class KeyRing:
    """Keys by id. ``fetch`` reads the provider's set; ``clock`` counts seconds."""

    def __init__(
        self,
        fetch: Callable[[], Awaitable[Mapping[str, Any]]],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fetch = fetch
        self._clock = clock
        self._keys: dict[str | None, Mapping[str, Any]] = {}
        self._made: dict[tuple[str | None, str], PyJWK] = {}
        self._fetched: float | None = None
        self._tried: float | None = None
        self._turn = asyncio.Lock()

    async def key(self, kid: str | None, algorithm: str) -> PyJWK:
        """The key of that id, bound to that algorithm. TOKEN_INVALID where the provider has none that fits;
        IDENTITY_UNAVAILABLE where it cannot be asked and what is known is too old."""
        if self._age() > FRESH or (kid not in self._keys and self._may_look()):
            await self._renew(kid)
        if self._age() > STALE:
            raise IdentityUnavailable
        return self._bound(kid, algorithm)

    def _bound(self, kid: str | None, algorithm: str) -> PyJWK:
        made = self._made.get((kid, algorithm))
        if made is not None:
            return made
        found = self._keys.get(kid)
        if found is None or found.get("kty") != FAMILIES.get(algorithm[:2]) or found.get("alg", algorithm) != algorithm:
            raise TokenInvalid
        try:
            made = PyJWK(dict(found), algorithm)
        except (PyJWKError, PyJWTError) as error:
            raise TokenInvalid from error
        self._made[kid, algorithm] = made
        return made

    async def _renew(self, kid: str | None) -> None:
        async with self._turn:
            if self._age() <= FRESH and (kid in self._keys or not self._may_look()):
                return
            if self._fetched is not None and not self._may_look():
                return
            self._tried = self._clock()
            try:
                found = await self._fetch()
            except (httpx.HTTPError, ValueError, IdentityUnavailable) as error:
                log.warning("identity_keys_unavailable", error=type(error).__name__)
                return
            keys = found.get("keys")
            signing = [key for key in keys if _is_signing(key)] if isinstance(keys, list) else []
            self._keys, self._made = {key.get("kid"): key for key in signing}, {}
            self._fetched = self._clock()

    def _age(self) -> float:
        return float("inf") if self._fetched is None else self._clock() - self._fetched

    def _may_look(self) -> bool:
        return self._tried is None or self._clock() - self._tried >= PAUSE


def _is_signing(key: Any) -> bool:
    return isinstance(key, dict) and key.get("use", "sig") == "sig" and key.get("kty") in set(FAMILIES.values())
