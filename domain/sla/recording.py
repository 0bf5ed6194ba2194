"""Bringing the tables of clocks to what a subject's events say, and arming the one timer of the subject."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.core import events, projections, timers, transaction
from domain.core.actor import system
from domain.core.transaction import Ref
from domain.core.upcasting import UnknownKind
from domain.sla.alarms import BREACH, broken, outstanding
from domain.sla.clocks import Clock
from domain.sla.configuration import STAMP, book
from domain.sla.events import SlaStopped, SlaVoided
from domain.sla.folding import fold
from domain.sla.reading import Story, story
from domain.sla.rows import ClockRows, clock_id, dumped, rows_of

CONSUMER = "sla"
TIMER = "SLA"

_LOCK = "SELECT 1 FROM event_head WHERE subject_type = $1 AND subject_id = $2 FOR UPDATE"

_READ = f"""
SELECT app_clock() AS now, {STAMP} AS stamp,
    (SELECT due_at FROM timer WHERE kind = '{TIMER}' AND subject_type = $1 AND subject_id = $2) AS armed,
    (SELECT json_agg(e) FROM (SELECT seq, kind, schema_version, occurred_at, recorded_at, origin, payload FROM event
        WHERE subject_type = $1 AND subject_id = $2 ORDER BY seq) e) AS events,
    (SELECT json_object_agg(id, digest) FROM sla_clock WHERE subject_type = $1 AND subject_id = $2) AS stored,
    (SELECT json_agg(f) FROM (SELECT clock_id, threshold, revision, ended_at, voided_at FROM sla_firing
        WHERE subject_type = $1 AND subject_id = $2) f) AS firings
"""

_SEGMENT = "id, clock_id, number, started_at, ended_at, mode, reason, team_id, business, seq"
_TRANSITION = "id, clock_id, number, type, at, detected_at, revision, cause, seq"
_CLOCK = (
    "id, subject_type, subject_id, policy_kind, metric, holder, cycle, policy_key, policy_rev, target_key, instead_of,"
    " calendar, goal, goal_unit, state, started_at, running_since, elapsed_base, due_at, stopped_at, breached_at,"
    " cancelled_at, cancel_reason, revision, digest"
)


def _put(table: str, columns: str, place: int) -> str:
    """Inserts or overwrites the rows of a JSON array, by id."""
    told = ", ".join(f"{name} = excluded.{name}" for name in columns.split(", ") if name != "id")
    return (
        f"INSERT INTO {table} ({columns}) SELECT {columns}"
        f" FROM jsonb_populate_recordset(NULL::{table}, ${place}::jsonb)"
        f" ON CONFLICT (id) DO UPDATE SET {told}"
    )


# A row beyond the last number was of an earlier fold; deleting and writing never meet in one row.
_WRITE = f"""
WITH shorter AS (SELECT * FROM jsonb_to_recordset($4::jsonb) AS s (id uuid, segments int, transitions int)),
    no_segments AS (DELETE FROM sla_segment g USING shorter s WHERE g.clock_id = s.id AND g.number >= s.segments),
    no_transitions AS (
        DELETE FROM sla_transition t USING shorter s WHERE t.clock_id = s.id AND t.number >= s.transitions),
    clocks AS ({_put("sla_clock", _CLOCK, 1)}),
    segments AS ({_put("sla_segment", _SEGMENT, 2)})
{_put("sla_transition", _TRANSITION, 3)}
"""


@dataclass(frozen=True, slots=True)
class Firing:
    """What was acted on."""

    clock_id: UUID
    threshold: int
    revision: int
    ended: bool
    voided: bool


@dataclass(slots=True)
class Standing:
    """A subject's clocks at ``now`` by their ids, beside what was acted on so far and what the timer is armed for."""

    ref: Ref
    now: datetime
    told: Story
    clocks: dict[UUID, Clock]
    firings: list[Firing]
    armed: datetime | None

    def done(self, clock: UUID) -> set[tuple[int, int]]:
        """The alarms of a clock that were acted on."""
        return {(firing.threshold, firing.revision) for firing in self.firings if firing.clock_id == clock}


async def project(ref: Ref) -> None:
    """Folds one subject and writes what differs, in the transaction under way. One round trip where nothing does.

    With an event of a newer release its clocks stay as they are and are parked; what is being done to it goes on.
    """
    try:
        standing = await refold(ref)
    except UnknownKind as unknown:
        await set_aside(ref, unknown)
    else:
        await arm_next(standing)


async def set_aside(ref: Ref, unknown: UnknownKind) -> None:
    """Parks the subject's clocks: out of date, and saying so, until a release that knows the event tries again."""
    await projections.park(CONSUMER, ref, str(unknown))
    await projections.mark_dirty(CONSUMER, ref)


async def refold(ref: Ref) -> Standing:
    """The subject's clocks, their tables brought up to date; its events can be added to by nobody meanwhile.

    UnknownKind, and nothing written, where this release is older than one of its events.
    """
    unit = transaction.current()
    if ref not in unit.touched:
        await unit.connection.execute_query(_LOCK, [ref.type, ref.id])
    (found,) = await unit.connection.execute_query_dict(_READ, [ref.type, ref.id])
    policies = await book(found["stamp"])
    told = story([_current(row) for row in found["events"] or []])
    folded = fold(told.events, policies, as_of=found["now"])
    await _write(rows_of(ref, folded, policies), found["stored"] or {})
    standing = Standing(
        ref,
        found["now"],
        told,
        {clock_id(ref, clock): clock for clock in folded.clocks},
        [_firing(row) for row in found["firings"] or []],
        found["armed"],
    )
    if standing.firings:
        await _take_back(standing)
        await _stop(standing)
    return standing


async def arm_next(standing: Standing) -> None:
    """Arms the subject's timer for the earliest alarm nobody acted on yet, or disarms it."""
    moments = [
        alarm.from_
        for id, clock in standing.clocks.items()  # noqa: A001
        for alarm in outstanding(clock, done=standing.done(id), live_from=standing.told.live_from)
    ]
    due = min(moments, default=None)
    if due != standing.armed:
        await timers.set_next(TIMER, standing.ref, due)


def named(clock: Clock, ref: Ref) -> dict[str, Any]:
    """What every event of a clock says of it."""
    return {
        "subject_type": ref.type,
        "subject_id": ref.id,
        "policy_kind": clock.kind,
        "metric": clock.metric,
        "cycle": clock.cycle,
        "holder": clock.holder,
    }


async def _write(rows: list[ClockRows], stored: Mapping[str, str]) -> None:
    connection = transaction.current().connection
    known = {UUID(id): digest for id, digest in stored.items()}  # noqa: A001
    if gone := known.keys() - {row.id for row in rows}:
        await connection.execute_query("DELETE FROM sla_clock WHERE id = ANY($1::uuid[])", [list(gone)])
    changed = [row for row in rows if known.get(row.id) != row.digest]
    if changed:
        lengths = [
            {"id": row.id, "segments": len(row.segments), "transitions": len(row.transitions)}
            for row in changed
            if row.id in known
        ]
        await connection.execute_query(
            _WRITE,
            [
                dumped([row.clock for row in changed]),
                dumped([segment for row in changed for segment in row.segments]),
                dumped([step for row in changed for step in row.transitions]),
                dumped(lengths),
            ],
        )


async def _take_back(standing: Standing) -> None:
    """Records as void each breach acted on that the events, as they are known now, no longer show."""
    for firing in standing.firings:
        clock = standing.clocks.get(firing.clock_id)
        if firing.threshold != BREACH or firing.voided or firing.revision in broken(clock):
            continue
        if clock is None:
            continue
        await events.append(
            Ref("sla_clock", firing.clock_id),
            SlaVoided(**named(clock, standing.ref), revision=firing.revision, threshold=firing.threshold),
            by=system(),
        )
        await transaction.current().connection.execute_query(
            "UPDATE sla_firing SET voided_at = $4 WHERE clock_id = $1 AND threshold = $2 AND revision = $3",
            [firing.clock_id, firing.threshold, firing.revision, standing.now],
        )


async def _stop(standing: Standing) -> None:
    """Says once of each clock somebody was told about that it has ended."""
    for id in sorted({firing.clock_id for firing in standing.firings if not firing.ended}):  # noqa: A001
        clock = standing.clocks.get(id)
        if clock is None or clock.is_open:
            continue
        stopped = SlaStopped(**named(clock, standing.ref), revision=clock.revision, state=clock.state)
        await events.append(Ref("sla_clock", id), stopped, by=system())
        await transaction.current().connection.execute_query(
            "UPDATE sla_firing SET ended_at = $2 WHERE clock_id = $1 AND ended_at IS NULL", [id, standing.now]
        )


def _current(row: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**row, "payload": events.current(row["kind"], row["schema_version"], row["payload"])}


def _firing(row: Mapping[str, Any]) -> Firing:
    return Firing(
        UUID(row["clock_id"]),
        row["threshold"],
        row["revision"],
        ended=row["ended_at"] is not None,
        voided=row["voided_at"] is not None,
    )
