"""Finding a file's bytes for who may have them."""

from dataclasses import dataclass
from uuid import UUID

from domain.cases.states import Sensitivity
from domain.core.actor import Actor
from domain.core.models import Content
from domain.files.errors import FileErased, UploadNotReceived
from domain.files.ports import key_of
from domain.files.record import visible


@dataclass(frozen=True, slots=True)
class Stored:
    """Where a file's bytes are, and what to say of them. ``noted_case_id``: the case of which it is written down who
    was shown it; None where that is nobody's concern."""

    key: str
    name: str
    media_type: str
    size: int
    digest: str
    noted_case_id: UUID | None


async def stored(file_id: UUID, *, by: Actor) -> Stored:
    """The bytes of a file the actor may see now. Refuses one that was erased, and one whose bytes have not come."""
    file, case = await visible(file_id, by)
    name = await Content.get(id=file.name_id)
    if file.erased_at is not None or name.body is None:
        raise FileErased
    if file.blob_id is None:
        raise UploadNotReceived(())
    noted = case is not None and case.sensitivity is not Sensitivity.STANDARD
    return Stored(
        key=key_of(file.blob_id, file.digest),
        name=name.body,
        media_type=file.media_type,
        size=file.size,
        digest=file.digest,
        noted_case_id=case.id if case is not None and noted else None,
    )
