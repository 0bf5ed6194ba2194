"""Bringing the tables of clocks to what a subject's events say, and arming the one timer of the subject."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.core import events, projections, timers, transaction
from domain.core.actor import system
from domain.core.heads import hold
from domain.core.transaction import Ref
from domain.core.upcasting import UnknownKind
from domain.sla.alarms import BREACH, broken, outstanding
from domain.sla.book import PolicyBook
from domain.sla.clocks import Clock
from domain.sla.configuration import book
from domain.sla.events import SlaStopped, SlaVoided
from domain.sla.reading import Story, story
from domain.sla.rows import ClockRows, Row, rows_of
from domain.sla.taking_back import fold_story
from domain.sla.writing import NOTHING, write

CONSUMER = "sla"
TIMER = "SLA"

_READ = "SELECT * FROM sla_standing($1, $2) ORDER BY place"


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
    """A subject's clocks at ``now`` by their ids and as rows, beside the digests of those that are stored, what was
    acted on so far, and what the timer is armed for. ``ranked_by``: what a case's rank follows from, read along."""

    ref: Ref
    now: datetime
    told: Story
    clocks: dict[UUID, Clock]
    rows: list[ClockRows]
    stored: dict[UUID, str]
    firings: list[Firing]
    armed: datetime | None
    ranked_by: Mapping[str, Any] | None

    def done(self, clock: UUID) -> set[tuple[int, int]]:
        """The alarms of a clock that were acted on."""
        return {(firing.threshold, firing.revision) for firing in self.firings if firing.clock_id == clock}


async def project_all(refs: Sequence[Ref]) -> None:
    """Folds subjects and writes what differs, in the transaction under way. One round trip where nothing does.

    With an event of a newer release a subject's clocks stay as they are and are parked; what is being done to it goes
    on.
    """
    standings = await held(refs)
    await keep(standings, due=next_due(standings))


async def refold(ref: Ref) -> Standing | None:
    """The clocks of a subject, their tables brought up to date and its timer as it was; its events can be added to by
    nobody meanwhile. None where it has an event this release is too old for: it is parked then.
    """
    standings = await held([ref])
    await keep(standings)
    return standings[0] if standings else None


async def held(refs: Sequence[Ref]) -> list[Standing]:
    """How subjects stand by their events, which nobody adds to meanwhile; `keep` writes it down. One with an event this
    release is too old for is parked, and not among them.
    """
    standings, too_new = await stand(refs)
    for ref, unknown in too_new.items():
        await set_aside(ref, str(unknown))
    return standings


async def keep(
    standings: Sequence[Standing],
    *,
    due: Mapping[Ref, datetime | None] = NOTHING,
    cases: Sequence[UUID] = (),
    ranks: Sequence[Row] = (),
) -> None:
    """Writes what differs from what is stored, the timers that are due at another time, and what `cases` are ranked
    and listed by. One round trip, but for subjects somebody was told about.
    """
    await write(
        [row for standing in standings for row in standing.rows],
        {id: digest for standing in standings for id, digest in standing.stored.items()},  # noqa: A001
        due=due,
        cases=cases,
        ranks=ranks,
    )
    for standing in standings:
        await follow_up(standing)


async def stand(refs: Sequence[Ref]) -> tuple[list[Standing], dict[Ref, UnknownKind]]:
    """How subjects stand by their events, and those with events this release is too old for. Holds them all, so that
    nobody adds to their events meanwhile; writes nothing."""
    unit = transaction.current()
    if free := [ref for ref in refs if ref not in unit.touched]:
        await hold(free)
    standings: list[Standing] = []
    too_new: dict[Ref, UnknownKind] = {}
    for ref, found in zip(refs, await unit.connection.execute_query_dict(_READ, places(refs)), strict=True):
        try:
            standings.append(_standing(ref, found, await book(found["stamp"])))
        except UnknownKind as unknown:
            too_new[ref] = unknown
    return standings, too_new


async def set_aside(ref: Ref, error: str) -> None:
    """Parks the subject's clocks: out of date, and saying so, until they are tried again."""
    await projections.park(CONSUMER, ref, error)
    await projections.mark_dirty(CONSUMER, ref)


async def follow_up(standing: Standing) -> None:
    """Records what became of that which was acted on: taken back, or ended."""
    if standing.firings:
        await _take_back(standing)
        await _stop(standing)


async def arm_next(standings: Iterable[Standing]) -> None:
    """Arms each subject's timer for the earliest alarm nobody acted on yet, or disarms it."""
    await timers.set_all(TIMER, next_due(standings))


def next_due(standings: Iterable[Standing]) -> dict[Ref, datetime | None]:
    """For when the timers of subjects are to be armed that are armed for another time; None where for none."""
    due = {standing.ref: (_next(standing), standing.armed) for standing in standings}
    return {ref: moment for ref, (moment, armed) in due.items() if moment != armed}


def _next(standing: Standing) -> datetime | None:
    moments = [
        alarm.from_
        for id, clock in standing.clocks.items()  # noqa: A001
        for alarm in outstanding(clock, done=standing.done(id), live_from=standing.told.live_from)
    ]
    return min(moments, default=None)


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


def _standing(ref: Ref, found: Mapping[str, Any], policies: PolicyBook) -> Standing:
    told = story([_current(row) for row in found["events"] or []])
    folded = fold_story(told, policies, as_of=found["now"])
    rows = rows_of(ref, folded, policies)
    return Standing(
        ref=ref,
        now=found["now"],
        told=told,
        clocks={row.id: clock for row, clock in zip(rows, folded.clocks, strict=True)},
        rows=rows,
        stored={UUID(id): digest for id, digest in (found["stored"] or {}).items()},  # noqa: A001
        firings=[_firing(row) for row in found["firings"] or []],
        armed=found["armed"],
        ranked_by=found["ranked_by"],
    )


def places(refs: Sequence[Ref]) -> list[list[Any]]:
    """Subjects as two arrays of a statement's arguments: their types and their ids."""
    return [[ref.type for ref in refs], [ref.id for ref in refs]]


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
