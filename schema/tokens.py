"""Consistency tokens: what a mutation changed, signed, so that a later query can wait for exactly that."""

import asyncio
import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from uuid import UUID

import orjson

from domain.core import consistency
from domain.core.errors import Refusal
from domain.core.transaction import Ref

MAC_BYTES = 12
MOST = 50
PAUSE = 0.02
TRIES = 24


class TokenRefused(Refusal):
    """The consistency token was altered, or is another installation's."""

    code = "INVALID_TOKEN"


def sign(trail: Mapping[Ref, int], secret: bytes) -> str:
    """The token of what was changed: each subject with its seq, at most 50 of them."""
    said = [[ref.type, ref.id.hex, seq] for ref, seq in list(trail.items())[:MOST]]
    payload = orjson.dumps(said)
    return base64.urlsafe_b64encode(_mac(payload, secret) + payload).rstrip(b"=").decode()


def read(token: str, secret: bytes) -> dict[Ref, int]:
    """What a token speaks of; refuses with INVALID_TOKEN what this installation did not sign."""
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    mac, payload = raw[:MAC_BYTES], raw[MAC_BYTES:]
    if not hmac.compare_digest(mac, _mac(payload, secret)):
        raise TokenRefused("This consistency token was not made here. Leave it out, or use one a mutation gave you.")
    return {Ref(of, UUID(hex=digits)): seq for of, digits, seq in orjson.loads(payload)}


async def wait_for(token: str, secret: bytes) -> bool:
    """Waits, at most half a second, until what the token speaks of is folded everywhere; False says it is not yet."""
    subjects = read(token, secret)
    for _ in range(TRIES):
        if await consistency.is_folded(subjects):
            return True
        await asyncio.sleep(PAUSE)
    return await consistency.is_folded(subjects)


def _mac(payload: bytes, secret: bytes) -> bytes:
    return hmac.digest(hashlib.sha256(b"caseward.token" + secret).digest(), payload, "sha256")[:MAC_BYTES]
