"""Consistency tokens: what a mutation changed, so that a later query can wait for exactly that.

They are sealed: a token may speak of cases its bearer cannot see. Their length says nothing either, to 256 bytes."""

import asyncio
import base64
import binascii
import functools
import hashlib
from collections.abc import Mapping
from uuid import UUID

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from domain.core import consistency
from domain.core.errors import Refusal
from domain.core.transaction import Ref

BLOCK = 256
MOST = 50
PAUSE = 0.02
TRIES = 24


class TokenRefused(Refusal):
    """The consistency token was altered, or is another installation's."""

    code = "INVALID_TOKEN"


def seal(trail: Mapping[Ref, int], secret: bytes) -> str:
    """The token of what was changed: each subject with its seq, at most 50 of them."""
    said = [[ref.type, ref.id.hex, seq] for ref, seq in list(trail.items())[:MOST]]
    payload = orjson.dumps(said)
    padded = payload.ljust(-(-len(payload) // BLOCK) * BLOCK)
    return base64.urlsafe_b64encode(_cipher(secret).encrypt(padded, None)).rstrip(b"=").decode()


def read(token: object, secret: bytes) -> dict[Ref, int]:
    """What a token speaks of; refuses with INVALID_TOKEN what this installation did not seal."""
    try:
        text = token if isinstance(token, str) else "not text"
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        payload = _cipher(secret).decrypt(raw, None)
    except (binascii.Error, ValueError, InvalidTag):
        raise TokenRefused(
            "This consistency token was not made here. Leave it out, or use one a mutation gave you."
        ) from None
    return {Ref(of, UUID(hex=digits)): seq for of, digits, seq in orjson.loads(payload)}


async def wait_for(token: object, secret: bytes) -> bool:
    """Waits, at most half a second, until what the token speaks of is folded everywhere; False says it is not yet."""
    subjects = read(token, secret)
    for _ in range(TRIES):
        if await consistency.is_folded(subjects):
            return True
        await asyncio.sleep(PAUSE)
    return await consistency.is_folded(subjects)


@functools.lru_cache(maxsize=4)
def _cipher(secret: bytes) -> AESSIV:
    """AES-SIV, RFC 5297: the same change has the same token, and no nonce can be used twice."""
    return AESSIV(hashlib.sha512(b"caseward.token" + secret).digest())
