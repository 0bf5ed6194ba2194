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

LARGEST = 5 * 1024 * 1024
TOO_LARGE = b""

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

    A body over 5 MB is handed to ``receive`` empty, as TOO_LARGE: it is kept aside, and the sender, whose retries
    would change nothing, hears 200.
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
    verdict = Verdict.TOO_LARGE if body is None else Verdict.FORGED
    if body is not None and source.verify(body, request.headers):
        verdict = Verdict.GENUINE
    RECEIVED.labels(name, verdict).inc()
    if verdict is Verdict.FORGED:
        refuse(401, "SIGNATURE_INVALID", "The signature does not fit the body.")
    try:
        await source.receive(body or TOO_LARGE, request.headers, verdict)
    except (OSError, TimeoutError, BaseORMException, asyncpg.PostgresError, asyncpg.InterfaceError):
        refuse(503, "UNAVAILABLE", "The database is away. Send it again.", Retry_After="30")
    return Response(b"{}", 200, media_type="application/json")


async def _body(request: Request) -> bytes | None:
    """The raw body; None, and no more memory, once it is over the limit."""
    found = bytearray()
    over = False
    async for part in request.stream():
        over = over or len(found) + len(part) > LARGEST
        if not over:
            found += part
    return None if over else bytes(found)
