"""AWS Signature Version 4, as S3 wants it: paths are encoded once, payloads are named by their SHA-256. Pure.

From the published description of the signing process; its examples are the tests.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

NOTHING = hashlib.sha256(b"").hexdigest()
"""The SHA-256 of an empty body."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """Signs requests to one service of one region."""

    access_key: str
    secret_key: str
    region: str
    service: str = "s3"

    def headers(
        self, method: str, *, host: str, path: str, payload: str, now: datetime, more: Mapping[str, str] | None = None
    ) -> dict[str, str]:
        """Every header to send, `Host` included. ``path`` is not encoded yet; ``payload`` is the body's SHA-256;
        ``more`` is signed too. Requests have no query."""
        at = now.strftime("%Y%m%dT%H%M%SZ")
        sent = {"host": host, "x-amz-content-sha256": payload, "x-amz-date": at}
        sent |= {name.lower(): value for name, value in (more or {}).items()}
        names = ";".join(sorted(sent))
        told = "".join(f"{name}:{' '.join(sent[name].split())}\n" for name in sorted(sent))
        request = "\n".join((method, encoded(path), "", told, names, payload))
        scope = f"{at[:8]}/{self.region}/{self.service}/aws4_request"
        text = "\n".join(("AWS4-HMAC-SHA256", at, scope, hashlib.sha256(request.encode()).hexdigest()))
        signature = hmac.new(self._key(at[:8]), text.encode(), hashlib.sha256).hexdigest()
        by = f"Credential={self.access_key}/{scope},SignedHeaders={names},Signature={signature}"
        return sent | {"authorization": f"AWS4-HMAC-SHA256 {by}"}

    def _key(self, day: str) -> bytes:
        key = f"AWS4{self.secret_key}".encode()
        for part in (day, self.region, self.service, "aws4_request"):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        return key


def encoded(path: str) -> str:
    """A path as it is signed and sent: everything but letters, digits and ``-._~/`` in percent."""
    return quote(path, safe="-._~/")
