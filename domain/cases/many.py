"""One step for many cases at once: the rules of the single action, a few statements however many they are."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.cases import fold, rules, steps
from domain.cases.events import CaseClaimed, CaseCommented, LeaseTaken
from domain.cases.models import CaseComment
from domain.cases.record import HOLD_TIMER, LEASE_TIMER, ref
from domain.cases.standing import Alike, Found, stand
from domain.cases.steps import LeaseFate, Outcome, Step
from domain.cases.tables import comment_row
from domain.core import content, timers, transaction
from domain.core.actor import Actor
from domain.core.errors import NotFound, Refusal
from domain.core.events import Event
from domain.core.ids import new_id
from domain.core.together import Together, append_together

SAME_OF_ALIKE = (
    steps.Queue, steps.Hold, steps.Resume, steps.Release, steps.Resolve, steps.Close, steps.Reopen, steps.Cancel,
    steps.Assign, steps.Prioritize,
)  # fmt: skip
"""Steps that come to one and the same for cases that stand alike. The others make something for each: a lease, a
text."""

_GRANT = """
INSERT INTO lease (id, case_id, holder_id, token, acquired_at, expires_at)
SELECT s.id, s.case_id, s.holder_id, s.token, $5, $6
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[]) AS s (id, case_id, holder_id, token)
"""


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of some cases. ``seqs``: the version of each after the step, 0 where that was only looked at; None
    where nothing changes. With both, ``refusal`` says what of it remains all the same."""

    case_ids: Sequence[UUID]
    refusal: Refusal | None = None
    seqs: Sequence[int] | None = None


@dataclass(frozen=True, slots=True)
class _Same:
    """What happened, and all else that decides what of a case's row is written."""

    event: Event
    reopen_count: int | None
    timed: bool


async def take_all(
    case_ids: Sequence[UUID], step: Step, *, by: Actor, whole: bool = False, look_only: bool = False
) -> list[Judged]:
    """Takes a step for each of the cases that allow it, in the transaction under way; the others are told why not.

    ``whole``: where one is refused, nothing is done at all. ``look_only`` says what would happen and changes nothing.
    """
    by.ensure(step.permission)
    found = await stand(case_ids, by=by, look_only=look_only)
    outcomes, refused = _judge(found, step, by)
    doing = [(alike, outcome) for alike, outcome in outcomes if outcome.event]
    idle = [Judged(alike.ids) for alike, outcome in outcomes if not outcome.event]
    if look_only:
        return [*refused, *idle, *(Judged(alike.ids, seqs=[0] * len(alike.ids)) for alike, _ in doing)]
    if whole and refused:
        return [*refused, *idle, *(Judged(alike.ids) for alike, _ in doing)]
    written = await _carry_out(doing, by=by, now=found.now) if doing else []
    return [*refused, *idle, *(Judged(one.ids, seqs=one.seqs) for one in written)]


def _judge(found: Found, step: Step, by: Actor) -> tuple[list[tuple[Alike, Outcome]], list[Judged]]:
    outcomes: list[tuple[Alike, Outcome]] = []
    refused = [Judged([id], NotFound("case", id)) for id in found.missing]  # noqa: A001
    for alike in found.alike:
        for one in [alike] if isinstance(step, SAME_OF_ALIKE) else alike.each():
            try:
                outcomes.append((one, step.judge(one.facts, by)))
            except Refusal as refusal:
                refused.append(Judged(one.ids, refusal))
    return outcomes, refused


async def _carry_out(doing: Sequence[tuple[Alike, Outcome]], *, by: Actor, now: datetime) -> list[Together]:
    if texts := [
        (outcome.said.ref, outcome.said.text, ref(alike.ids[0]) if outcome.said.found else None)
        for alike, outcome in doing
        if outcome.said
    ]:
        await content.keep(texts)
    await end_leases([alike for alike, outcome in doing if outcome.lease is not LeaseFate.KEPT], now)
    written = await write([(alike, outcome.event) for alike, outcome in doing if outcome.event], by=by)
    await grant(
        {
            alike.ids[0]: (outcome.event.lease_id, outcome.event.holder_id)
            for alike, outcome in doing
            if isinstance(outcome.event, CaseClaimed | LeaseTaken)
        },
        now,
    )
    comments = [
        CaseComment(**comment_row(event, one.first)) for event, one in written if isinstance(event, CaseCommented)
    ]
    if comments:
        await CaseComment.bulk_create(comments)
    return [one for _, one in written]


async def write(happened: Iterable[tuple[Alike, Event]], *, by: Actor) -> list[tuple[Event, Together]]:
    """Appends to each of these locked cases what happened to it, and brings their rows and holds to its fold."""
    same: dict[_Same, list[UUID]] = defaultdict(list)
    for alike, event in happened:
        reopened = fold.reopens(event)
        count = alike.reopen_count + reopened if reopened else None
        same[_Same(event, count, alike.timed)] += alike.ids
    parts = await append_together("case", [(kind.event, ids) for kind, ids in same.items()], by=by)
    rows: dict[tuple[tuple[str, Any], ...], list[Together]] = defaultdict(list)
    holds: dict[transaction.Ref, datetime | None] = {}
    for kind, written in zip(same, parts, strict=True):
        for one in written:
            columns = fold.changes(kind.event, one.first)
            if kind.reopen_count is not None:
                columns["reopen_count"] = kind.reopen_count
            if "hold_until" in columns and (kind.timed or columns["hold_until"]):
                holds |= {ref(id): columns["hold_until"] for id in one.ids}  # noqa: A001
            del columns["version"]
            rows[tuple(columns.items())].append(one)
    for row, changed in rows.items():
        await _update(row, changed)
    if holds:
        await timers.set_all(HOLD_TIMER, holds)
    return [(kind.event, one) for kind, written in zip(same, parts, strict=True) for one in written]


async def _update(columns: Iterable[tuple[str, Any]], changed: Sequence[Together]) -> None:
    """Cases whose columns come to the same are one statement; only their versions differ."""
    names, values = [name for name, _ in columns], [value for _, value in columns]
    told = "".join(f", {name} = ${place}" for place, name in enumerate(names, start=3))
    await transaction.current().connection.execute_query(
        f'UPDATE "case" c SET version = s.version{told}'
        " FROM unnest($1::uuid[], $2::bigint[]) AS s (id, version) WHERE c.id = s.id",
        [[id for one in changed for id in one.ids], [seq for one in changed for seq in one.seqs], *values],  # noqa: A001
    )


async def end_leases(cases: Iterable[Alike], now: datetime) -> None:
    """Releases the living leases of these cases, and their timers."""
    if held := [case for case in cases if case.lease_id is not None]:
        await transaction.current().connection.execute_query(
            "UPDATE lease SET released_at = $2 WHERE id = ANY ($1::uuid[])", [[case.lease_id for case in held], now]
        )
        await timers.set_all(LEASE_TIMER, {ref(case.ids[0]): None for case in held})


async def grant(leases: Mapping[UUID, tuple[UUID, UUID]], now: datetime) -> None:
    """New leases, by case: their ids and holders. None of the cases may have a living one."""
    if leases:
        ids, holders = zip(*leases.values(), strict=True)
        until = now + rules.LEASE_LENGTH
        await transaction.current().connection.execute_query(
            _GRANT, [list(ids), list(leases), list(holders), [new_id() for _ in leases], now, until]
        )
        await timers.set_all(LEASE_TIMER, {ref(id): until for id in leases})  # noqa: A001
