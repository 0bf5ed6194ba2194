"""Signing in with a browser: authorization code with PKCE, then a session in a cookie no script can read.

What a sign-in is bound to (state, nonce, verifier) is sealed into a cookie of ten minutes: nothing is kept here.
"""

import hashlib
import secrets
from datetime import timedelta
from urllib.parse import urlencode
from uuid import UUID

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.auth import COOKIES, Door, authenticated
from api.desk import Desk
from api.guarding import is_ours, origin_of
from api.refusals import refuse
from domain.core import clock
from domain.core.actor import Tool, system
from domain.people.errors import IdentityTaken, IdentityUnavailable, PersonUnknown, TokenInvalid
from domain.people.ports import Attempt, Grant, Identity
from domain.people.signing_in import admit, end_session, open_session
from integrations.settings import Settings

ATTEMPT = "caseward_sign_in"
LASTS = 600
"""Seconds in which somebody must have signed in."""

RENEWABLE = timedelta(days=30)
"""How long a browser keeps the cookie of a session that is renewed; whether it has ended is ours to say."""

ALWAYS = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}


async def login(request: Request) -> Response:
    """GET /auth/login: sends the browser to the provider; ``return_to`` is where it is to end up. ``silent=true`` shows
    nothing to who is still signed in there; who is not is shown the provider's own page after all."""
    desk: Desk = request.state.desk
    identity = _identity(desk)
    back = request.query_params.get("return_to", "/graphql")
    if not _is_welcome(back, desk.settings):
        refuse(400, "BAD_REQUEST", "return_to is a path here, or an address of an allowed origin.")
    attempt = Attempt(
        state=secrets.token_urlsafe(32),
        nonce=secrets.token_urlsafe(32),
        verifier=secrets.token_urlsafe(48),
        redirect=f"{desk.settings.public_url.rstrip('/')}/auth/callback",
        silent=request.query_params.get("silent") == "true",
    )
    try:
        address = await identity.address(attempt)
    except IdentityUnavailable as refusal:
        refuse(503, refusal.code, refusal.message, Retry_After="5")
    now = int((await clock.now()).timestamp())
    kept = orjson.dumps([attempt.state, attempt.nonce, attempt.verifier, attempt.redirect, back, now, attempt.silent])
    response = RedirectResponse(address, 303, ALWAYS)
    _set(response, ATTEMPT, _cipher(desk).encrypt(kept, None).hex(), desk.settings, path="/auth", lasts=LASTS)
    return response


async def callback(request: Request) -> Response:
    """GET /auth/callback: what the provider says becomes a session, if it answers the sign-in this browser began."""
    desk: Desk = request.state.desk
    identity = _identity(desk)
    attempt, back = await _attempt(request, desk)
    code = request.query_params.get("code")
    if code is None and attempt.silent:
        return RedirectResponse(f"/auth/login?{urlencode({'return_to': back})}", 303, ALWAYS)
    if code is None:
        said = request.query_params.get("error", "no code")
        refuse(401, "SIGN_IN_FAILED", f"The identity provider did not sign you in: {said[:80]}.")
    person_id, grant = await _signed_in(identity, code, attempt, desk)
    lasts = timedelta(hours=desk.settings.session_hours)
    _, secret = await open_session(person_id, by=system(Tool.GRAPHQL), lasts=lasts)
    if desk.logins.renewals is not None and await desk.logins.renewals.keep(secret, grant):
        lasts = max(lasts, RENEWABLE)
    response = RedirectResponse(back, 303, ALWAYS)
    _set(response, cookie(desk.settings), secret, desk.settings, path="/", lasts=int(lasts.total_seconds()))
    response.delete_cookie(ATTEMPT, path="/auth")
    return response


async def logout(request: Request) -> Response:
    """POST /auth/logout: the session ends at once; ``provider`` is where to sign out of the provider too."""
    desk: Desk = request.state.desk
    identity = _identity(desk)
    if not is_ours(request, desk.settings):
        refuse(403, "ORIGIN_REFUSED", "This page's origin is not allowed. Add it to CASEWARD_CORS_ORIGINS.")
    if secret := request.cookies.get(cookie(desk.settings)):
        await end_session(secret, by=system(Tool.GRAPHQL))
    told = {"provider": await identity.goodbye(back=desk.settings.public_url)}
    response = Response(orjson.dumps(told), headers=ALWAYS, media_type="application/json")
    name, secure = cookie(desk.settings), _is_secure(desk.settings)
    response.delete_cookie(name, path="/", secure=secure, httponly=True, samesite="lax")
    return response


async def session(request: Request) -> Response:
    """GET /auth/session: whether this browser is signed in, as whom, and until when. 401 where it is not, 404 where
    nobody can be."""
    desk: Desk = request.state.desk
    _identity(desk)
    proof = desk.logins.proof(None, request.cookies)
    if proof.door is not Door.SESSION or not is_ours(request, desk.settings):
        refuse(403, "ORIGIN_REFUSED", "This page's origin is not allowed. Add it to CASEWARD_CORS_ORIGINS.")
    found = await authenticated(desk.logins, proof, fresh=True)
    told = {"name": found.actor.name, "expiresAt": found.expires_at}
    return Response(orjson.dumps(told), headers=ALWAYS, media_type="application/json")


def cookie(settings: Settings) -> str:
    """A session's cookie: bound to this very host wherever browsers can be made to."""
    return COOKIES[0] if _is_secure(settings) else COOKIES[1]


def _identity(desk: Desk) -> Identity:
    if desk.logins.identity is None:
        refuse(404, "NOT_FOUND", "Nobody signs in here with a browser: CASEWARD_OIDC_ISSUER is not set.")
    return desk.logins.identity


async def _attempt(request: Request, desk: Desk) -> tuple[Attempt, str]:
    try:
        kept = _cipher(desk).decrypt(bytes.fromhex(request.cookies.get(ATTEMPT, "")), None)
    except (InvalidTag, ValueError):
        refuse(400, "SIGN_IN_STALE", "This sign-in was not begun in this browser. Begin again at /auth/login.")
    state, nonce, verifier, redirect, back, began, silent = orjson.loads(kept)
    told = request.query_params.get("state", "")
    late = (await clock.now()).timestamp() - began > LASTS
    if late or not secrets.compare_digest(state.encode(), told.encode()):
        refuse(400, "SIGN_IN_STALE", "This is not the sign-in this browser began last. Begin again at /auth/login.")
    return Attempt(state=state, nonce=nonce, verifier=verifier, redirect=redirect, silent=silent), back


async def _signed_in(identity: Identity, code: str, attempt: Attempt, desk: Desk) -> tuple[UUID, Grant]:
    try:
        grant = await identity.redeem(code, attempt=attempt)
        assert grant.claims is not None  # noqa: S101 - a code stands for somebody
        return await admit(grant.claims, by=system(Tool.GRAPHQL), rules=desk.logins.rules), grant
    except TokenInvalid:
        refuse(401, "SIGN_IN_FAILED", "The identity provider did not vouch for you. Begin again at /auth/login.")
    except (PersonUnknown, IdentityTaken) as refusal:
        refuse(403, refusal.code, refusal.message)
    except IdentityUnavailable as refusal:
        refuse(503, refusal.code, refusal.message, Retry_After="5")


def _is_welcome(back: str, settings: Settings) -> bool:
    """Whether a browser may be sent there: nobody is led from our sign-in to somebody else's page."""
    if back.startswith("/"):
        return not back.startswith(("//", "/\\")) and back.isprintable()
    return origin_of(back).startswith(("http://", "https://")) and origin_of(back) in settings.cors_origins


def _is_secure(settings: Settings) -> bool:
    return settings.public_url.startswith("https:")


def _set(response: Response, name: str, value: str, settings: Settings, *, path: str, lasts: int) -> None:
    response.set_cookie(
        name, value, max_age=lasts, path=path, secure=_is_secure(settings), httponly=True, samesite="lax"
    )  # fmt: skip


def _cipher(desk: Desk) -> AESSIV:
    return AESSIV(hashlib.sha512(b"caseward.sign_in" + desk.secret).digest())
