"""Search documents made again from the texts, beside those that are stored: after a release that reads texts in another
way, and wherever a row was lost."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from domain.core import search, transaction
from domain.core.heads import hold
from domain.core.tables import Difference, Row, Table, differences
from domain.core.transaction import Ref, atomic

DOCUMENT = Table("search_document", key=("content_id",), owner="subject_id")

_STORED = """
SELECT content_id, subject_type, subject_id, words::text AS words FROM search_document
WHERE subject_type = $1 AND subject_id = ANY ($2::uuid[])
"""
_PUT = """
INSERT INTO search_document (content_id, subject_type, subject_id, words)
SELECT u.content_id, $1, u.subject_id, u.words::tsvector FROM unnest($2::uuid[], $3::uuid[], $4::text[])
    AS u (content_id, subject_id, words)
ON CONFLICT (content_id) DO UPDATE
    SET subject_type = excluded.subject_type, subject_id = excluded.subject_id, words = excluded.words
"""


@atomic
async def compare(subject_type: str, ids: Sequence[UUID], *, texts: str, check: bool) -> list[Difference]:
    """Where the documents of subjects are not what their texts make; they are brought in line unless ``check``.

    ``texts``: a select of subject_id and content_id, all that subjects of this type are found by.
    """
    connection = transaction.current().connection
    # nobody adds a text meanwhile
    await hold([Ref(subject_type, id) for id in ids])  # noqa: A001
    made = await _made(subject_type, ids, texts)
    stored = await connection.execute_query_dict(_STORED, [subject_type, list(ids)])
    found = list(differences(DOCUMENT, stored, made))
    if found and not check:
        await _write(subject_type, found, made, stored)
    return found


async def _made(subject_type: str, ids: Sequence[UUID], texts: str) -> list[Row]:
    connection = transaction.current().connection
    kept = await connection.execute_query_dict(
        f"SELECT t.content_id, t.subject_id, c.body FROM ({texts}) t JOIN content c ON c.id = t.content_id"
        " WHERE t.subject_id = ANY ($1::uuid[]) AND c.body IS NOT NULL",
        [list(ids)],
    )
    written = await connection.execute_query_dict(
        "SELECT u.words::tsvector::text AS words FROM unnest($1::text[]) WITH ORDINALITY AS u (words, place)"
        " ORDER BY u.place",
        [[search.tsvector(row["body"]) for row in kept]],
    )
    return [
        {"content_id": row["content_id"], "subject_type": subject_type, "subject_id": row["subject_id"], **words}
        for row, words in zip(kept, map(dict, written), strict=True)
    ]


async def _write(
    subject_type: str, apart: Sequence[Difference], made: Sequence[Row], stored: Sequence[Mapping[str, Any]]
) -> None:
    connection = transaction.current().connection
    keys = {each.key for each in apart}
    wanted = [row for row in made if DOCUMENT.key_of(row) in keys]
    gone = {DOCUMENT.key_of(row) for row in stored} & keys - {DOCUMENT.key_of(row) for row in made}
    await connection.execute_query(
        "DELETE FROM search_document WHERE content_id = ANY ($1::uuid[])", [[UUID(key) for (key,) in gone]]
    )
    columns = [[row[name] for row in wanted] for name in ("content_id", "subject_id", "words")]
    await connection.execute_query(_PUT, [subject_type, *columns])
