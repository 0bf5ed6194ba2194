"""How long a file is kept: legal holds, and erasing it for good."""

from collections.abc import Sequence
from uuid import UUID

from domain.core import content, erasure, events
from domain.core.actor import Actor
from domain.core.content import Retention
from domain.core.models import Content
from domain.core.transaction import atomic
from domain.files.errors import FileErased
from domain.files.events import FileHeld, FileReleased
from domain.files.models import Evidence, File
from domain.files.record import empty, ref, visible

LONGEST_REASON = 2000


@atomic
async def hold(file_id: UUID, *, by: Actor, reason: str) -> File:
    """Has a file kept for a legal matter: nobody erases it, with its name and what was noted of it, until it is
    released. Repeating changes nothing."""
    by.ensure("file.hold")
    file, _ = await visible(file_id, by, lock=True)
    if file.erased_at is not None:
        raise FileErased
    if not file.legal_hold:
        why = await content.store(reason, path="reason", retention=Retention.EVIDENCE, limit=LONGEST_REASON)
        await _set_hold(file, held=True)
        await events.append(ref(file.id), FileHeld(reason=why), by=by)
    return file


@atomic
async def release(file_id: UUID, *, by: Actor, reason: str) -> File:
    """Ends a legal hold. Repeating changes nothing."""
    by.ensure("file.hold")
    file, _ = await visible(file_id, by, lock=True)
    if file.legal_hold:
        why = await content.store(reason, path="reason", retention=Retention.EVIDENCE, limit=LONGEST_REASON)
        await _set_hold(file, held=False)
        await events.append(ref(file.id), FileReleased(reason=why), by=by)
    return file


@atomic
async def erase(file_id: UUID, *, by: Actor, reason: str) -> File:
    """Erases a file for good: its name, what was noted of it as evidence, and its bytes unless another file has the
    same. What it belonged to keeps its SHA-256 and says that it was erased. LEGAL_HOLD while it must be kept."""
    by.ensure("content.erase")
    file, _ = await visible(file_id, by, lock=True)
    if file.erased_at is not None:
        return file
    await erasure.erase(await _texts(file), by=by, reason=reason)
    await empty(file)
    return file


@atomic
async def follow_erasure(content_ids: Sequence[UUID], *, by: Actor) -> None:
    """A file whose name was erased is erased: its bytes go too. Harmless to repeat."""
    by.ensure("system.operate")
    rows = File.filter(name_id__in=list(content_ids), erased_at=None, legal_hold=False).order_by("id")
    for file in await rows.select_for_update():
        await empty(file)


async def _set_hold(file: File, *, held: bool) -> None:
    file.legal_hold = held
    await file.save(update_fields=["legal_hold"])
    await Content.filter(id__in=await _texts(file)).update(legal_hold=held)


async def _texts(file: File) -> list[UUID]:
    """A file's name, and what was noted of it alone."""
    own = [file.name_id]
    for row in await Evidence.filter(file_id=file.id):
        for column in ("note_id", "source_id"):
            text = getattr(row, column)
            if text is not None and not await Evidence.exclude(file_id=file.id).filter(**{column: text}).exists():
                own.append(text)
    return own
