"""Taking back what was done to many cases: as if it had never been, for their clocks too."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.cases import many, undoing
from domain.cases.events import SignalJudged
from domain.cases.many import Judged
from domain.cases.standing import Alike, stand
from domain.cases.states import SignalOutcome
from domain.cases.undoing import Told, Undoing
from domain.core import events, transaction
from domain.core.actor import Actor
from domain.core.errors import NotFound, Refusal
from domain.core.events import COLUMNS, Entry, Recorded
from domain.core.ids import new_id
from domain.core.transaction import Ref

_HISTORY = f"""
SELECT {COLUMNS}, coalesce(e.batch_id = $2, e.actor_id = $3 AND e.recorded_at >= $4, false) AS mine
FROM event e WHERE e.subject_type = 'case' AND e.subject_id = ANY ($1::uuid[]) ORDER BY e.subject_id, e.seq
"""

_WITHDRAW = """
WITH gone AS (DELETE FROM case_comment WHERE id = ANY ($1::uuid[]) RETURNING body_id)
DELETE FROM search_document d USING gone g WHERE d.content_id = g.body_id
"""

# The outcome a signal had before the batch: the last said by anything else.
_JUDGED = """
SELECT s.id, (SELECT b.payload->>'outcome' FROM event b WHERE b.subject_type = 'signal' AND b.subject_id = s.id
    AND b.kind = 'SignalJudged' AND b.seq < e.seq ORDER BY b.seq DESC LIMIT 1) AS before
FROM event e JOIN signal s ON s.id = e.subject_id
JOIN case_signal c ON c.signal_id = s.id AND c.detached_at IS NULL
WHERE e.batch_id = $1 AND e.subject_type = 'signal' AND e.kind = 'SignalJudged' AND s.version = e.seq
    AND c.case_id = ANY ($2::uuid[])
ORDER BY s.id FOR UPDATE OF s
"""


@dataclass(frozen=True, slots=True)
class Whose:
    """What is to be undone: a batch; or what an actor did since a moment."""

    batch_id: UUID | None = None
    actor_id: UUID | None = None
    since: datetime | None = None


async def restore_all(
    case_ids: Sequence[UUID],
    whose: Whose,
    *,
    by: Actor,
    blocked: Mapping[UUID, Refusal] | None = None,
    look_only: bool = False,
) -> list[Judged]:
    """Undoes what can be undone of each case, in the transaction under way; the others are told why not.

    ``blocked``: cases somebody else knows a reason for. What was undone already is not undone again. A case that was
    under review goes back to its holder, with a new lease.
    """
    stood = await stand(case_ids, by=by, look_only=look_only)
    cases = {case.ids[0]: case for alike in stood.alike for case in alike.each()}
    refusals: dict[UUID, Refusal] = {id: NotFound("case", id) for id in stood.missing}  # noqa: A001
    refusals |= {id: why for id, why in (blocked or {}).items() if id in cases}  # noqa: A001
    found: dict[UUID, Undoing] = {}
    for case_id, history in (await _histories([id for id in cases if id not in refusals], whose)).items():  # noqa: A001
        try:
            if undone := undoing.undo(history):
                found[case_id] = undone
        except Refusal as refusal:
            refusals[case_id] = refusal
    seqs = dict.fromkeys(found, 0) if look_only else await _restore(cases, found, by=by, now=stood.now)
    if whose.batch_id is not None and seqs and not look_only:
        await _judge_again(whose.batch_id, list(seqs), by=by)
    why = refusals | {id: undone.remaining for id, undone in found.items() if undone.remaining}  # noqa: A001
    return [Judged([id], why.get(id), [seqs[id]] if id in seqs else None) for id in case_ids]  # noqa: A001


async def _histories(case_ids: Sequence[UUID], whose: Whose) -> dict[UUID, list[Told]]:
    found: dict[UUID, list[Told]] = {id: [] for id in case_ids}  # noqa: A001
    rows = await transaction.current().connection.execute_query_dict(
        _HISTORY, [list(case_ids), whose.batch_id, whose.actor_id, whose.since]
    )
    for row in rows:
        recorded = Recorded.of_row(row)
        found[recorded.ref.id].append(Told(recorded, recorded.event(), row["mine"]))
    return found


async def _restore(
    cases: Mapping[UUID, Alike], found: Mapping[UUID, Undoing], *, by: Actor, now: datetime
) -> dict[UUID, int]:
    if not found:
        return {}
    ending = [cases[id] for id, undone in found.items() if cases[id].lease_id in undone.ended]  # noqa: A001
    await many.end_leases(ending, now)
    unheld = {case.ids[0] for case in ending} | {id for id in found if cases[id].lease_id is None}  # noqa: A001
    written = await many.write([(cases[id], undone.restored) for id, undone in found.items()], by=by)  # noqa: A001
    await many.grant(
        {id: (new_id(), undone.holder_id) for id, undone in found.items() if undone.holder_id and id in unheld},  # noqa: A001
        now,
    )
    if withdrawn := [comment for undone in found.values() for comment in undone.restored.withdrawn_comments]:
        await transaction.current().connection.execute_query(_WITHDRAW, [withdrawn])
    return {id: seq for _, one in written for id, seq in zip(one.ids, one.seqs, strict=True)}  # noqa: A001


async def _judge_again(batch_id: UUID, case_ids: Sequence[UUID], *, by: Actor) -> None:
    """Signals the batch judged are again what they were before."""
    connection = transaction.current().connection
    rows: Sequence[Mapping[str, Any]] = await connection.execute_query_dict(_JUDGED, [batch_id, list(case_ids)])
    if not rows:
        return
    verdicts = [SignalJudged(outcome=SignalOutcome(row["before"] or SignalOutcome.PENDING)) for row in rows]
    entries = [Entry(Ref("signal", row["id"]), verdict) for row, verdict in zip(rows, verdicts, strict=True)]
    recorded = await events.append_entries(entries, by=by)
    await connection.execute_query(
        "UPDATE signal s SET outcome = t.outcome, version = t.version"
        " FROM unnest($1::uuid[], $2::text[], $3::bigint[]) AS t (id, outcome, version) WHERE s.id = t.id",
        [[one.ref.id for one in recorded], [verdict.outcome.value for verdict in verdicts],
         [one.seq for one in recorded]],
    )  # fmt: skip
