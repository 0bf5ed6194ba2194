"""Files under their locks, their bytes' rows, and when bytes may go."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from domain.cases.models import Case
from domain.core import clock, effects, timers, transaction
from domain.core.actor import Actor
from domain.core.content import ContentRef, FileRef, Retention
from domain.core.errors import NotFound
from domain.core.judging import holds
from domain.core.models import Content
from domain.core.transaction import Ref
from domain.files.errors import FileAttachedAlready, FileErased, UploadNotReceived
from domain.files.filters import FILE
from domain.files.models import Blob, File
from domain.files.ports import key_of
from domain.files.visibility import FILES

UNUSED_TIMER = "FILE_UNUSED"
UNSTORED_TIMER = "BLOB_UNSTORED"
REMOVE = "BLOB_REMOVE"
"""The effect that takes bytes out of the store."""

LONGEST_TRANSFER = timedelta(minutes=15)
"""A file that is not here after so long does not come any more."""


def ref(file_id: UUID) -> Ref:
    """The file as a subject of the log and of timers."""
    return Ref("file", file_id)


def blob_ref(blob_id: UUID) -> Ref:
    """The blob as a subject of timers and effects."""
    return Ref("blob", blob_id)


async def visible(file_id: UUID, by: Actor, *, lock: bool = False) -> tuple[File, Case | None]:
    """A file, with the case it belongs to if to one. NOT_FOUND where the actor may not see it."""
    rows = File.filter(id=file_id)
    file = await (rows.select_for_update() if lock else rows).first()
    if file is None or not await holds(FILES, FILE, file_id, viewer=by):
        raise NotFound("file", file_id)
    return file, await Case.filter(id=file.subject_id).first() if file.subject_type == "case" else None


async def unused(file_ids: Sequence[UUID], by: Actor) -> list[tuple[File, FileRef]]:
    """The actor's own files, here and belonging to nothing, under their locks, in the order given.

    Refuses another's like one that nobody has.
    """
    rows = await File.filter(id__in=sorted(set(file_ids))).order_by("id").select_for_update()
    names = await Content.filter(id__in=[row.name_id for row in rows])
    digests = {name.id: name.digest for name in names}
    known = {row.id: row for row in rows if row.owner_id == by.id}
    found = []
    for place, file_id in enumerate(file_ids):
        file, path = known.get(file_id), ("fileIds", place)
        if file is None:
            raise NotFound("file", file_id, path=path)
        if file.erased_at is not None:
            raise FileErased
        if file.subject_id is not None:
            raise FileAttachedAlready(path)
        if file.blob_id is None:
            raise UploadNotReceived(path)
        name = ContentRef(id=file.name_id, digest=digests[file.name_id])
        found.append((file, FileRef(id=file.id, sha256=file.digest, name=name)))
    return found


async def give(files: Sequence[File], subject: Ref, *, part_id: UUID | None, retention: Retention) -> None:
    """Says what files belong to from here on; they wait for nothing any more."""
    ids = [file.id for file in files]
    connection = transaction.current().connection
    await connection.execute_query(
        "UPDATE file SET subject_type = $2, subject_id = $3, part_id = $4, retention_class = $5,"
        " attached_at = app_clock() WHERE id = ANY ($1::uuid[])",
        [ids, subject.type, subject.id, part_id, retention.value],
    )
    await connection.execute_query(
        "UPDATE content SET retention_class = $2 WHERE id = ANY ($1::uuid[])",
        [[file.name_id for file in files], retention.value],
    )
    await timers.set_all(UNUSED_TIMER, dict.fromkeys(map(ref, ids)))


async def forget_bytes(blob_id: UUID) -> None:
    """The blob's row goes, and its bytes after the transaction, unless a file still has them."""
    blob = await Blob.filter(id=blob_id).select_for_update().first()
    if blob is None or await File.exists(blob_id=blob_id):
        return
    await blob.delete()
    await timers.disarm(UNSTORED_TIMER, blob_ref(blob_id))
    await effects.plan(
        REMOVE,
        key=f"blob-remove/{blob_id.hex}",
        ref=blob_ref(blob_id),
        payload={"key": key_of(blob_id, blob.digest)},
    )


async def empty(file: File) -> None:
    """The file is a tombstone from here on: its bytes go unless another file has them."""
    blob_id = file.blob_id
    file.erased_at, file.blob_id = file.erased_at or await clock.now(), None
    await file.save(update_fields=["erased_at", "blob_id"])
    await timers.disarm(UNUSED_TIMER, ref(file.id))
    if blob_id is not None:
        await forget_bytes(blob_id)
