"""What files need of the outside: a place for bytes."""

from collections.abc import AsyncGenerator, AsyncIterable
from typing import Protocol
from uuid import UUID


class BlobMissing(LookupError):
    """The store has nothing under a key that it must have."""


class StoreAway(Exception):
    """The store cannot be reached, or is full: the same may succeed later."""


class BlobStore(Protocol):
    """Keeps bytes under keys, whole or not at all. Every failure of its own is StoreAway."""

    async def put(self, key: str, chunks: AsyncIterable[bytes], *, size: int, digest: str) -> None:
        """Keeps what ``chunks`` yield, safe from a crash once this returns. ``size`` is their bytes, ``digest`` their
        SHA-256. Where ``chunks`` raises, that is raised, and nothing is kept. What was there is replaced."""

    def read(self, key: str, *, start: int = 0, end: int | None = None) -> AsyncGenerator[bytes, None]:
        """The bytes from ``start`` to before ``end``. Raises BlobMissing before the first."""

    async def remove(self, key: str) -> None:
        """Forgets what is under a key, what was begun there included. Harmless where nothing is."""

    async def close(self) -> None:
        """Lets go of connections."""


def key_of(blob_id: UUID, digest: str) -> str:
    """Where a blob's bytes are: by their SHA-256, and by the blob, so that removing one can never take the bytes of
    another that came back with the same content."""
    return f"{digest[:2]}/{digest}/{blob_id.hex}"
