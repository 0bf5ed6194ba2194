"""Links that let their bearer send one file for a while. Pure: HMAC-SHA256 over what they allow."""

import hmac
from datetime import UTC, datetime, timedelta
from uuid import UUID

from domain.core.ids import public_id
from domain.files.errors import LinkExpired, LinkInvalid

LASTS = timedelta(minutes=15)
PREFIX = "file"


def upload_path(file_id: UUID, *, expires_at: datetime, secret: bytes) -> str:
    """Where the file's bytes are sent to until then: a path with a query."""
    until = int(expires_at.timestamp())
    return f"/uploads/{public_id(PREFIX, file_id)}?expires={until}&signature={_signature(file_id, until, secret)}"


def ensure_allows(file_id: UUID, *, expires: str, signature: str, secret: bytes, now: datetime) -> None:
    """Refuses a link that is not ours, was altered, or has run out."""
    until = int(expires) if expires.isascii() and expires.isdigit() and len(expires) <= 12 else 0
    if not hmac.compare_digest(_signature(file_id, until, secret).encode(), signature.encode()):
        raise LinkInvalid
    if datetime.fromtimestamp(until, UTC) <= now:
        raise LinkExpired


def _signature(file_id: UUID, until: int, secret: bytes) -> str:
    return hmac.new(secret, b"caseward.upload\0%s\0%d" % (file_id.bytes, until), "sha256").hexdigest()
