"""Working a lane: opens the tracker, carries out operation after operation, and tells the connection how it went."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic

from domain.core import clock
from domain.mirror import lane
from domain.mirror.lane import Hold, LaneLost
from domain.mirror.mapping import MirrorMapping
from domain.mirror.models import MirrorConnection, MirrorLink, MirrorOperation
from domain.mirror.opening import Closed, note_failure, open_tracker
from domain.mirror.outcomes import Failure
from domain.mirror.ports import Tracker
from domain.mirror.rules import Later, Result, Stuck, after, doubt
from domain.mirror.states import MirrorOperationState
from domain.mirror.trackers import Trackers


@dataclass(frozen=True, slots=True)
class Run:
    """One operation being carried out, outside any transaction. `people`: person id → account."""

    hold: Hold
    link: MirrorLink
    connection: MirrorConnection
    operation: MirrorOperation
    mapping: MirrorMapping
    people: dict[str, str]
    tracker: Tracker

    async def failed(self, failure: Failure) -> Result:
        """What becomes of the operation after a failure that left nothing in doubt; the connection learns of it."""
        await note_failure(self.connection.id, failure)
        return after(failure, attempts=self.operation.attempts, now=await clock.now())


async def promptly(record: Awaitable[None], *, grace: timedelta) -> bool:
    """Whether what may leave was put on record so soon that, sent now, it has ended before its grace is over.

    A process that is starved of its processor, or waits for the database, would otherwise send after another worker
    has looked in vain and sent it too.
    """
    begun = monotonic()
    await record
    return timedelta(seconds=monotonic() - begun) <= doubt(grace).recorded_within


Doer = Callable[[Run], Awaitable[Result]]


async def work(hold: Hold, trackers: Trackers, doers: Mapping[str, Doer]) -> None:
    """Carries out what the lane holds until nothing is due. A lane lost on the way is left to its new holder."""
    try:
        while (operation := await lane.next_operation(hold)) is not None:
            await lane.settle(hold, operation, await _carry_out(hold, operation, trackers, doers))
    except LaneLost:
        return


async def _carry_out(
    hold: Hold, operation: MirrorOperation, trackers: Trackers, doers: Mapping[str, Doer]
) -> Result:  # fmt: skip
    link = await MirrorLink.get(id=hold.link_id)
    connection = await MirrorConnection.get(id=link.connection_id)
    opened = await open_tracker(connection, trackers)
    if isinstance(opened, Closed):
        # What may have happened may still have happened: a create in doubt is looked for before it is sent again.
        return Later(opened.again, opened.reason, in_doubt=operation.state is MirrorOperationState.IN_DOUBT)
    run = Run(hold, link, connection, operation, opened.mapping, opened.people, opened.tracker)
    doer = doers.get(operation.kind)
    return await doer(run) if doer else Stuck(MirrorOperationState.BLOCKED, f"Nobody knows how to {operation.kind}")
