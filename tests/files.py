"""Files as tests bring them."""

import hashlib
from collections.abc import AsyncIterator, Iterable
from typing import Any

import httpx

from domain.core.actor import Actor
from domain.files import actions as files
from domain.files.models import Blob, File
from domain.files.rules import Limits

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40
CREATE = """mutation($input: CreateUploadInput!) { createUpload(input: $input) {
  __typename ... on CreateUploadSuccess { upload { id url method headers { name value } expiresAt } replayed }
  ... on Problem { code message path } ... on ValidationFailed { problems { path code } } } }"""
ADD = """mutation($input: AddEvidenceInput!) { addEvidence(input: $input) {
  __typename ... on AddEvidenceSuccess { case { version evidence { nodes { id kind note source capturedAt startsAt
    endsAt file { id name contentType size sha256 url received erased legalHold } } } } }
  ... on Problem { code message path } } }"""
CAPTURED = {"kind": "SCREENSHOT", "capturedAt": "2026-01-31T09:00:00Z"}


def announced(content: bytes, name: str = "room.png", media_type: str = "image/png") -> dict[str, Any]:
    """The input of createUpload."""
    digest = hashlib.sha256(content).hexdigest()
    return {"fileName": name, "contentType": media_type, "size": len(content), "sha256": digest}


async def in_pieces(content: bytes, piece: int = 60_000) -> AsyncIterator[bytes]:
    """A body as a network gives it."""
    for start in range(0, len(content), piece):
        yield content[start : start + piece]


async def a_file(by: Actor, content: bytes = PNG, name: str = "room.png") -> File:
    """A file whose bytes are said to be here, where no store is asked for them."""
    digest = hashlib.sha256(content).hexdigest()
    file = await files.announce(name, by=by, media_type="image/png", size=len(content), digest=digest, limits=Limits())
    known = await Blob.filter(digest=digest).first()
    at = file.created_at
    file.blob_id = (known or await Blob.create(digest=digest, size=file.size, created_at=at, stored_at=at)).id
    await file.save(update_fields=["blob_id"])
    return file


async def created(client: Any, content: bytes = PNG, **about: str) -> dict[str, Any]:
    """The upload of a new file."""
    found = (await client(CREATE, input=announced(content, **about)))["createUpload"]
    assert found["__typename"] == "CreateUploadSuccess", found
    upload: dict[str, Any] = found["upload"]
    return upload


async def sent(base: str, upload: dict[str, Any], content: bytes | AsyncIterator[bytes]) -> httpx.Response:
    """The answer to sending a body as the upload says, without any token."""
    headers = {each["name"]: each["value"] for each in upload["headers"]}
    async with httpx.AsyncClient(base_url=base, timeout=20) as http:
        return await http.request(upload["method"], upload["url"], content=content, headers=headers)


async def brought(client: Any, content: bytes = PNG, **about: str) -> str:
    """The id of a file whose bytes are here."""
    upload = await created(client, content, **about)
    answer = await sent(client.url, upload, content)
    assert answer.status_code in {200, 201}, answer.text
    return str(upload["id"])


def kept(folder: Any) -> Iterable[str]:
    """Every file below a folder, by its path."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
