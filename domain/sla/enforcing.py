"""Acting on what has come due. The verdict is the fold's: a late, doubled or dead worker changes none."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from domain.core import clock as time
from domain.core import events, timers, transaction
from domain.core.actor import Actor
from domain.core.ids import new_id
from domain.core.transaction import Ref, atomic
from domain.sla.alarms import Alarm, AlarmKind, outstanding
from domain.sla.clocks import Clock
from domain.sla.events import Alarmed, SlaBreached, SlaOverran, SlaWarned
from domain.sla.recording import TIMER, Firing, Standing, arm_next, named, refold

# Whoever holds the subject now folds it, and arms its timer, before letting go.
_BUSY = timedelta(milliseconds=100)

_SAYS: dict[AlarmKind, type[Alarmed]] = {
    AlarmKind.WARNING: SlaWarned,
    AlarmKind.BREACH: SlaBreached,
    AlarmKind.OVERRUN: SlaOverran,
}


@atomic
async def enforce(ref: Ref, *, by: Actor) -> int:
    """Acts once on every alarm of a subject that has come due, and arms the next; says how many there were.

    Waits for nobody: where the subject is being changed right now, it comes back in a moment.
    """
    by.ensure("system.enforce")
    rows = await transaction.current().connection.execute_query_dict(
        "SELECT 1 AS mine FROM event_head WHERE subject_type = $1 AND subject_id = $2 FOR UPDATE SKIP LOCKED",
        [ref.type, ref.id],
    )
    if not rows:
        await timers.arm(TIMER, ref, await time.now() + _BUSY)
        return 0
    standing = await refold(ref)
    return 0 if standing is None else await _enforce(standing, by=by)


async def _enforce(standing: Standing, *, by: Actor) -> int:
    acted = 0
    for id, clock in standing.clocks.items():  # noqa: A001
        waiting = outstanding(clock, done=standing.done(id), live_from=standing.told.live_from)
        due = [alarm for alarm in waiting if alarm.from_ <= standing.now]
        for alarm in due:
            await _act(standing, id, clock, alarm, superseded=alarm is not due[-1], by=by)
        acted += len(due)
    await arm_next([standing])
    return acted


async def _act(standing: Standing, id: UUID, clock: Clock, alarm: Alarm, *, superseded: bool, by: Actor) -> None:  # noqa: A002
    said = _SAYS[alarm.kind](**_facts(standing.ref, clock, alarm), superseded=superseded)
    (entry,) = await events.append(Ref("sla_clock", id), said, by=by, occurred_at=alarm.at)
    await transaction.current().connection.execute_query(
        "INSERT INTO sla_firing (id, subject_type, subject_id, clock_id, threshold, revision, at, fired_at, event_id)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        [
            new_id(), standing.ref.type, standing.ref.id, id, alarm.threshold, alarm.revision, alarm.at, standing.now,
            entry.id,
        ],
    )  # fmt: skip
    standing.firings.append(Firing(id, alarm.threshold, alarm.revision, ended=False, voided=False))


def _facts(ref: Ref, clock: Clock, alarm: Alarm) -> dict[str, Any]:
    return named(clock, ref) | {
        "revision": alarm.revision,
        "policy_key": clock.policy_key,
        "policy_rev": clock.policy_rev,
        "target_key": clock.target_key,
        "threshold": alarm.threshold,
        "at": alarm.at,
        "due_at": clock.due_at,
        "actions": list(alarm.actions),
    }
