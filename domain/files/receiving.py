"""A file's bytes come in: a row first, then the bytes outside any transaction, then the file has them.

Whoever dies in between leaves a row that says where bytes may lie; its timer has them removed.
"""

from collections.abc import AsyncIterable
from dataclasses import dataclass
from uuid import UUID

from domain.core import clock, timers, transaction
from domain.core.errors import NotFound
from domain.core.ids import new_id
from domain.core.transaction import atomic
from domain.files.checking import checked
from domain.files.errors import FileErased, MediaTypeDiffers, UploadTooLarge
from domain.files.models import Blob, File
from domain.files.ports import BlobStore, key_of
from domain.files.record import LONGEST_TRANSFER, UNSTORED_TIMER, blob_ref, forget_bytes


@dataclass(frozen=True, slots=True)
class Received:
    """A file whose bytes are here. ``repeated``: they were before."""

    file: File
    repeated: bool


async def receive(
    file_id: UUID, body: AsyncIterable[bytes], *, media_type: str, length: int | None, store: BlobStore
) -> Received:
    """Keeps a file's bytes if they are what was announced, else nothing. The same bytes again change nothing.

    ``media_type`` and ``length`` are what the sender says of the body; who may send was judged by the link.
    """
    file, blob = await _begin(file_id, media_type=media_type, length=length)
    bytes_ = checked(body, size=file.size, digest=file.digest, media_type=file.media_type)
    if blob is None:
        async for _ in bytes_:
            pass
        return Received(file, repeated=True)
    try:
        await store.put(key_of(blob.id, blob.digest), bytes_, size=blob.size, digest=blob.digest)
    except BaseException:
        await _give_up(blob.id)
        raise
    received = await _finish(file_id, blob.id)
    if received is None:
        raise NotFound("file", file_id)
    return received


@atomic
async def _begin(file_id: UUID, *, media_type: str, length: int | None) -> tuple[File, Blob | None]:
    """The file, and a row for the bytes to come; none where they are here."""
    file = await File.filter(id=file_id).first()
    if file is None:
        raise NotFound("file", file_id)
    if file.erased_at is not None:
        raise FileErased
    if media_type != file.media_type:
        raise MediaTypeDiffers(file.media_type)
    if length is not None and length > file.size:
        raise UploadTooLarge(file.size)
    if file.blob_id is not None:
        return file, None
    now = await clock.now()
    blob = await Blob.create(id=new_id(), digest=file.digest, size=file.size, created_at=now)
    # whoever sends has half of this time: bytes are never taken from under a transfer
    await timers.arm(UNSTORED_TIMER, blob_ref(blob.id), now + 2 * LONGEST_TRANSFER)
    return file, blob


@atomic
async def _finish(file_id: UUID, blob_id: UUID) -> Received | None:
    """The file has its bytes: these, or the same that another brought before. None where it has gone meanwhile."""
    file = await File.filter(id=file_id).select_for_update().first()
    if file is None or file.erased_at is not None:
        await forget_bytes(blob_id)
        return None
    if file.blob_id is not None:
        await forget_bytes(blob_id)
        return Received(file, repeated=True)
    await transaction.current().connection.execute_query(
        "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", [file.digest]
    )
    known = await Blob.filter(digest=file.digest, stored_at__isnull=False).select_for_update().first()
    file.blob_id = known.id if known is not None else blob_id
    if known is None:
        await Blob.filter(id=blob_id).update(stored_at=await clock.now())
        await timers.disarm(UNSTORED_TIMER, blob_ref(blob_id))
    await file.save(update_fields=["blob_id"])
    if known is not None:
        await forget_bytes(blob_id)
    return Received(file, repeated=False)


@atomic
async def _give_up(blob_id: UUID) -> None:
    await forget_bytes(blob_id)
