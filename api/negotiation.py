"""Reading a GraphQL request from HTTP, and choosing in which form to answer."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from starlette.requests import Request

from api.media import EVENTS, GRAPHQL, JSON, preferred
from api.refusals import refuse

LARGEST = 1024 * 1024
_DIGEST = re.compile(r"(?:sha256:)?([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    """What a client asks to run: a text, the SHA-256 of a registered one, or both. ``trusted`` once it is found."""

    query: str
    variables: dict[str, Any] = field(default_factory=dict)
    operation_name: str | None = None
    extensions: dict[str, Any] = field(default_factory=dict)
    document: str | None = None
    trusted: bool = False


def accepted(header: str | None) -> str:
    """The best of what we offer; JSON where nothing is said. 406 where we offer none of it."""
    best = preferred(header)
    if not best:
        refuse(406, "NOT_ACCEPTABLE", f"We can answer as {GRAPHQL}, {JSON} or {EVENTS}.")
    return best


async def read_request(request: Request) -> GraphQLRequest:
    """The request of a GET's query or a POST's JSON body; 400 or 415 where it is none."""
    if request.method in {"GET", "HEAD"}:
        given: dict[str, Any] = dict(request.query_params)
        for name in ("variables", "extensions"):
            if name in given:
                given[name] = _json(given[name].encode(), name)
        return parsed(given)
    media, _, parameters = request.headers.get("content-type", "").partition(";")
    charset = parameters.lower().replace(" ", "").replace('"', "")
    if media.strip().lower() != JSON or ("charset=" in charset and "charset=utf-8" not in charset):
        refuse(415, "UNSUPPORTED_MEDIA_TYPE", "Send JSON: Content-Type: application/json", Accept=JSON)
    return parsed(_json(await _body(request), "The body"))


async def _body(request: Request) -> bytes:
    found = bytearray()
    async for part in request.stream():
        found += part
        if len(found) > LARGEST:
            refuse(413, "TOO_LARGE", f"At most {LARGEST:,} bytes at once.", Connection="close")
    return bytes(found)


def _json(text: bytes, what: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        refuse(400, "BAD_REQUEST", f"{what} cannot be read as JSON: {why_unreadable(error)}.")


def why_unreadable(error: orjson.JSONDecodeError) -> str:
    """What is wrong with a JSON text and where, as people say it."""
    if "depth" in error.msg or "recursion" in error.msg.lower():
        return "it is nested too deeply"
    if "surrogate" in error.msg:
        return f"a text holds half of a surrogate pair or bytes that are no UTF-8, line {error.lineno}"
    return f"{error.msg}, line {error.lineno}, column {error.colno}"


def parsed(given: Any) -> GraphQLRequest:
    """A request object's members, each of its type; 400 otherwise. Batches are not taken."""
    if not isinstance(given, Mapping):
        refuse(400, "BAD_REQUEST", "Send one JSON object with a query, no list.")
    name = given.get("operationName")
    if name is not None and not isinstance(name, str):
        refuse(400, "BAD_REQUEST", "operationName must be a text.")
    variables, extensions = _object(given, "variables"), _object(given, "extensions")
    document = _document(given, extensions)
    query = given.get("query")
    if query is None and document is not None:
        query = ""
    elif not isinstance(query, str) or not query.strip():
        refuse(400, "BAD_REQUEST", "query must be a text with a GraphQL document.")
    return GraphQLRequest(query, variables, name or None, extensions, document)


def _document(given: Mapping[str, Any], extensions: Mapping[str, Any]) -> str | None:
    """The SHA-256 a document is asked for by, in either way clients write it."""
    found = given.get("documentId")
    if found is None and isinstance(extensions.get("persistedQuery"), dict):
        found = extensions["persistedQuery"].get("sha256Hash")
    if found is None:
        return None
    match = _DIGEST.fullmatch(found) if isinstance(found, str) else None
    if match is None:
        refuse(400, "BAD_REQUEST", "A document's id is sha256: and 64 hexadecimal digits in small letters.")
    return match[1]


def _object(given: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = given.get(name)
    if found is None:
        return {}
    if not isinstance(found, dict):
        refuse(400, "BAD_REQUEST", f"{name} must be an object.")
    return found
