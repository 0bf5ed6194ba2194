"""Announcing a file, and what becomes of what nobody used."""

from uuid import UUID

from domain.core import clock, content, timers, transaction
from domain.core.actor import Actor
from domain.core.content import Retention
from domain.core.errors import ValidationFailed
from domain.core.ids import new_id
from domain.core.models import Content
from domain.core.transaction import atomic
from domain.files import rules
from domain.files.errors import TooManyUploads
from domain.files.models import Blob, File
from domain.files.record import UNUSED_TIMER, forget_bytes, ref


@atomic
async def announce(file_name: str, *, by: Actor, media_type: str, size: int, digest: str, limits: rules.Limits) -> File:
    """A file that is to come: its name, its type, and exactly which bytes. It goes where nothing has it after a day.

    Part of no history until it belongs to something. Refuses, all at once, what the installation does not take.
    """
    by.ensure("file.upload")
    if problems := rules.upload_problems(file_name, media_type=media_type, size=size, digest=digest, limits=limits):
        raise ValidationFailed(problems)
    # one at a time for an account: its open uploads are counted
    await transaction.current().connection.execute_query(
        "SELECT pg_advisory_xact_lock(hashtextextended('upload' || $1::text, 0))", [str(by.id)]
    )
    if await File.filter(owner_id=by.id, subject_id=None, erased_at=None).count() >= rules.MOST_UNUSED:
        raise TooManyUploads(rules.MOST_UNUSED)
    name = await content.store(file_name, path="fileName", limit=rules.LONGEST_NAME)
    now = await clock.now()
    file = await File.create(
        id=new_id(),
        owner_id=by.id,
        name_id=name.id,
        media_type=media_type,
        size=size,
        digest=digest,
        retention_class=Retention.CASE,
        created_at=now,
    )
    await timers.arm(UNUSED_TIMER, ref(file.id), now + rules.UNUSED)
    return file


@atomic
async def forget_unused(file_id: UUID, *, by: Actor) -> None:
    """Takes away a file that belongs to nothing, with its bytes where no other has them. One in use stays."""
    by.ensure("system.operate")
    file = await File.filter(id=file_id).select_for_update().first()
    if file is None or file.subject_id is not None or file.legal_hold:
        return
    await file.delete()
    await Content.filter(id=file.name_id, erased_at=None).delete()
    if file.blob_id is not None:
        await forget_bytes(file.blob_id)


@atomic
async def forget_unstored(blob_id: UUID, *, by: Actor) -> None:
    """Takes away what may have been left of bytes whose transfer broke off. Harmless where they arrived."""
    by.ensure("system.operate")
    if await Blob.exists(id=blob_id, stored_at=None):
        await forget_bytes(blob_id)
