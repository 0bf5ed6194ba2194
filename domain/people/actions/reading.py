"""Writing down who was shown what of the things not everybody may see."""

from collections.abc import Sequence
from uuid import UUID

from domain.core import clock
from domain.core.actor import Actor
from domain.core.transaction import atomic
from domain.people.models import SensitiveRead

Shown = tuple[str, UUID]
"""What kind of thing, by the prefix of its ids, and which."""


@atomic
async def note_reads(shown: Sequence[Shown], *, by: Actor, document: str, request_id: str) -> None:
    """One row for each thing, all or none. Nobody needs a right for it: to see is enough.

    Part of no history: no event, and nothing but ids. ``document`` is the SHA-256 of what was asked,
    or the id of the file that was fetched.
    """
    at = await clock.now()
    rows = [
        SensitiveRead(
            reader_id=by.id, subject_type=kind, subject_id=id_, document=document, request_id=request_id, read_at=at
        )
        for kind, id_ in shown
    ]
    await SensitiveRead.bulk_create(rows)
