"""Proving the log: every check is one statement over all of it, and names what is wrong by subject and place.

What it cannot see: a forger who recomputes a subject's chain to its end and its head (``event_head``) with it. Only a
copy of the heads that is kept elsewhere shows that.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from domain.core import transaction
from domain.core.actor import Actor
from domain.core.transaction import Ref, atomic

_HASH = (
    "event_hash(e.prev_hash, e.subject_type, e.subject_id, {seq}, e.kind, e.schema_version, e.occurred_at,"
    " e.recorded_at, e.actor_id, e.actor_kind, e.origin, e.tool, e.causation_id, e.correlation_id, e.batch_id,"
    " e.source, e.source_event_id, e.payload)"
)

# An event whose hash is right for another place of its subject was moved, not rewritten.
_CHAIN = f"""
SELECT subject_type, subject_id, id AS event_id, seq AS place, CASE
        WHEN seq = before_seq THEN 'SEQ_REPEATED'
        WHEN altered AND EXISTS (SELECT 1 FROM event o WHERE o.subject_type = e.subject_type
            AND o.subject_id = e.subject_id AND e.hash = {_HASH.format(seq="o.seq")}) THEN 'ORDER_CHANGED'
        WHEN altered THEN 'EVENT_ALTERED'
        WHEN seq <> before_seq + 1 THEN 'EVENT_MISSING'
        ELSE 'CHAIN_BROKEN' END AS code
FROM (SELECT *, lag(hash, 1, ''::bytea) OVER w AS before_hash, lag(seq, 1, 0::bigint) OVER w AS before_seq,
        hash IS DISTINCT FROM {_HASH.format(seq="e.seq")} AS altered
    FROM event e WINDOW w AS (PARTITION BY subject_type, subject_id ORDER BY seq, id)) e
WHERE altered OR seq <> before_seq + 1 OR prev_hash <> before_hash
"""

_HEADS = """
SELECT subject_type, subject_id, l.id AS event_id, coalesce(l.seq, h.seq) AS place,
    CASE WHEN l.id IS NULL THEN 'EVENTS_GONE' WHEN h.seq IS NULL THEN 'HEAD_GONE'
        WHEN h.seq > l.seq THEN 'LAST_EVENT_MISSING' ELSE 'HEAD_DIFFERS' END AS code
FROM event_head h FULL JOIN (SELECT DISTINCT ON (subject_type, subject_id) subject_type, subject_id, id, seq, hash
    FROM event ORDER BY subject_type, subject_id, seq DESC) l USING (subject_type, subject_id)
WHERE (h.seq, h.hash) IS DISTINCT FROM (l.seq, l.hash)
"""

_POSITIONS = """
SELECT p.subject_type, p.subject_id, p.event_id, p.position AS place,
    CASE WHEN p.position <> p.before + 1 THEN 'POSITION_GAP' WHEN e.id IS NULL THEN 'POSITION_WITHOUT_EVENT'
        WHEN e.seq <= p.before_seq THEN 'POSITIONS_SWAPPED' ELSE 'POSITION_DIFFERS' END AS code
FROM (SELECT q.*, lag(q.position, 1, 0::bigint) OVER (ORDER BY q.position) AS before,
        lag(v.seq, 1, 0::bigint) OVER (PARTITION BY q.subject_type, q.subject_id ORDER BY q.position) AS before_seq
    FROM event_position q LEFT JOIN event v ON v.id = q.event_id) p
LEFT JOIN event e ON e.id = p.event_id
WHERE p.position <> p.before + 1 OR e.id IS NULL OR e.seq <= p.before_seq
    OR (e.subject_type, e.subject_id, e.kind, e.recorded_at)
        IS DISTINCT FROM (p.subject_type, p.subject_id, p.kind, p.recorded_at)
UNION ALL
SELECT e.subject_type, e.subject_id, e.id, e.seq,
    CASE WHEN p.event_id IS NULL THEN 'EVENT_UNPLACED' ELSE 'EVENT_PLACED_TWICE' END
FROM event e LEFT JOIN event_position p ON p.event_id = e.id LEFT JOIN event_unsequenced u ON u.event_id = e.id
WHERE (p.event_id IS NULL) = (u.event_id IS NULL)
UNION ALL
SELECT NULL, NULL, NULL, s.position, 'SEQUENCER_DIFFERS' FROM sequencer s
WHERE s.position <> (SELECT coalesce(max(position), 0) FROM event_position)
"""

_CONTENT = """
SELECT r.subject_type, r.subject_id, r.event_id, r.seq AS place,
    CASE WHEN c.id IS NULL THEN 'CONTENT_GONE' WHEN c.erased_at IS NOT NULL THEN 'ERASURE_UNRECORDED'
        WHEN c.body IS NULL THEN 'CONTENT_EMPTIED' ELSE 'CONTENT_ALTERED' END AS code
FROM (SELECT e.subject_type, e.subject_id, e.id AS event_id, e.seq, (t->>'id')::uuid AS id, t->>'digest' AS digest
    FROM event e, jsonb_path_query(e.payload,
        'strict $.** ? (@.digest.type() == "string" && @.id like_regex "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")',
        silent => true) t) r
LEFT JOIN content c ON c.id = r.id
WHERE c.id IS NULL OR c.digest <> r.digest OR (c.body IS NULL) <> (c.erased_at IS NOT NULL)
    OR encode(sha256(convert_to(c.body, 'UTF8')), 'hex') <> r.digest
    OR (c.erased_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM event x WHERE x.kind = 'ContentErased'
        AND x.subject_type = r.subject_type AND x.subject_id = r.subject_id
        AND x.payload->'content_ids' ? c.id::text))
"""

_SOURCES = """
SELECT e.subject_type, e.subject_id, e.id AS event_id, e.seq AS place, 'SOURCE_LOST' AS code
FROM event e LEFT JOIN event_source s ON s.source = e.source AND s.source_event_id = e.source_event_id
WHERE e.source IS NOT NULL AND s.event_id IS DISTINCT FROM e.id
"""

CHECKS: Mapping[str, str] = {
    "chain": _CHAIN,
    "heads": _HEADS,
    "positions": _POSITIONS,
    "content": _CONTENT,
    "sources": _SOURCES,
}

_COUNTS = """
SELECT (SELECT count(*) FROM event) AS events, (SELECT count(*) FROM event_head) AS subjects,
    (SELECT count(*) FROM event_position) AS positions, (SELECT count(*) FROM event_unsequenced) AS unsequenced,
    (SELECT count(*) FROM content) AS contents, (SELECT count(*) FROM content WHERE erased_at IS NOT NULL) AS erased
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that is not as it was written. ``place`` is the event's seq, or the position where that is at fault."""

    check: str
    code: str
    ref: Ref | None
    event_id: int | None
    place: int | None


@dataclass(slots=True)
class Verified:
    """What was looked at, how many findings each check has, and the first of them."""

    counts: dict[str, int]
    totals: dict[str, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """Whether nothing was found."""
        return not any(self.totals.values())


@atomic
async def verify(*, by: Actor, limit: int = 20) -> Verified:
    """Checks the whole log as of one instant; ``limit`` findings of each check are kept, all are counted.

    Cost: every event is hashed once; three seconds for 100,000 events on two cores. Nothing is locked.
    """
    by.ensure("log.verify")
    connection = transaction.current().connection
    await connection.execute_query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY", [])
    (counts,) = await connection.execute_query_dict(_COUNTS, [])
    verified = Verified(dict(counts))
    for name, check in CHECKS.items():
        rows = await connection.execute_query_dict(
            f"SELECT f.*, count(*) OVER () AS total FROM ({check}) f"
            " ORDER BY f.subject_type, f.subject_id, f.place LIMIT $1",
            [limit],
        )
        verified.totals[name] = rows[0]["total"] if rows else 0
        verified.findings += [_finding(name, row) for row in rows]
    return verified


def _finding(check: str, row: Mapping[str, Any]) -> Finding:
    subject_id: UUID | None = row["subject_id"]
    return Finding(
        check=check,
        code=row["code"],
        ref=Ref(row["subject_type"], subject_id) if subject_id else None,
        event_id=row["event_id"],
        place=row["place"],
    )
