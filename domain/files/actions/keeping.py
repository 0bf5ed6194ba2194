"""How long a file is kept: legal holds, and erasing it for good."""

from collections.abc import Sequence
from uuid import UUID

from domain.core import clock, content, erasure, events, timers, transaction
from domain.core.actor import Actor
from domain.core.content import Retention
from domain.core.models import Content
from domain.core.transaction import atomic
from domain.files import rules
from domain.files.events import FileHeld, FileReleased
from domain.files.models import File
from domain.files.record import UNUSED_TIMER, empty, ref, visible

LONGEST_REASON = 2000
FOLLOWED = "The name of the file it was noted of was erased."
"""Why a note was erased that nobody named."""

_NOTED = """
SELECT c.id, EXISTS (SELECT 1 FROM evidence o JOIN file f ON f.id = o.file_id
    WHERE o.case_id = e.case_id AND f.id <> $1 AND c.id IN (o.note_id, o.source_id) AND {}) AS shared
FROM evidence e JOIN content c ON c.id IN (e.note_id, e.source_id) WHERE e.file_id = $1 ORDER BY c.id
"""
_HELD = _NOTED.format("f.legal_hold")
_LEFT = _NOTED.format("f.erased_at IS NULL")


@atomic
async def hold(file_id: UUID, *, by: Actor, reason: str) -> File:
    """Has a file kept for a legal matter: nobody erases it, with its name and what was noted of it, until it is
    released. Repeating changes nothing."""
    by.ensure("file.hold")
    file, _ = await visible(file_id, by, lock=True)
    rules.ensure_can_hold(by, erased=file.erased_at is not None)
    if not file.legal_hold:
        why = await content.store(reason, path="reason", retention=Retention.EVIDENCE, limit=LONGEST_REASON)
        own, shared = await _texts(file, _HELD)
        await _set_hold(file, [*own, *shared], held=True)
        await events.append(ref(file.id), FileHeld(reason=why), by=by)
    return file


@atomic
async def release(file_id: UUID, *, by: Actor, reason: str) -> File:
    """Ends a legal hold; what was noted of another that is held too stays held. A file that belongs to nothing has a
    day again. Repeating changes nothing."""
    rules.ensure_can_release(by)
    file, _ = await visible(file_id, by, lock=True)
    if file.legal_hold:
        why = await content.store(reason, path="reason", retention=Retention.EVIDENCE, limit=LONGEST_REASON)
        own, _ = await _texts(file, _HELD)
        await _set_hold(file, own, held=False)
        await events.append(ref(file.id), FileReleased(reason=why), by=by)
        if file.subject_id is None:
            await timers.arm(UNUSED_TIMER, ref(file.id), await clock.now() + rules.UNUSED)
    return file


@atomic
async def erase(file_id: UUID, *, by: Actor, reason: str) -> File:
    """Erases a file for good: its name, what was noted of it and of none that is left, and its bytes unless another
    file has the same. What it belonged to keeps its SHA-256 and says that it was erased. LEGAL_HOLD while it must be
    kept."""
    by.ensure("content.erase")
    file, _ = await visible(file_id, by, lock=True)
    rules.ensure_can_erase(by, erased=file.erased_at is not None, held=file.legal_hold)
    if file.erased_at is not None:
        return file
    own, _ = await _texts(file, _LEFT)
    await erasure.erase(own, by=by, reason=reason)
    await empty(file)
    return file


@atomic
async def follow_erasure(content_ids: Sequence[UUID], *, by: Actor) -> None:
    """A file whose name was erased is erased: its bytes go, and what was noted of it and of none that is left, unless a
    legal hold keeps that. Harmless to repeat."""
    by.ensure("system.operate")
    rows = File.filter(name_id__in=list(content_ids), erased_at=None, legal_hold=False).order_by("id")
    for file in await rows.select_for_update():
        own, _ = await _texts(file, _LEFT)
        noted = await Content.filter(id__in=own, legal_hold=False, erased_at=None).values_list("id", flat=True)
        if noted:
            await erasure.erase([UUID(str(id)) for id in noted], by=by, reason=FOLLOWED)  # noqa: A001
        await empty(file)


async def _set_hold(file: File, content_ids: Sequence[UUID], *, held: bool) -> None:
    file.legal_hold = held
    await file.save(update_fields=["legal_hold"])
    await Content.filter(id__in=content_ids).update(legal_hold=held)


async def _texts(file: File, noted: str) -> tuple[list[UUID], list[UUID]]:
    """A file's name with what was noted of it; and apart, what was noted of others too that ``noted`` asks about. Under
    their locks: of two files at once, one sees what became of the other."""
    connection = transaction.current().connection
    await connection.execute_query(f"{noted} FOR UPDATE OF c", [file.id])
    rows = await connection.execute_query_dict(noted, [file.id])
    own = [file.name_id, *(row["id"] for row in rows if not row["shared"])]
    return own, [row["id"] for row in rows if row["shared"]]
