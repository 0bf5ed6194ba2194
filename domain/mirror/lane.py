"""The lane of a link: one operation in flight, in order, whoever works it and however they end.

A lease on the link's row says who works. Whatever ends a worker, the link's timer rings again when the lease runs
out, and every operation can be taken up from the state it was left in.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.core import clock, effects, gates, leases, timers, transaction
from domain.core.ids import new_id
from domain.core.timers import Due
from domain.core.transaction import Ref, atomic
from domain.mirror.links import LANE, ref
from domain.mirror.models import MirrorConnection, MirrorLink, MirrorOperation
from domain.mirror.rules import Finished, Later, Result, Stuck
from domain.mirror.states import DUE_STATES, MirrorLinkState, MirrorOperationKind, MirrorOperationState

TIMER = "MIRROR_LANE"
WORKABLE = frozenset(
    {MirrorLinkState.PENDING, MirrorLinkState.IN_DOUBT, MirrorLinkState.LINKED, MirrorLinkState.OUT_OF_SCOPE}
)


_WAKE = """
UPDATE timer t SET due_at = app_clock() FROM mirror_link l
WHERE t.kind = $1 AND t.subject_type = 'mirror_link' AND t.subject_id = l.id AND t.due_at > app_clock()
    AND ($2::uuid[] IS NULL OR l.case_id = ANY ($2)) AND (l.lease_until IS NULL OR l.lease_until <= app_clock())
"""


class LaneLost(Exception):
    """The lease ran out and somebody else works the link: stop without writing."""


@dataclass(frozen=True, slots=True)
class Hold:
    """The right to work a link now."""

    link_id: UUID
    token: UUID


async def ring(due: Due) -> None:
    """A link's timer fired: has its lane drained, by whichever worker comes first."""
    await effects.plan(LANE, key=f"mirror:{due.ref.id}:{due.id}:{due.due_at.isoformat()}", ref=due.ref)


@atomic
async def take(link_id: UUID) -> Hold | None:
    """Takes the lane; None while somebody else works it. The timer outlives this worker."""
    link = await MirrorLink.filter(id=link_id).select_for_update().first()
    now = await clock.now()
    if link is None or (link.lease_until is not None and link.lease_until > now):
        return None
    link.lease_token, link.lease_until = new_id(), now + leases.LENGTH
    await link.save(update_fields=["lease_token", "lease_until"])
    await timers.arm(TIMER, ref(link_id), link.lease_until)
    return Hold(link_id, link.lease_token)


async def fenced(hold: Hold) -> MirrorLink:
    """The link under its row lock, in the transaction under way. Raises LaneLost where the lease is another's."""
    link = await MirrorLink.filter(id=hold.link_id).select_for_update().get()
    if link.lease_token != hold.token:
        raise LaneLost
    return link


@atomic
async def extend(hold: Hold) -> None:
    """Heartbeat of whoever works the lane. Nothing happens where the lease is another's by now."""
    link = await MirrorLink.filter(id=hold.link_id).select_for_update().get()
    if link.lease_token == hold.token:
        await _renew(link)


async def _renew(link: MirrorLink) -> None:
    link.lease_until = await clock.now() + leases.LENGTH
    await link.save(update_fields=["lease_until"])
    await timers.arm(TIMER, ref(link.id), link.lease_until)


@atomic
async def next_operation(hold: Hold) -> MirrorOperation | None:
    """The lane's first operation that is due, with the lease renewed; None after giving the lane back.

    Looking and giving back are one step under the row lock, so work asked for meanwhile is never left lying.
    """
    link, now = await fenced(hold), await clock.now()
    waiting = await _first(link)
    resting = await _rests_until(link, now)
    if waiting is not None and resting is None and waiting.not_before <= now:
        await _renew(link)
        return waiting
    link.lease_token, link.lease_until = None, None
    await link.save(update_fields=["lease_token", "lease_until"])
    again = max(waiting.not_before, resting or waiting.not_before) if waiting is not None else None
    await timers.set_next(TIMER, ref(link.id), again)
    return None


async def _first(link: MirrorLink) -> MirrorOperation | None:
    if link.state not in WORKABLE:
        return None
    waiting = MirrorOperation.filter(link_id=link.id, state__in=list(DUE_STATES))
    if link.state is MirrorLinkState.OUT_OF_SCOPE:
        waiting = waiting.filter(kind=MirrorOperationKind.SYNC)
    return await waiting.order_by("seq", "id").first()


async def _rests_until(link: MirrorLink, now: datetime) -> datetime | None:
    connection = await MirrorConnection.get(id=link.connection_id)
    gate = await gates.before(Ref("case", link.case_id))
    moments = (connection.retry_at, gate.until if gate else None)
    return max((at for at in moments if at is not None and at > now), default=None)


async def wake(case_ids: Sequence[UUID] | None) -> None:
    """The lanes of these cases, or of all, look again now whether something is due. Those at work are left to it."""
    await transaction.current().connection.execute_query(_WAKE, [TIMER, case_ids and list(case_ids)])


@atomic
async def settle(hold: Hold, operation: MirrorOperation, result: Result) -> None:
    """Records how an operation went. One asked for again while it ran stays to be done again."""
    await fenced(hold)
    row = await MirrorOperation.filter(id=operation.id).select_for_update().get()
    changed = ["state", "error", "not_before", "attempts", "done_at"]
    match result:
        case Finished():
            row.state, row.error, row.attempts = MirrorOperationState.DONE, None, 0
            row.done_at = await clock.now()
        case Later():
            row.state = MirrorOperationState.IN_DOUBT if result.in_doubt else MirrorOperationState.PENDING
            row.error, row.not_before = result.error, result.at
            row.attempts += int(result.counts)
        case Stuck():
            row.state, row.error = result.state, result.error
    if row.wanted != operation.wanted and row.state is not MirrorOperationState.IN_DOUBT:
        row.state = MirrorOperationState.PENDING
    await row.save(update_fields=changed)
    if row.kind is MirrorOperationKind.SYNC and isinstance(result, Finished | Stuck):
        await MirrorOperation.filter(
            link_id=row.link_id, kind=MirrorOperationKind.SYNC, seq__lt=row.seq,
            state__in=[MirrorOperationState.BLOCKED, MirrorOperationState.DEAD],
        ).update(state=MirrorOperationState.DONE)  # fmt: skip
    if row.kind is MirrorOperationKind.CREATE and isinstance(result, Stuck):
        await MirrorLink.filter(id=row.link_id).update(state=MirrorLinkState.BLOCKED, reason=result.error)
