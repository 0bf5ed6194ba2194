"""Files by HTTP: PUT /uploads/{id} takes what was announced, GET /files/{id} gives what its reader may see."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import suppress
from types import MappingProxyType
from urllib.parse import quote
from uuid import UUID

import orjson
import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse

from api.auth import authenticated
from api.desk import Desk
from api.guarding import ensure_ours
from api.media import JSON
from api.ranges import part
from api.refusals import HttpRefusal, refuse
from domain.core import clock
from domain.core.actor import Actor
from domain.core.errors import NotFound, Refusal
from domain.core.ids import parse_public_id, public_id
from domain.files import links, queries, receiving
from domain.files.errors import FileErased, LinkExpired, LinkInvalid, MediaTypeDiffers, UploadDiffers, UploadTooLarge
from domain.files.ports import BlobMissing, StoreAway
from domain.files.queries import Stored
from domain.files.record import LONGEST_TRANSFER
from domain.people import actions as people

log = structlog.get_logger(__name__)

_STATUS: Mapping[type[Refusal], int] = MappingProxyType(
    {
        NotFound: 404,
        LinkInvalid: 403,
        LinkExpired: 403,
        UploadTooLarge: 413,
        UploadDiffers: 422,
        MediaTypeDiffers: 415,
        FileErased: 410,
    }
)

MOST_REFUSED = 16 * 1024 * 1024
"""Bytes of a refused body that are read on."""

PATIENCE = 5.0
"""Seconds for that."""

GUARDS = {
    "Cache-Control": "private, no-cache",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Accept-Ranges": "bytes",
    "Vary": "Authorization, Cookie",
}
"""What a browser must never do with a file that somebody brought: run it, guess its type, show it to the next user."""


async def receive(request: Request) -> Response:
    """Whoever has the link may send exactly the bytes it was made for, once or again. Nothing else is kept."""
    desk: Desk = request.state.desk
    file_id = _id(request)
    query = request.query_params
    try:
        links.ensure_allows(
            file_id,
            expires=query.get("expires", ""),
            signature=query.get("signature", ""),
            secret=desk.secret,
            now=await clock.now(),
        )
        async with asyncio.timeout(LONGEST_TRANSFER.total_seconds()):
            received = await receiving.receive(
                file_id,
                request.stream(),
                media_type=request.headers.get("content-type", "").partition(";")[0].strip().lower(),
                length=_length(request),
                store=desk.blobs,
            )
    except Refusal as refusal:
        await _heard_out(request)
        raise _told(refusal, Connection="close") from refusal
    except StoreAway as away:
        await _heard_out(request)
        raise _away(away, "Nothing was kept. ") from away
    except TimeoutError as late:
        raise HttpRefusal(408, "TIMED_OUT", "This took too long. Nothing was kept.", {"Connection": "close"}) from late
    except ClientDisconnect as gone:
        raise HttpRefusal(499, "CLIENT_GONE", "The client has gone.") from gone
    file = received.file
    told = {"id": public_id(links.PREFIX, file.id), "size": file.size, "sha256": file.digest}
    return Response(orjson.dumps(told), 200 if received.repeated else 201, media_type=JSON)


async def _heard_out(request: Request) -> None:
    """Reads on for a moment what is refused already: who is cut off while sending never sees the answer."""
    if "expect" in request.headers:
        return
    read = 0
    with suppress(TimeoutError, ClientDisconnect, RuntimeError):  # RuntimeError: it was read to its end
        async with asyncio.timeout(PATIENCE):
            async for part_ in request.stream():
                read += len(part_)
                if read > MOST_REFUSED:
                    return


async def send(request: Request) -> Response:
    """A file, whole or a part of it, to who may see now what it belongs to. Who is shown a file of a case that not
    everybody may see is written down before its first byte leaves."""
    desk: Desk = request.state.desk
    proof = desk.logins.proof(request.headers.get("authorization"), request.cookies)
    ensure_ours(request, proof, desk.settings)
    login = await authenticated(desk.logins, proof)
    try:
        stored = await queries.stored(_id(request), by=login.actor)
    except Refusal as refusal:
        raise _told(refusal) from refusal
    tag = f'"{stored.digest}"'
    if tag in {each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")}:
        return Response(status_code=304, headers={**GUARDS, "ETag": tag})
    wanted = _wanted(request, stored, tag)
    if request.method == "GET":
        await _note(request, stored, login.actor)
    return await _answer(request, stored, tag, wanted)


async def _answer(request: Request, stored: Stored, tag: str, wanted: tuple[int, int] | None) -> Response:
    desk: Desk = request.state.desk
    start, end = wanted or (0, stored.size)
    headers = GUARDS | {
        "ETag": tag,
        "Content-Length": str(end - start),
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(stored.name, safe='')}",
    }
    if wanted is not None:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{stored.size}"
    status = 206 if wanted is not None else 200
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers, media_type=stored.media_type)
    body = desk.blobs.read(stored.key, start=start, end=end)
    try:
        first = await anext(body)
    except StoreAway as away:
        raise _away(away) from away
    except (BlobMissing, StopAsyncIteration) as missing:  # the latter: it is there, and has nothing of what is asked
        log.exception("blob_missing", key=stored.key)
        said = "The store no longer has this file's bytes. Whoever runs Caseward finds it in the log as blob_missing."
        raise HttpRefusal(404, "FILE_LOST", said) from missing
    return StreamingResponse(_rest(first, body), status, headers, stored.media_type)


async def _rest(first: bytes, body: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    """The body with its first piece, which told that it is there."""
    try:
        yield first
        async for piece in body:
            yield piece
    finally:
        await body.aclose()


def _wanted(request: Request, stored: Stored, tag: str) -> tuple[int, int] | None:
    """The part asked for; 416 where the file has none of it. A part of another content than is here is the whole."""
    if request.headers.get("if-range", tag) != tag:
        return None
    try:
        return part(request.headers.get("range"), stored.size)
    except ValueError:
        size = f"bytes */{stored.size}"
        refuse(416, "RANGE_NOT_THERE", f"The file has {stored.size:,} bytes.", Content_Range=size)


async def _note(request: Request, stored: Stored, by: Actor) -> None:
    if stored.noted_case_id is not None:
        shown = [("case", stored.noted_case_id)]
        asked = request.path_params["id"]
        await people.note_reads(shown, by=by, document=asked, request_id=request.state.request_id)


def _id(request: Request) -> UUID:
    found = parse_public_id(links.PREFIX, request.path_params["id"])
    if found is None:
        refuse(404, "NOT_FOUND", "There is no such file that you can see. Check its url.")
    return found


def _length(request: Request) -> int | None:
    said = request.headers.get("content-length", "")
    return int(said) if said.isascii() and said.isdigit() else None


def _told(refusal: Refusal, **headers: str) -> HttpRefusal:
    return HttpRefusal(_STATUS.get(type(refusal), 409), refusal.code, refusal.message, headers)


def _away(error: StoreAway, kept: str = "") -> HttpRefusal:
    """``kept`` is what became of what was sent."""
    log.warning("store_away", error=str(error))
    return HttpRefusal(503, "STORE_UNAVAILABLE", f"The store of files is away. {kept}Try again.", {"Retry-After": "5"})
