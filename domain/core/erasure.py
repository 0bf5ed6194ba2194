"""Erasing texts and personal values for good: the body goes, the log keeps its digest and says that it went."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from domain.core import content, events, transaction
from domain.core.actor import Actor
from domain.core.errors import NotFound, Refused, invalid
from domain.core.events import ContentErased
from domain.core.heads import hold
from domain.core.transaction import Ref, atomic

MOST = 1000

_LOCK = "SELECT id, legal_hold, erased_at FROM content WHERE id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE"

# A text is older than every event that refers to it, so partitions from before the oldest text are not read; a day is
# more than clocks of hosts differ by.
_REFERRING = """
SELECT e.subject_type, e.subject_id, array_agg(DISTINCT (t->>'id')::uuid) AS content_ids
FROM event e, jsonb_path_query(e.payload,
    'strict $.** ? (@.digest.type() == "string" && @.id.type() == "string")', silent => true) t
WHERE e.recorded_at >= coalesce($2::timestamptz, '-infinity') AND t->>'id' = ANY ($1::text[])
GROUP BY 1, 2 ORDER BY 1, 2
"""

_OLDEST = "SELECT min(uuid_extract_timestamp(id)) - interval '1 day' AS at FROM unnest($1::uuid[]) AS id"


class UnderLegalHold(Refused):
    """A text must be kept for a legal matter."""

    code = "LEGAL_HOLD"

    def __init__(self, held: int) -> None:
        super().__init__(f"A legal hold keeps {held} of the texts or files asked for. Ask legal to lift it first.")


@dataclass(frozen=True, slots=True)
class Erased:
    """Which texts are gone now that were there before, and whose timelines say so."""

    content_ids: tuple[UUID, ...]
    subjects: tuple[Ref, ...]


@atomic
async def erase(content_ids: Sequence[UUID], *, by: Actor, reason: str) -> Erased:
    """Empties texts for good, takes them out of search, and says so on every subject whose events refer to them. Those
    erased before stay so.

    Refuses all of them where one is under legal hold or unknown. Versions of the subjects stay: nothing about them
    changed. Cost: one pass over the events since the oldest of the texts.
    """
    by.ensure("content.erase")
    if not 1 <= len(content_ids) <= MOST:
        raise invalid("contentIds", f"Name 1 to {MOST} texts.")
    connection = transaction.current().connection
    asked = sorted(set(content_ids))
    found = await connection.execute_query_dict(_LOCK, [asked])
    if missing := set(asked) - {row["id"] for row in found}:
        raise NotFound("text", min(missing), path=("contentIds",))
    if held := sum(row["legal_hold"] for row in found):
        raise UnderLegalHold(held)
    gone = [row["id"] for row in found if row["erased_at"] is None]
    if not gone:
        return Erased((), ())
    why = await content.store(reason, path="reason", limit=2000)
    subjects = await _subjects(gone, connection)
    await hold(list(subjects))
    for ref, ids in subjects.items():
        await events.append(ref, ContentErased(content_ids=tuple(sorted(ids)), reason=why), by=by)
    await connection.execute_query(
        "UPDATE content SET body = NULL, erased_at = app_clock() WHERE id = ANY ($1::uuid[])", [gone]
    )
    await connection.execute_query("DELETE FROM search_document WHERE content_id = ANY ($1::uuid[])", [gone])
    return Erased(tuple(gone), tuple(subjects))


async def _subjects(gone: Sequence[UUID], connection: Any) -> dict[Ref, list[UUID]]:
    """Whose events refer to which of the texts; a text no event refers to is a subject of its own."""
    (oldest,) = await connection.execute_query_dict(_OLDEST, [gone])
    rows = await connection.execute_query_dict(_REFERRING, [[str(id) for id in gone], oldest["at"]])  # noqa: A001
    subjects = {Ref(row["subject_type"], row["subject_id"]): row["content_ids"] for row in rows}
    referred = {id for ids in subjects.values() for id in ids}  # noqa: A001
    return subjects | {Ref("content", id): [id] for id in gone if id not in referred}  # noqa: A001
