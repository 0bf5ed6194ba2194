"""A small OpenID Connect provider: a real HTTP server with keys of its own, which it can change, lose and refuse."""

import asyncio
import base64
import hashlib
import json
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode

import jwt
import uvicorn
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT = "caseward"


class Issuer:
    """Whom it vouches for is what the test says: ``person`` are the claims of whoever signs in next. ``refreshing``: it
    gives refresh tokens, each good once, and all of them bad once one has come twice; ``lasting`` is for how many
    seconds its word holds. ``signed_out``: nobody has a session at it that would do without asking."""

    def __init__(self) -> None:
        self.url = ""
        self.keys: dict[str, tuple[str, Any]] = {}
        self.person: dict[str, Any] = {}
        self.away = False
        self.refreshing = False
        self.lasting = 300
        self.signed_out = False
        self.refreshes: set[str] = set()
        self.refreshed = 0
        self.refuses = ""
        self.asked: list[str] = []
        self._codes: dict[str, dict[str, str]] = {}
        self.app = Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._describe),
                Route("/keys", self._keys),
                Route("/authorize", self._authorize),
                Route("/token", self._token, methods=["POST"]),
            ]
        )

    def rotate(self, kid: str, algorithm: str = "RS256", *, keep: bool = False) -> None:
        """From now on it signs with a new key; the old ones are gone from its set unless they are kept."""
        if not keep:
            self.keys.clear()
        if algorithm == "ES256":
            self.keys[kid] = (algorithm, ec.generate_private_key(ec.SECP256R1()))
        else:
            self.keys[kid] = (algorithm, rsa.generate_private_key(65537, 2048))

    def claims(self, **told: Any) -> dict[str, Any]:
        """What it says of somebody: valid for ten minutes, for this client."""
        now = int(time.time())
        return {"iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 600} | self.person | told

    def token(self, *, kid: str | None = None, headers: dict[str, Any] | None = None, **told: Any) -> str:
        """A signed token; claims that are None are left out."""
        kid = kid or next(reversed(self.keys))
        algorithm, key = self.keys[kid]
        claims = {name: value for name, value in self.claims(**told).items() if value is not None}
        return jwt.encode(claims, key, algorithm, headers={"kid": kid} | (headers or {}))

    def public(self, kid: str) -> dict[str, Any]:
        """A key as its set shows it."""
        algorithm, key = self.keys[kid]
        told = ECAlgorithm.to_jwk(key.public_key()) if algorithm == "ES256" else RSAAlgorithm.to_jwk(key.public_key())
        return json.loads(told) | {"kid": kid, "use": "sig", "alg": algorithm}

    async def _describe(self, _: Request) -> Response:
        self.asked.append("description")
        if self.away:
            return Response(status_code=503)
        places = {"jwks_uri": "keys", "authorization_endpoint": "authorize", "token_endpoint": "token"}
        told = {name: f"{self.url}/{place}" for name, place in places.items()}
        return JSONResponse(told | {"issuer": self.url, "end_session_endpoint": f"{self.url}/bye"})

    async def _keys(self, _: Request) -> Response:
        self.asked.append("keys")
        if self.away:
            return Response(status_code=503)
        return JSONResponse({"keys": [self.public(kid) for kid in self.keys]})

    async def _authorize(self, request: Request) -> Response:
        """Signs the test's person in without a word."""
        asked = dict(request.query_params)
        if self.signed_out and asked.get("prompt") == "none":
            told = {"error": "login_required", "state": asked["state"]}
            return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(told)}", 303)
        code = secrets.token_hex(8)
        self._codes[code] = asked
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}", 303)

    async def _token(self, request: Request) -> Response:
        form = await request.form()
        if self.away:
            return Response(status_code=503)
        if form["grant_type"] == "refresh_token":
            return self._refreshed(str(form["refresh_token"]))
        asked = self._codes.pop(str(form["code"]), None)
        verifier = hashlib.sha256(str(form["code_verifier"]).encode()).digest()
        challenge = base64.urlsafe_b64encode(verifier).rstrip(b"=").decode()
        if asked is None or challenge != asked["code_challenge"] or asked["code_challenge_method"] != "S256":
            return JSONResponse({"error": "invalid_grant"}, 400)
        return JSONResponse({"id_token": self.token(nonce=self.person.get("nonce", asked["nonce"]))} | self._more())

    def _refreshed(self, token: str) -> Response:
        self.refreshed += 1
        if self.refuses:
            return JSONResponse({"error": self.refuses}, 400)
        if token not in self.refreshes:
            self.refreshes.clear()
            return JSONResponse({"error": "invalid_grant"}, 400)
        self.refreshes.remove(token)
        return JSONResponse({"id_token": self.token()} | self._more())

    def _more(self) -> dict[str, Any]:
        told: dict[str, Any] = {"access_token": secrets.token_hex(8), "expires_in": self.lasting}
        if self.refreshing:
            told["refresh_token"] = secrets.token_hex(16)
            self.refreshes.add(told["refresh_token"])
        return told


@asynccontextmanager
async def issuing() -> AsyncIterator[Issuer]:
    """An issuer on a port of its own until the block ends."""
    issuer = Issuer()
    issuer.rotate("first")
    server = uvicorn.Server(uvicorn.Config(issuer.app, port=0, log_level="warning", lifespan="off"))
    task = asyncio.create_task(server.serve())
    while not server.started:
        assert not task.done(), task
        await asyncio.sleep(0.01)
    issuer.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    yield issuer
    server.should_exit = True
    await task
