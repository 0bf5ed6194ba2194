"""Links that let their bearer send one file for a while. Pure: HMAC-SHA256 over what they allow."""

import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from domain.core.ids import public_id
from domain.files.errors import LinkExpired, LinkInvalid

LASTS = timedelta(minutes=15)
PREFIX = "file"


@dataclass(frozen=True, slots=True)
class UploadLink:
    """Where a file's bytes are sent to, a path with a query, and until when: whole seconds since 1970, UTC."""

    path: str
    until: int


def upload_link(file_id: UUID, *, announced_at: datetime, secret: bytes) -> UploadLink:
    """The link of a file, which lasts from its announcement on."""
    until = int((announced_at + LASTS).timestamp())
    signed = f"expires={until}&signature={_signature(file_id, until, secret)}"
    return UploadLink(f"/uploads/{public_id(PREFIX, file_id)}?{signed}", until)


def ensure_allows(file_id: UUID, *, expires: str, signature: str, secret: bytes, now: datetime) -> None:
    """Refuses a link that is not ours, was altered, or has run out."""
    until = int(expires) if expires.isascii() and expires.isdigit() and len(expires) <= 12 else 0
    if not hmac.compare_digest(_signature(file_id, until, secret).encode(), signature.encode()):
        raise LinkInvalid
    if datetime.fromtimestamp(until, UTC) <= now:
        raise LinkExpired


def _signature(file_id: UUID, until: int, secret: bytes) -> str:
    return hmac.new(secret, b"caseward.upload\0%s\0%d" % (file_id.bytes, until), "sha256").hexdigest()
