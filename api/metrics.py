"""Numbers for Prometheus, and the middleware that names, times and counts every request."""

import re
import time
from functools import cache
from typing import Any

import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from domain.core.actor import Actor
from domain.core.ids import new_id
from schema.documents import Document

REGISTRY = CollectorRegistry()
REQUESTS = Counter("caseward_http_requests", "Requests answered.", ["method", "route", "status"], registry=REGISTRY)
SECONDS = Histogram("caseward_http_seconds", "Seconds until the answer began.", ["route"], registry=REGISTRY)
DEPRECATED = Counter(
    "caseward_deprecated_uses",
    "Answers to documents that use what will be gone.",
    ["used", "account"],
    registry=REGISTRY,
)

_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
_METHODS = frozenset({"GET", "POST", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"})


def count_deprecated(document: Document, by: Actor) -> None:
    """Counts each thing a document uses that will be gone once, for whoever sent it."""
    for used in {error.message.partition(" is deprecated")[0].removeprefix("The ") for error in document.deprecated}:
        DEPRECATED.labels(used, by.name).inc()


async def endpoint(_: Request) -> Response:
    """GET /metrics."""
    return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)


class Observed:
    """Gives every request its id (the client's, where it sends a decent X-Request-Id) and measures it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if _NAME.fullmatch(given) else new_id().hex
        scope.setdefault("state", {})["request_id"] = request_id
        began = time.perf_counter()

        async def observed(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["X-Request-Id"] = request_id
                _count(scope, message["status"], time.perf_counter() - began)
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            await self._app(scope, receive, observed)


def _count(scope: Any, status: int, seconds: float) -> None:
    found = scope.get("route")
    route = getattr(found, "path", "other")
    method = scope["method"] if scope["method"] in _METHODS else "OTHER"
    counter, histogram = _of(method, route, status)
    counter.inc()
    histogram.observe(seconds)


@cache
def _of(method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    """Looked up once: methods, routes and statuses are few, whatever clients send."""
    return REQUESTS.labels(method, route, status), SECONDS.labels(route)
