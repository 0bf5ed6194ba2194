"""Signatures both ways: HMAC-SHA256 over the moment and the body. Pure."""

import hashlib
import hmac
from datetime import datetime, timedelta

TIMESTAMP = "X-Caseward-Timestamp"
SIGNATURE = "X-Caseward-Signature"
IDEMPOTENCY = "Idempotency-Key"

TOLERANCE = timedelta(minutes=5)


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """``sha256=`` and the hexadecimal digest of ``<timestamp>.<body>``."""
    digest = hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256)
    return f"sha256={digest.hexdigest()}"


def signed(secret: str, body: bytes, *, now: datetime) -> dict[str, str]:
    """The headers that sign a body."""
    timestamp = str(int(now.timestamp()))
    return {TIMESTAMP: timestamp, SIGNATURE: signature(secret, timestamp, body)}


def is_genuine(secret: str, timestamp: str | None, given: str | None, body: bytes, *, now: datetime) -> bool:
    """Whether the signature is right and at most five minutes old (or ahead). Compared in constant time."""
    if not timestamp or not given or not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > 12:
        return False
    if abs(now.timestamp() - int(timestamp)) > TOLERANCE.total_seconds():
        return False
    return hmac.compare_digest(signature(secret, timestamp, body).encode(), given.encode())
