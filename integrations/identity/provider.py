"""OpenID Connect: bearer tokens of people, and signing in by authorization code with PKCE.

Discovery, RFC 7517 keys, RFC 7519 tokens, RFC 7636 S256. A token is believed if its signature is by a key of the
issuer with a pinned algorithm, and its issuer, audience and times are as they must be; nothing in the token chooses.
"""

import base64
import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
import jwt
import structlog
from jwt.exceptions import PyJWTError

from domain.people.errors import IdentityUnavailable, TokenInvalid
from domain.people.ports import Attempt, Claims, Grant, Identity
from integrations.identity.keys import FAMILIES, KeyRing

log = structlog.get_logger(__name__)

LONGEST = 16_384
SKEW = timedelta(seconds=30)
TYPES = frozenset({"JWT", "AT+JWT", "APPLICATION/AT+JWT"})
OF_THE_DESK = frozenset({"invalid_client", "unauthorized_client", "unsupported_grant_type", "temporarily_unavailable"})
"""Refusals of RFC 6749, 5.2 that are about this desk or the provider, and say nothing of the person."""
MOST = timedelta(days=1)
"""Whatever a provider says of its word, somebody who was sent away there is not here for longer than this."""
KEPT = 3600.0
"""Seconds for which the provider's own description is used without asking; while it is away, for as long as we run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """What is configured of it. ``audiences`` is whom bearer tokens must be meant for; empty: the client itself."""

    issuer: str
    client_id: str
    client_secret: str | None = None
    audiences: Sequence[str] = ()
    algorithms: Sequence[str] = ("RS256", "ES256")
    scopes: str = "openid email profile"
    email_claim: str = "email"
    name_claim: str = "name"
    groups_claim: str = "groups"


class OidcIdentity(Identity):
    """Speaks to one issuer. A request takes ten seconds at most; redirects are not followed."""

    def __init__(self, provider: Provider, *, clock: Callable[[], float] = time.monotonic) -> None:
        unsafe = [name for name in provider.algorithms if name[:2] not in FAMILIES]
        if unsafe or not provider.algorithms:
            message = f"CASEWARD_OIDC_ALGORITHMS: only signatures by a private key are believed, not {unsafe}."
            raise ValueError(message)
        self._provider = provider
        self._clock = clock
        self._client = httpx.AsyncClient(timeout=httpx.Timeout(10, connect=5), trust_env=False)
        self._keys = KeyRing(self._fetch_keys, clock=clock)
        self._described: tuple[float, Mapping[str, Any]] | None = None

    async def verify(self, token: str) -> Claims:
        """Of a bearer token."""
        return self._claims(await self._checked(token, self._provider.audiences or [self._provider.client_id]))

    async def address(self, attempt: Attempt) -> str:
        """The authorization endpoint, with everything the sign-in is bound to."""
        asked = {
            "response_type": "code",
            "client_id": self._provider.client_id,
            "redirect_uri": attempt.redirect,
            "scope": self._provider.scopes,
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": challenge(attempt.verifier),
            "code_challenge_method": "S256",
        }
        if attempt.silent:
            asked["prompt"] = "none"
        return _with(await self._endpoint("authorization_endpoint"), asked)

    async def redeem(self, code: str, *, attempt: Attempt) -> Grant:
        """Of the ID token the code is exchanged for; its nonce must be the attempt's."""
        told = await self._told(
            {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": attempt.redirect,
                "code_verifier": attempt.verifier,
            }
        )
        claims = await self._vouched(told.get("id_token"))
        if claims.get("nonce") != attempt.nonce:
            raise TokenInvalid
        return self._grant(told, claims)

    async def refresh(self, token: str) -> Grant:
        """Of the ID token that comes with the next access token, where one comes: the provider need not send one."""
        told = await self._told({"grant_type": "refresh_token", "refresh_token": token})
        if not isinstance(told.get("access_token"), str) and "id_token" not in told:
            raise TokenInvalid
        return self._grant(told, await self._vouched(told["id_token"]) if "id_token" in told else None)

    async def _told(self, asked: dict[str, str]) -> dict[str, Any]:
        """What the token endpoint answers. TOKEN_INVALID where it refuses; IDENTITY_UNAVAILABLE where it is not itself,
        too busy included."""
        asked["client_id"] = self._provider.client_id
        if self._provider.client_secret is not None:
            asked["client_secret"] = self._provider.client_secret
        url = await self._endpoint("token_endpoint")
        try:
            answer = await self._client.post(url, data=asked, headers={"Accept": "application/json"})
        except httpx.HTTPError as error:
            raise IdentityUnavailable from error
        if answer.status_code >= 500 or answer.status_code == 429:
            raise IdentityUnavailable
        told = _json(answer)
        if not answer.is_success:
            log.warning("sign_in_refused", status=answer.status_code, error=str(told.get("error"))[:80])
            raise IdentityUnavailable if told.get("error") in OF_THE_DESK else TokenInvalid
        return told

    async def _vouched(self, token: Any) -> dict[str, Any]:
        if not isinstance(token, str):
            raise TokenInvalid
        claims = await self._checked(token, [self._provider.client_id])
        if isinstance(claims["aud"], list) and len(claims["aud"]) > 1 and claims.get("azp") != self._provider.client_id:
            raise TokenInvalid
        return claims

    def _grant(self, told: Mapping[str, Any], claims: Mapping[str, Any] | None) -> Grant:
        """Without ``expires_in`` its word holds for as long as the ID token does, else for five minutes."""
        refresh, seconds = told.get("refresh_token"), told.get("expires_in")
        if not isinstance(seconds, int | float) or not 0 < seconds < MOST.total_seconds():
            seconds = claims["exp"] - claims["iat"] if claims else 300
        return Grant(
            claims=self._claims(claims) if claims else None,
            refresh=refresh if isinstance(refresh, str) and len(refresh) <= LONGEST else None,
            lasts=min(timedelta(seconds=seconds), MOST),
        )

    async def goodbye(self, *, back: str) -> str | None:
        """RP-initiated logout, where the provider has it."""
        try:
            found = (await self._description()).get("end_session_endpoint")
        except IdentityUnavailable:
            return None
        if not isinstance(found, str):
            return None
        return _with(found, {"client_id": self._provider.client_id, "post_logout_redirect_uri": back})

    async def close(self) -> None:
        """Closes its connections."""
        await self._client.aclose()

    async def _checked(self, token: str, audiences: Sequence[str]) -> dict[str, Any]:
        if len(token) > LONGEST:
            raise TokenInvalid
        try:
            header = jwt.get_unverified_header(token)
        except PyJWTError as error:
            raise TokenInvalid from error
        algorithm, kid = header.get("alg"), header.get("kid")
        if not isinstance(algorithm, str) or algorithm not in self._provider.algorithms:
            raise TokenInvalid
        if str(header.get("typ", "JWT")).upper() not in TYPES:
            raise TokenInvalid
        key = await self._keys.key(kid, algorithm)
        try:
            return jwt.decode(
                token,
                key,
                algorithms=[algorithm],
                audience=list(audiences),
                issuer=self._provider.issuer,
                leeway=SKEW,
                options={"require": ["exp", "iat", "iss", "aud", "sub"]},
            )
        except PyJWTError as error:
            log.info("token_refused", why=type(error).__name__)
            raise TokenInvalid from error

    def _claims(self, told: Mapping[str, Any]) -> Claims:
        email, groups = told.get(self._provider.email_claim), told.get(self._provider.groups_claim)
        name = told.get(self._provider.name_claim)
        return Claims(
            issuer=told["iss"],
            subject=told["sub"],
            email=email if isinstance(email, str) else None,
            email_verified=told.get("email_verified") is True,
            name=name[:127] if isinstance(name, str) else None,
            groups=frozenset(map(str, groups)) if isinstance(groups, list) else None,
            issued_at=datetime.fromtimestamp(told["iat"], UTC),
            expires_at=datetime.fromtimestamp(told["exp"], UTC),
        )

    async def _endpoint(self, name: str) -> str:
        found = (await self._description()).get(name)
        if not isinstance(found, str):
            raise IdentityUnavailable
        self._ensure_safe(found)
        return found

    async def _fetch_keys(self) -> Mapping[str, Any]:
        answer = await self._client.get(await self._endpoint("jwks_uri"))
        answer.raise_for_status()
        return _json(answer)

    async def _description(self) -> Mapping[str, Any]:
        known = self._described
        if known is not None and self._clock() - known[0] < KEPT:
            return known[1]
        try:
            answer = await self._client.get(f"{self._provider.issuer.rstrip('/')}/.well-known/openid-configuration")
            answer.raise_for_status()
            found = _json(answer)
        except httpx.HTTPError as error:
            if known is not None:
                return known[1]
            raise IdentityUnavailable from error
        if found.get("issuer") != self._provider.issuer:
            log.error("identity_misconfigured", said=str(found.get("issuer"))[:200])
            raise IdentityUnavailable
        self._described = (self._clock(), found)
        return found

    def _ensure_safe(self, url: str) -> None:
        """An issuer reached by https sends nobody to an address that is not."""
        if urlsplit(self._provider.issuer).scheme == "https" and urlsplit(url).scheme != "https":
            raise IdentityUnavailable


def challenge(verifier: str) -> str:
    """S256 of RFC 7636."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _with(url: str, asked: Mapping[str, str]) -> str:
    return f"{url}{'&' if urlsplit(url).query else '?'}{urlencode(asked)}"


def _json(answer: httpx.Response) -> dict[str, Any]:
    try:
        found = answer.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
