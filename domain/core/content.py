"""Free text and personal values. Events point here, so that a person can be erased without breaking the log."""

import hashlib
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from domain.core import transaction
from domain.core.errors import invalid
from domain.core.ids import new_id
from domain.core.texts import ensure_short

LIMIT = 100_000


class Retention(StrEnum):
    """How long a text is kept."""

    CASE = "CASE"
    INQUIRY = "INQUIRY"
    REPORTER = "REPORTER"
    EVIDENCE = "EVIDENCE"


class ContentRef(BaseModel):
    """What an event's payload holds of a text: its id and the SHA-256 of its UTF-8 bytes."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    digest: str


def digest(text: str) -> str:
    """SHA-256 of the UTF-8 bytes, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def checked(text: str, *, path: str, limit: int = LIMIT) -> str:
    """The text as it may be stored. Refuses blank text, U+0000, over ``limit`` characters."""
    if not text.strip():
        raise invalid(path, "Write something: this text is empty.", code="BLANK")
    return ensure_short(text, path=(path,), limit=limit)


async def store(text: str, *, path: str, retention: Retention = Retention.CASE, limit: int = LIMIT) -> ContentRef:
    """Keeps a text in the transaction under way; refuses what ``checked`` refuses."""
    ref = ContentRef(id=new_id(), digest=digest(checked(text, path=path, limit=limit)))
    await transaction.current().connection.execute_query(
        "INSERT INTO content (id, digest, body, retention_class) VALUES ($1, $2, $3, $4)",
        [ref.id, ref.digest, text, retention.value],
    )
    return ref
