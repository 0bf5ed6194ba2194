"""What HTTP itself refuses: every answer that is no 2xx is JSON of GraphQL's shape with a code."""

from collections.abc import Mapping
from typing import Any, NoReturn

import orjson
import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api.media import JSON, for_errors
from domain.core.ids import new_id
from domain.core.pooled import is_lost

log = structlog.get_logger(__name__)

PLAIN = f"{JSON}; charset=utf-8"
RETRYABLE = frozenset({408, 429, 503, 504})
"""Statuses after which the same request may succeed a little later."""
AWAY = "The database is away. Send it again; what changes something, under the same Idempotency-Key."
_CODES = {404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED", 413: "TOO_LARGE", 415: "UNSUPPORTED_MEDIA_TYPE"}


class HttpRefusal(Exception):
    """A request that is answered before anything runs."""

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = dict(headers or {})


class OperationRefused(Exception):
    """The request cannot run at all; ``errors`` are ready to be sent."""

    def __init__(self, errors: list[dict[str, Any]]) -> None:
        super().__init__(errors[0]["message"])
        self.errors = errors


def refuse(status: int, code: str, message: str, **headers: str) -> NoReturn:
    """Ends the request; header names are written with underscores."""
    raise HttpRefusal(status, code, message, {name.replace("_", "-"): value for name, value in headers.items()})


def answer(
    status: int, code: str, message: str, headers: Mapping[str, str] | None = None, *, media: str = PLAIN, **more: Any
) -> Response:
    """An error answer of GraphQL's shape, without data."""
    told = {"code": code, "retryable": status in RETRYABLE, **more}
    body = {"errors": [{"message": message, "extensions": told}]}
    return Response(orjson.dumps(body), status, dict(headers or {}), media)


async def on_refusal(request: Request, error: Exception) -> Response:
    """The answer to HttpRefusal."""
    assert isinstance(error, HttpRefusal)  # noqa: S101 - it is registered for this class
    return answer(error.status, error.code, error.message, error.headers, media=_media(request))


async def on_http(request: Request, error: Exception) -> Response:
    """The answer to what Starlette refuses: unknown paths, methods, bodies."""
    assert isinstance(error, HTTPException)  # noqa: S101 - it is registered for this class
    code = _CODES.get(error.status_code, "HTTP_ERROR")
    return answer(error.status_code, code, error.detail, error.headers, media=_media(request))


async def on_failure(request: Request, error: Exception) -> Response:
    """The answer to what nobody expected: masked, with the id under which it is in the log."""
    if is_away(error):
        return answer(503, "UNAVAILABLE", AWAY, {"Retry-After": "1"}, media=_media(request))
    said = "Something went wrong on our side. Tell us the errorId."
    return answer(500, "INTERNAL", said, media=_media(request), errorId=logged(error))


def _media(request: Request) -> str:
    return for_errors(request.headers.get("accept"))


def is_away(error: BaseException) -> bool:
    """Whether this says that the database went away, and nothing about what was asked."""
    return is_lost(error) or isinstance(error, OSError)


def logged(error: BaseException) -> str:
    """Writes an unexpected error to the log and says under which id."""
    error_id = new_id().hex
    log.error("unexpected", error_id=error_id, exc_info=error)
    return error_id
