"""Bytes on their way into the store, held to what was announced of them. Pure."""

import hashlib
from collections.abc import AsyncGenerator, AsyncIterable

from domain.files.errors import MediaTypeDiffers, UploadDiffers, UploadTooLarge
from domain.files.media import HEAD, fits

CHUNK = 1024 * 1024
"""Bytes that are passed on at once, and the most that is held of a file beside what has just come."""


async def checked(
    body: AsyncIterable[bytes], *, size: int, digest: str, media_type: str
) -> AsyncGenerator[bytes, None]:
    """The same bytes in chunks. The last chunk is yielded only if all of them are what was announced, so that whoever
    waits for ``size`` bytes never has a whole file of something else.

    Refuses with UploadTooLarge, MediaTypeDiffers or UploadDiffers as soon as it can tell.
    """
    seen, held, found, told = 0, bytearray(), hashlib.sha256(), False
    async for part in body:
        seen += len(part)
        if seen > size:
            raise UploadTooLarge(size)
        found.update(part)
        held += part
        if not told and len(held) >= HEAD:
            _ensure_fits(media_type, held)
            told = True
        # never the last byte: it leaves when everything is known
        if len(held) > CHUNK:
            yield bytes(held[:-1])
            del held[:-1]
    if seen != size or found.hexdigest() != digest:
        raise UploadDiffers
    if not told:
        _ensure_fits(media_type, held)
    yield bytes(held)


def _ensure_fits(media_type: str, held: bytearray) -> None:
    if not fits(media_type, bytes(held[:HEAD])):
        raise MediaTypeDiffers(media_type)
