"""What review decides of many cases at once, as far as cases and their signals are concerned: a few statements, however
many they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.cases.events import CaseDecided, CaseEnforcing, CaseResolved, SignalJudged
from domain.cases.many import end_leases, write
from domain.cases.standing import Alike
from domain.cases.states import CaseState, SignalOutcome, SubjectKind
from domain.core import transaction
from domain.core.actor import Actor
from domain.core.together import Together, append_together

_SUBJECTS = """
SELECT c.id AS case_id, s.id, s.kind FROM "case" c JOIN subject s ON s.id = c.subject_id WHERE c.id = ANY ($1::uuid[])
"""

_PENDING = """
SELECT g.id FROM case_signal a JOIN signal g ON g.id = a.signal_id
WHERE a.case_id = ANY ($1::uuid[]) AND a.detached_at IS NULL AND g.outcome <> $2 AND g.outcome <> 'INVALID'
ORDER BY g.id FOR UPDATE OF g
"""

_JUDGED = """
UPDATE signal g SET outcome = $3, version = s.version FROM unnest($1::uuid[], $2::bigint[]) AS s (id, version)
WHERE g.id = s.id
"""


@dataclass(frozen=True, slots=True)
class About:
    """What a case is about."""

    id: UUID
    kind: SubjectKind


async def subjects_of(case_ids: Sequence[UUID]) -> dict[UUID, About]:
    """What each of these cases is about; those about nothing are left out."""
    rows = await transaction.current().connection.execute_query_dict(_SUBJECTS, [list(case_ids)])
    return {row["case_id"]: About(row["id"], SubjectKind(row["kind"])) for row in rows}


async def mark_decided(decisions: Sequence[tuple[Alike, UUID]], *, by: Actor, now: datetime) -> None:
    """Decisions stand, each of one locked case that allows it; its lease ends."""
    await end_leases([case for case, _ in decisions], now)
    happened = [
        (case, CaseDecided(from_state=case.facts.state, to_state=CaseState.DECIDED, decision_id=decision_id))
        for case, decision_id in decisions
    ]
    await write(happened, by=by)


async def mark_followed(
    decisions: Sequence[tuple[Alike, UUID]], *, by: Actor, enforced: Mapping[UUID, object], resolution: str
) -> list[Together]:
    """What follows from decisions that were just marked: ENFORCING where something is enforced (by decision), else
    RESOLVED."""
    resolved = CaseResolved(from_state=CaseState.DECIDED, to_state=CaseState.RESOLVED, resolution=resolution)
    happened = [
        (
            case,
            CaseEnforcing(from_state=CaseState.DECIDED, to_state=CaseState.ENFORCING, decision_id=decision_id)
            if decision_id in enforced
            else resolved,
        )
        for case, decision_id in decisions
    ]
    return [one for _, one in await write(happened, by=by)]


async def judge_signals(case_ids: Sequence[UUID], *, by: Actor, outcome: SignalOutcome) -> None:
    """Gives every signal attached to these locked cases its outcome. INVALID ones keep theirs."""
    connection = transaction.current().connection
    rows = await connection.execute_query_dict(_PENDING, [list(case_ids), outcome.value])
    if rows:
        (judged,) = await append_together(
            "signal", [(SignalJudged(outcome=outcome), [row["id"] for row in rows])], by=by
        )
        ids = [id for one in judged for id in one.ids]  # noqa: A001
        seqs = [seq for one in judged for seq in one.seqs]
        await connection.execute_query(_JUDGED, [ids, seqs, outcome.value])
