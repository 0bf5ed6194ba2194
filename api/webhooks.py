"""What other systems tell us: verified on the raw bytes, stored, answered. Nothing is worked on here."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import asyncpg
from prometheus_client import Counter
from starlette.requests import Request
from starlette.responses import Response
from tortoise.exceptions import BaseORMException

from api.metrics import REGISTRY
from api.refusals import refuse
from domain.core.errors import Refusal

LARGEST = 5 * 1024 * 1024
MOST = 26 * 1024 * 1024
"""Bytes that are read at all, to prove who sent them."""

RECEIVED = Counter("caseward_webhooks", "Webhooks received.", ["source", "verdict"], registry=REGISTRY)


class Verdict(StrEnum):
    """What a delivery is worth."""

    GENUINE = "GENUINE"
    FORGED = "FORGED"
    TOO_LARGE = "TOO_LARGE"


Verify = Callable[[bytes, Mapping[str, str]], bool]
Receive = Callable[[bytes, Mapping[str, str], Verdict], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Source:
    """A system that calls us. ``verify`` judges the raw body; ``receive`` stores one row, in one transaction.

    A genuine body over 5 MB is handed to ``receive`` empty, as TOO_LARGE: it is kept aside, and the sender, whose
    retries would change nothing, hears 200.
    """

    verify: Verify
    receive: Receive


async def endpoint(request: Request) -> Response:
    """POST /webhooks/{source}: 401 forged, 404 unknown, 503 while the database is away (they repeat it), else 200."""
    name = request.path_params["source"]
    source: Source | None = request.app.state.sources.get(name)
    if source is None:
        refuse(404, "NOT_FOUND", "No such source of webhooks.")
    body = await _body(request)
    verdict = Verdict.FORGED
    if source.verify(body, request.headers):
        verdict = Verdict.GENUINE if len(body) <= LARGEST else Verdict.TOO_LARGE
    RECEIVED.labels(name, verdict).inc()
    if verdict is Verdict.FORGED:
        refuse(401, "SIGNATURE_INVALID", "The signature does not fit the body.")
    try:
        await source.receive(body if verdict is Verdict.GENUINE else b"", request.headers, verdict)
    except Refusal as refusal:
        refuse(422, refusal.code, refusal.message)
    except (OSError, TimeoutError, BaseORMException, asyncpg.PostgresError, asyncpg.InterfaceError):
        refuse(503, "UNAVAILABLE", "The database is away. Send it again.", Retry_After="30")
    return Response(b"{}", 200, media_type="application/json")


async def _body(request: Request) -> bytes:
    """The raw body; 413 for one so large that nobody sends it in earnest."""
    found = bytearray()
    async for part in request.stream():
        found += part
        if len(found) > MOST:
            refuse(413, "TOO_LARGE", f"At most {MOST:,} bytes.", Connection="close")
    return bytes(found)
