"""What workers do for batches: the work itself, letting go what waits, and telling the mirror that it may go on."""

from uuid import UUID

from domain.bulk import actions as bulk
from domain.bulk import caps
from domain.bulk.events import ActorCapped
from domain.bulk.models import BulkItem, BulkOperation
from domain.bulk.states import BulkAction
from domain.core import projections
from domain.core.actor import system
from domain.core.effects import Effect
from domain.core.events import Recorded
from domain.core.timers import Due
from domain.core.transaction import Ref
from domain.escalation import actions as pages
from domain.escalation.queries import policy_of_teams_of
from domain.mirror import lane
from domain.mirror.projection import CONSUMER


async def work(effect: Effect) -> None:
    """Does a batch chunk by chunk until nothing of it is left; a worker that dies leaves the rest to the next."""
    while await bulk.work(effect.ref.id, by=system()):
        pass


async def effects_wait_no_longer(due: Due) -> None:
    """A batch was not called back in time."""
    await bulk.let_go(due.ref.id, by=system())


async def let_go(happened: Recorded) -> None:
    """Trackers learn what a batch did."""
    await _mirror_goes_on(happened.ref.id)


async def ended(happened: Recorded) -> None:
    """What was taken back waits for nothing any more."""
    operation = await BulkOperation.filter(id=happened.ref.id).first()
    if operation is not None and operation.action is BulkAction.UNDO and not operation.dry_run:
        await _mirror_goes_on(operation.id)


async def reinstated(_happened: Recorded) -> None:
    """Trackers learn what an account did before it was suspended."""
    await lane.wake(None)


async def capped(happened: Recorded) -> None:
    """A token wanted more than it may: whoever answers for it learns of it, by a policy that tells a team of theirs
    or, where none does, at their addresses. One page while nobody resolves it, however often the token tries.
    """
    told = ActorCapped.model_validate(happened.payload)
    found = await caps.answerable(happened.ref.id, told.token_id)
    title = caps.words_for(found.account, told)
    by = system().caused_by(happened.id)
    hour = happened.occurred_at.strftime("%Y%m%d%H")
    for group in found.groups:
        for person_id in group:
            if (policy := await policy_of_teams_of(person_id)) is not None:
                key = f"cap/{told.token_id or happened.ref.id}"
                await pages.page(policy, by=by, subject=happened.ref, dedup_key=key, title=title)
                return
        if await caps.tell(group, title, told, by=by, principal_id=happened.ref.id, hour=hour):
            return


async def _mirror_goes_on(operation_id: UUID) -> None:
    items = BulkItem.filter(operation_id=operation_id, case_id__isnull=False).only("id", "case_id")
    ids = {item.case_id for item in await items if item.case_id}
    await projections.mark_all(CONSUMER, [Ref("case", case_id) for case_id in sorted(ids)])
    await lane.wake(sorted(ids))
