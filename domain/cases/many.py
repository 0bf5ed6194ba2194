"""One step for many cases at once: the rules of the single action, a few statements however many they are.

Rows are locked in the order of their ids, so two batches never wait for each other in a circle.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.cases import fold, rules
from domain.cases.events import CaseClaimed, CaseCommented, LeaseTaken
from domain.cases.models import CaseComment
from domain.cases.record import HOLD_TIMER, LEASE_TIMER, ref
from domain.cases.rules import CaseFacts, LeaseFacts
from domain.cases.states import CaseState, Priority, Sensitivity, Severity
from domain.cases.steps import LeaseFate, Outcome, Step
from domain.cases.tables import comment_row
from domain.cases.visibility import CASES
from domain.core import clock, content, events, timers, transaction
from domain.core import predicates as p
from domain.core.actor import Actor
from domain.core.errors import NotFound, Refusal
from domain.core.events import Entry, Event, Recorded
from domain.core.ids import new_id

_ROWS = """
SELECT id, workflow, state, team_id, assignee_id, queue_id, tier, severity, priority, sensitivity, reopen_count,
    opened_at FROM "case" WHERE id = ANY ($1::uuid[]) ORDER BY id
"""

_LEASES = """
SELECT l.id, l.case_id, l.holder_id, p.name, l.token, l.expires_at FROM lease l JOIN person p ON p.id = l.holder_id
WHERE l.case_id = ANY ($1::uuid[]) AND l.released_at IS NULL
"""

_GRANT = """
INSERT INTO lease (id, case_id, holder_id, token, acquired_at, expires_at)
SELECT s.id, s.case_id, s.holder_id, s.token, $5, $6
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[]) AS s (id, case_id, holder_id, token)
"""

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of one case. ``seq`` is its version after the step, 0 where that was only looked at; None where
    nothing changes."""

    case_id: UUID
    refusal: Refusal | None = None
    seq: int | None = None


@dataclass(frozen=True, slots=True)
class Locked:
    """A case's row with what the rules need of it."""

    row: Row
    facts: CaseFacts
    lease_id: UUID | None


async def locked(
    case_ids: Sequence[UUID], *, by: Actor, look_only: bool = False
) -> tuple[dict[UUID, Locked], datetime]:  # fmt: skip
    """Those of the cases that the actor may see, by id and in its order, under their row locks unless ``look_only``;
    and the instant."""
    connection = transaction.current().connection
    rows = await connection.execute_query_dict(_ROWS + ("" if look_only else "FOR UPDATE"), [list(case_ids)])
    # After the locks: whoever had them may have moved leases meanwhile.
    leases = {row["case_id"]: row for row in await connection.execute_query_dict(_LEASES, [list(case_ids)])}
    now = await clock.now()
    seen = {name: p.matches(CASES, {"sensitivity": name}, viewer=by, now=now) for name in Sensitivity}
    found = {
        row["id"]: _locked(row, leases.get(row["id"]), now) for row in rows if seen[Sensitivity(row["sensitivity"])]
    }
    return found, now


def _locked(row: Row, lease: Row | None, now: datetime) -> Locked:
    held = lease and LeaseFacts(
        holder_id=lease["holder_id"], holder_name=lease["name"], token=lease["token"], expires_at=lease["expires_at"]
    )
    facts = CaseFacts(
        workflow=row["workflow"],
        state=CaseState(row["state"]),
        team_id=row["team_id"],
        assignee_id=row["assignee_id"],
        lease=held or None,
        now=now,
        queue_id=row["queue_id"],
        tier=row["tier"],
        severity=Severity(row["severity"]),
        priority=Priority(row["priority"]),
    )
    return Locked(row, facts, lease["id"] if lease else None)


async def take_all(
    case_ids: Sequence[UUID], step: Step, *, by: Actor, whole: bool = False, look_only: bool = False
) -> list[Judged]:
    """Takes a step for each of the cases that allow it, in the transaction under way; the others are told why not.

    ``whole``: where one is refused, nothing is done at all. ``look_only`` says what would happen and changes nothing.
    """
    by.ensure(step.permission)
    cases, now = await locked(case_ids, by=by, look_only=look_only)
    outcomes: dict[UUID, Outcome] = {}
    refusals: dict[UUID, Refusal] = {id: NotFound("case", id) for id in case_ids if id not in cases}  # noqa: A001
    for case_id, case in cases.items():
        try:
            outcomes[case_id] = step.judge(case.facts, by)
        except Refusal as refusal:
            refusals[case_id] = refusal
    seqs = {id: 0 for id, outcome in outcomes.items() if outcome.event}  # noqa: A001
    if seqs and not look_only:
        doing = {} if whole and refusals else {id: (cases[id], outcomes[id]) for id in seqs}  # noqa: A001
        seqs = await _carry_out(doing, by=by, now=now) if doing else {}
    return [Judged(id, refusals.get(id), seqs.get(id)) for id in dict.fromkeys(case_ids)]  # noqa: A001


async def _carry_out(found: Mapping[UUID, tuple[Locked, Outcome]], *, by: Actor, now: datetime) -> dict[UUID, int]:
    if texts := [
        (outcome.said.ref, outcome.said.text, ref(id) if outcome.said.found else None)
        for id, (_, outcome) in found.items()  # noqa: A001
        if outcome.said
    ]:
        await content.keep(texts)
    await end_leases([case for case, outcome in found.values() if outcome.lease is not LeaseFate.KEPT], now)
    happened = _shared({id: outcome.event for id, (_, outcome) in found.items() if outcome.event})  # noqa: A001
    recorded = await write({id: found[id][0] for id in happened}, happened, by=by)  # noqa: A001
    await grant(
        {
            id: (event.lease_id, event.holder_id)
            for id, event in happened.items()  # noqa: A001
            if isinstance(event, CaseClaimed | LeaseTaken)
        },
        now,
    )
    comments = [
        CaseComment(**comment_row(event, recorded[id]))
        for id, event in happened.items()  # noqa: A001
        if isinstance(event, CaseCommented)
    ]
    if comments:
        await CaseComment.bulk_create(comments)
    return {id: entry.seq for id, entry in recorded.items()}  # noqa: A001


def _shared(happened: Mapping[UUID, Event]) -> dict[UUID, Event]:
    """The same with equal events as one: a fact that is the same of all is written down once and sent many times."""
    one_of_each: dict[Event, Event] = {}
    return {id: one_of_each.setdefault(event, event) for id, event in happened.items()}  # noqa: A001


async def write(
    cases: Mapping[UUID, Locked], happened: Mapping[UUID, Event], *, by: Actor
) -> dict[UUID, Recorded]:  # fmt: skip
    """Appends one event to each of these locked cases and brings their rows and holds to its fold."""
    entries = [Entry(ref(id), event) for id, event in happened.items()]  # noqa: A001
    recorded = dict(zip(happened, await events.append_entries(entries, by=by), strict=True))
    alike: dict[tuple[tuple[str, Any], ...], list[Recorded]] = defaultdict(list)
    holds: dict[transaction.Ref, datetime | None] = {}
    for case_id, event in happened.items():
        entry, case = recorded[case_id], cases[case_id]
        columns = fold.changes(event, entry)
        if reopened := fold.reopens(event):
            columns["reopen_count"] = case.row["reopen_count"] + reopened
        if case.facts.state is CaseState.ON_HOLD or columns.get("hold_until"):
            holds[ref(case_id)] = columns.get("hold_until")
        del columns["version"], columns["updated_at"]
        alike[tuple(columns.items())].append(entry)
    for columns_alike, changed in alike.items():
        await _update(columns_alike, changed)
    if holds:
        await timers.set_all(HOLD_TIMER, holds)
    return recorded


async def _update(columns: Iterable[tuple[str, Any]], changed: Sequence[Recorded]) -> None:
    """Cases whose columns come to the same are one statement; only their versions differ."""
    names, values = [name for name, _ in columns], [value for _, value in columns]
    told = "".join(f", {name} = ${place}" for place, name in enumerate(names, start=4))
    await transaction.current().connection.execute_query(
        f'UPDATE "case" c SET version = s.version, updated_at = s.at{told}'
        " FROM unnest($1::uuid[], $2::bigint[], $3::timestamptz[]) AS s (id, version, at) WHERE c.id = s.id",
        [[one.ref.id for one in changed], [one.seq for one in changed], [one.recorded_at for one in changed], *values],
    )


async def end_leases(cases: Sequence[Locked], now: datetime) -> None:
    """Releases the living leases of these cases, and their timers."""
    if held := [case for case in cases if case.lease_id is not None]:
        await transaction.current().connection.execute_query(
            "UPDATE lease SET released_at = $2 WHERE id = ANY ($1::uuid[])", [[case.lease_id for case in held], now]
        )
        await timers.set_all(LEASE_TIMER, {ref(case.row["id"]): None for case in held})


async def grant(leases: Mapping[UUID, tuple[UUID, UUID]], now: datetime) -> None:
    """New leases, by case: their ids and holders. None of the cases may have a living one."""
    if leases:
        ids, holders = zip(*leases.values(), strict=True)
        until = now + rules.LEASE_LENGTH
        await transaction.current().connection.execute_query(
            _GRANT, [list(ids), list(leases), list(holders), [new_id() for _ in leases], now, until]
        )
        await timers.set_all(LEASE_TIMER, {ref(id): until for id in leases})  # noqa: A001
