"""GET of a registered document: an answer with an ETag, and 304 while nothing of it has changed.

It is computed for its viewer each time, so that a 304 can never be about somebody else's answer; what it spares is
the transfer. Shared caches keep nothing.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from schema import reads

PRIVATE = {"Cache-Control": "private, no-cache", "Vary": "Accept, Authorization, Cookie"}
NEVER = {"Cache-Control": "no-store"}


def tagged(request: Request, response: Response, answer: Mapping[str, Any]) -> Response:
    """The same response with its ETag, or 304 where the client has it. An answer with errors is kept nowhere."""
    if "errors" in answer or "data" not in answer:
        response.headers.update(NEVER)
        return response
    media = response.headers["content-type"]
    told = hashlib.sha256(media.encode() + b"\0" + reads.encode({"data": answer["data"]}))
    tag = f'W/"{told.hexdigest()[:32]}"'
    if _has(request.headers.get("if-none-match", ""), tag):
        return Response(None, 304, PRIVATE | {"ETag": tag})
    response.headers.update(PRIVATE | {"ETag": tag})
    return response


def _has(header: str, tag: str) -> bool:
    """Compared weakly: extensions may differ between two answers with the same data."""
    offered = {part.strip().removeprefix("W/") for part in header.split(",")}
    return "*" in offered or tag.removeprefix("W/") in offered
