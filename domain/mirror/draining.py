"""Draining one link's lane: what the effect `mirror.lane` does."""

from uuid import UUID

from domain.core import leases
from domain.mirror import lane
from domain.mirror.commenting import send
from domain.mirror.creating import create
from domain.mirror.pausing import unless_paused
from domain.mirror.states import MirrorOperationKind
from domain.mirror.syncing import sync
from domain.mirror.trackers import Trackers
from domain.mirror.work import work

DOERS = {
    MirrorOperationKind.CREATE.value: unless_paused(create),
    MirrorOperationKind.SYNC.value: unless_paused(sync),
    MirrorOperationKind.COMMENT.value: unless_paused(send),
    MirrorOperationKind.NOTE.value: unless_paused(send),
}


async def drain_link(link_id: UUID, trackers: Trackers) -> None:
    """Carries out everything that is due for a link; returns at once where another worker is at it.

    Nothing is lost either way: whoever works the lane looks once more, under its lock, before giving it back.
    """
    hold = await lane.take(link_id)
    if hold is not None:
        async with leases.kept(lambda: lane.extend(hold)):
            await work(hold, trackers, DOERS)
