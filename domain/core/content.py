"""Free text and personal values. Events point here, so that a person can be erased without breaking the log."""

import hashlib
from collections.abc import Sequence
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from domain.core import search, transaction
from domain.core.errors import invalid
from domain.core.ids import new_id
from domain.core.texts import ensure_short
from domain.core.transaction import Ref

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


class FileRef(BaseModel):
    """What an event's payload holds of a file: its id, the SHA-256 of its bytes, and where its name is."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    sha256: str
    name: ContentRef


def digest(text: str) -> str:
    """SHA-256 of the UTF-8 bytes, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def checked(text: str, *, path: str, limit: int = LIMIT) -> str:
    """The text as it may be stored. Refuses blank text, U+0000, over ``limit`` characters."""
    if not text.strip():
        raise invalid(path, "Write something: this text is empty.", code="BLANK")
    return ensure_short(text, path=(path,), limit=limit)


_KEEP = "INSERT INTO content (id, digest, body, retention_class) VALUES ($1, $2, $3, $4)"
_KEEP_TO_BE_FOUND = f"""
WITH kept AS ({_KEEP})
INSERT INTO search_document (content_id, subject_type, subject_id, words) VALUES ($1, $5, $6, $7::text::tsvector)
"""


async def store(
    text: str,
    *,
    path: str,
    retention: Retention = Retention.CASE,
    limit: int = LIMIT,
    found_by: Ref | None = None,
) -> ContentRef:
    """Keeps a text in the transaction under way; refuses what ``checked`` refuses.

    ``found_by``: the subject that whoever may see it finds by this text, in the same round trip.
    """
    ref = ContentRef(id=new_id(), digest=digest(checked(text, path=path, limit=limit)))
    values = [ref.id, ref.digest, text, retention.value]
    connection = transaction.current().connection
    if found_by is None:
        await connection.execute_query(_KEEP, values)
    else:
        document = [found_by.type, found_by.id, search.tsvector(text)]
        await connection.execute_query(_KEEP_TO_BE_FOUND, [*values, *document])
    return ref


async def keep(texts: Sequence[tuple[ContentRef, str, Ref | None]], *, retention: Retention = Retention.CASE) -> None:
    """Keeps many texts whose references are made already, each with the subject found by it, in two statements at most.

    The texts must be ``checked``.
    """
    connection = transaction.current().connection
    await connection.execute_query(
        "INSERT INTO content (id, digest, body, retention_class)"
        " SELECT id, digest, body, $4 FROM unnest($1::uuid[], $2::text[], $3::text[]) AS t (id, digest, body)",
        [[ref.id for ref, _, _ in texts], [ref.digest for ref, _, _ in texts], [text for _, text, _ in texts],
         retention.value],
    )  # fmt: skip
    words = {text: search.tsvector(text) for _, text, found_by in texts if found_by is not None}
    found = [(ref.id, found_by, words[text]) for ref, text, found_by in texts if found_by is not None]
    if found:
        await connection.execute_query(
            "INSERT INTO search_document (content_id, subject_type, subject_id, words)"
            " SELECT id, type, subject, words::tsvector"
            " FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[]) AS t (id, type, subject, words)",
            [[id for id, _, _ in found], [by.type for _, by, _ in found], [by.id for _, by, _ in found],  # noqa: A001
             [words for _, _, words in found]],
        )  # fmt: skip
