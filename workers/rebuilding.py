"""Tables computed from the log again: compared with what is stored, or written over it.

What no fold here makes is no projection of the log: operational state (leases, drafts, timers, effects, runs of pages,
cursors, the mirror's bookkeeping), rows that hold what the log must not (people, contacts, addresses), and versions of
what is configured, which are their own record.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson
import structlog
from tortoise import connections

from domain.cases import ranks
from domain.cases import tables as cases
from domain.core import search_documents, transaction
from domain.core.actor import Actor
from domain.core.events import COLUMNS, Recorded
from domain.core.pooled import is_lost
from domain.core.tables import Difference, Fold, Row, Table, differences, plain
from domain.core.transaction import Ref, atomic
from domain.escalation import fold as pages
from domain.files import fold as files
from domain.inquiries import fold as inquiries
from domain.review import fold as review
from domain.sla import rebuilding as clocks
from domain.sla import recording, worklist

log = structlog.get_logger(__name__)

BATCH = 200


@dataclass(frozen=True, slots=True)
class Folded:
    """A projection of one kind of subject: its tables, in the order in which rows can be added, and its fold."""

    subject_type: str
    tables: Sequence[Table]
    fold: Fold


FOLDED: Mapping[str, Folded] = {
    "subject": Folded("subject", cases.SUBJECT, cases.subject_rows),
    "signal": Folded("signal", cases.SIGNAL, cases.signal_rows),
    "case": Folded("case", cases.CASE, cases.case_rows),
    "evidence": Folded("case", files.EVIDENCE, files.rows),
    "decision": Folded("decision", review.DECISION, review.decision_rows),
    "page": Folded("page", pages.PAGE, pages.rows),
    "inquiry": Folded("inquiry", inquiries.INQUIRY, inquiries.rows),
    "enforcement": Folded("enforcement", review.ENFORCEMENT, review.enforcement_rows),
}

FOUND_BY: Mapping[str, str] = {"case": cases.TEXTS, "inquiry": inquiries.TEXTS}
"""By subject type, a select of the texts its search documents are made of."""

CLOCKS = "clocks"
RANKS = "ranks"
WORKLIST = "worklist"
SEARCH = "search"
PROJECTIONS = (*FOLDED, CLOCKS, RANKS, WORKLIST, SEARCH)
"""What can be rebuilt, in the order in which it must be where tables are empty."""


@dataclass(slots=True)
class Rebuilt:
    """How many subjects each projection has, how many of them differed, and the first differences."""

    subjects: dict[str, int] = field(default_factory=dict)
    totals: dict[str, int] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)


async def rebuild(names: Sequence[str], *, by: Actor, check: bool, limit: int = 20) -> Rebuilt:
    """Folds every subject of these projections and compares; writes what differs unless ``check``.

    A batch of subjects at a time is kept from being changed meanwhile. A row whose subject has no events at all is
    reported and left. Acting goes on; nothing fires and nothing is sent.
    """
    by.ensure("system.operate")
    rebuilt = Rebuilt()
    for name in names:
        rebuilt.subjects[name] = rebuilt.totals[name] = 0
        for subject_type in _subjects(name):
            last = UUID(int=0)
            while ids := await _next(subject_type, last):
                found = await _batch(name, subject_type, ids, check=check)
                _count(rebuilt, name, len(ids), found, limit)
                last = ids[-1]
        if name in FOLDED:
            for table in FOLDED[name].tables:
                _count(rebuilt, name, 0, await _unfounded(table, FOLDED[name].subject_type), limit)
    return rebuilt


def _subjects(name: str) -> Sequence[str]:
    several = {CLOCKS: clocks.SUBJECTS, RANKS: ("case",), WORKLIST: ("case",), SEARCH: tuple(FOUND_BY)}
    return several[name] if name in several else (FOLDED[name].subject_type,)


def _count(rebuilt: Rebuilt, name: str, subjects: int, found: Sequence[Difference], limit: int) -> None:
    rebuilt.subjects[name] += subjects
    rebuilt.totals[name] += len({(each.table, each.key) for each in found})
    rebuilt.differences += found[: max(0, limit - len(rebuilt.differences))]


async def _next(subject_type: str, last: UUID) -> list[UUID]:
    rows = await connections.get("default").execute_query_dict(
        "SELECT subject_id FROM event_head WHERE subject_type = $1 AND subject_id > $2 ORDER BY subject_id LIMIT $3",
        [subject_type, last, BATCH],
    )
    return [row["subject_id"] for row in rows]


async def _batch(name: str, subject_type: str, ids: list[UUID], *, check: bool) -> list[Difference]:
    if name == CLOCKS:
        return await _clocks([Ref(subject_type, id) for id in ids], check=check)  # noqa: A001
    if name == RANKS:
        return await ranks.compare(ids, check=check)
    if name == WORKLIST:
        return await worklist.compare(ids, check=check)
    if name == SEARCH:
        return await search_documents.compare(subject_type, ids, texts=FOUND_BY[subject_type], check=check)
    return await _fold_batch(FOLDED[name], ids, check=check)


async def _clocks(refs: Sequence[Ref], *, check: bool) -> list[Difference]:
    """One transaction for all of them. Where one fails they are tried one by one; that one is named, and parked unless
    ``check``, and the others land."""
    try:
        return await clocks.compare(refs, check=check)
    except Exception as error:
        if is_lost(error):
            raise
        if len(refs) > 1:
            return [each for ref in refs for each in await _clocks([ref], check=check)]
        log.exception("clocks_not_rebuilt", subject=str(refs[0].id))
        told = f"{type(error).__name__}: {error}"
        if not check:
            await _park(refs[0], told)
        return [clocks.unfolded(refs[0], told)]


@atomic
async def _park(ref: Ref, error: str) -> None:
    await recording.set_aside(ref, error)


@atomic
async def _fold_batch(folded: Folded, ids: list[UUID], *, check: bool) -> list[Difference]:
    connection = transaction.current().connection
    # Whoever adds to a subject holds its head: with the heads held, rows and events are of one moment.
    await connection.execute_query(
        "SELECT 1 FROM event_head WHERE subject_type = $1 AND subject_id = ANY ($2::uuid[]) ORDER BY subject_id"
        " FOR UPDATE",
        [folded.subject_type, ids],
    )
    expected = [folded.fold(history) for history in await _histories(folded.subject_type, ids, connection)]
    found: list[Difference] = []
    for table in folded.tables:
        rows = [row for rows in expected for row in rows[table.name]]
        stored = await connection.execute_query_dict(
            f'SELECT * FROM "{table.name}" WHERE "{table.owner}" = ANY ($1::uuid[])', [ids]
        )
        apart = list(differences(table, stored, rows))
        if apart and not check:
            await _write(table, rows, apart, connection)
        found += apart
    return found


async def _histories(subject_type: str, ids: list[UUID], connection: Any) -> list[list[Recorded]]:
    rows = await connection.execute_query_dict(
        f"SELECT {COLUMNS} FROM event e WHERE e.subject_type = $1 AND e.subject_id = ANY ($2::uuid[])"
        " ORDER BY e.subject_id, e.seq",
        [subject_type, ids],
    )
    histories: dict[UUID, list[Recorded]] = {}
    for row in rows:
        histories.setdefault(row["subject_id"], []).append(Recorded.of_row(row))
    return list(histories.values())


async def _write(table: Table, rows: Sequence[Row], apart: Sequence[Difference], connection: Any) -> None:
    by_key = {table.key_of(row): row for row in rows}
    missing = [by_key[each.key] for each in apart if each.column is None and each.stored is None]
    changed = {each.key: by_key[each.key] for each in apart if each.column is not None}
    unknown = [each.stored for each in apart if each.column is None and each.folded is None]
    same = " AND ".join(f't."{column}" = s."{column}"' for column in table.key)
    source = f'jsonb_populate_recordset(NULL::"{table.name}", $1::jsonb) s'
    if unknown:
        await connection.execute_query(f'DELETE FROM "{table.name}" t USING {source} WHERE {same}', [_dumped(unknown)])
    if changed:
        first = next(iter(changed.values()))
        told = ", ".join(f'"{column}" = s."{column}"' for column in first if column not in table.key)
        await connection.execute_query(
            f'UPDATE "{table.name}" t SET {told} FROM {source} WHERE {same}', [_dumped(list(changed.values()))]
        )
    if missing:
        columns = ", ".join(f'"{column}"' for column in missing[0])
        if "id" in missing[0]:
            told, into = columns, columns
        else:
            told, into = f"uuidv7(), {columns}", f"id, {columns}"
        await connection.execute_query(
            f'INSERT INTO "{table.name}" ({into}) SELECT {told} FROM {source}', [_dumped(missing)]
        )


async def _unfounded(table: Table, subject_type: str) -> list[Difference]:
    """Rows of subjects the log has never heard of."""
    rows = await connections.get("default").execute_query_dict(
        f'SELECT t.* FROM "{table.name}" t WHERE NOT EXISTS (SELECT 1 FROM event_head h WHERE h.subject_type = $1'
        f' AND h.subject_id = t."{table.owner}")',
        [subject_type],
    )
    return list(differences(table, rows, []))


def _dumped(rows: Sequence[object]) -> str:
    return orjson.dumps(rows, default=_text).decode()


def _text(value: object) -> object:
    known = plain(value)
    return known if known is not value else str(value)
