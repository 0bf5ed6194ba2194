"""Rows of folded clocks into their tables: of any number of subjects in one statement."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from domain.core import transaction
from domain.core.transaction import Ref
from domain.sla.rows import ClockRows, Row, dumped

NOTHING: Mapping[Ref, datetime | None] = MappingProxyType({})

_KEEP = "keep_clocks($1::jsonb, $2::jsonb, $3::jsonb, $4::jsonb, $5, $6::jsonb, $7, $8)"

_FORGET = """
DELETE FROM sla_clock c USING unnest($1::text[], $2::uuid[]) AS s (type, id)
WHERE c.subject_type = s.type AND c.subject_id = s.id
"""


async def write(
    rows: Iterable[ClockRows],
    stored: Mapping[UUID, str],
    *,
    due: Mapping[Ref, datetime | None] = NOTHING,
    cases: Sequence[UUID] = (),
    ranks: Sequence[Row] = (),
) -> None:
    """Brings the tables to these rows where they differ by digest. ``stored``: the digests that are there, of all
    clocks of the same subjects; what is no longer among the rows goes. ``due``: the timers that change, None for none.
    ``cases`` get these ``ranks``, and their places in lists. One round trip, with what is deferred; none for nothing.
    """
    folded = {row.id: row for row in rows}
    gone = stored.keys() - folded.keys()
    changed = [row for id, row in folded.items() if stored.get(id) != row.digest]  # noqa: A001
    if not (gone or changed or due or cases):
        return
    timers = [{"type": ref.type, "id": ref.id, "at": at} for ref, at in due.items()]
    told = [list(gone) or None, dumped(timers) if due else None, list(cases) or None, dumped(ranks) if ranks else None]
    transaction.defer(_KEEP, [*_told(changed, stored), *told])
    await transaction.flush()


def _told(changed: Sequence[ClockRows], stored: Mapping[UUID, str]) -> list[str | None]:
    if not changed:
        return [None] * 4
    lengths = [
        {"id": row.id, "segments": len(row.segments), "transitions": len(row.transitions)}
        for row in changed
        if row.id in stored
    ]
    return [
        dumped([row.clock for row in changed]),
        dumped([segment for row in changed for segment in row.segments]),
        dumped([step for row in changed for step in row.transitions]),
        dumped(lengths),
    ]


async def forget(refs: Sequence[Ref]) -> None:
    """Empties the tables of the clocks of these subjects."""
    await transaction.current().connection.execute_query(
        _FORGET, [[ref.type for ref in refs], [ref.id for ref in refs]]
    )
