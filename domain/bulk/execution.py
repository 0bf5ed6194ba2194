"""Doing a batch, one chunk in the transaction under way: a chunk that is there is still to do."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from domain.bulk import asking, undoing
from domain.bulk.asking import Decide
from domain.bulk.deciding import decide_all
from domain.bulk.events import BulkAdvanced, BulkEnded
from domain.bulk.models import BulkChunk, BulkOperation
from domain.bulk.record import item, keep_items, keep_refused, ref
from domain.bulk.states import BulkAction, BulkErrorPolicy, BulkOutcome, BulkState
from domain.cases.many import Judged, take_all
from domain.core import clock, effects, events, gates, timers, transaction
from domain.core.actor import Actor
from domain.core.transaction import Gate, Ref

GATE_TIMER = "BULK_GATE"
WORK = "bulk.work"

_WHILE_UNDER_WAY = timedelta(days=1)

_TAKE_CHUNK = """
WITH next AS (SELECT id, number FROM bulk_chunk WHERE operation_id = $1 ORDER BY number LIMIT 1)
DELETE FROM bulk_chunk c USING next WHERE c.id = next.id
RETURNING c.case_ids, EXISTS (SELECT 1 FROM bulk_chunk o WHERE o.operation_id = $1 AND o.number > next.number) AS more
"""

_LATER = "SELECT case_ids FROM bulk_chunk WHERE operation_id = $1 ORDER BY number"

_DATE_EFFECTS = """
UPDATE effect SET not_before = $2 WHERE batch_id = $1 AND state = 'PENDING' AND attempts = 0
"""


async def advance(operation: BulkOperation, *, by: Actor) -> bool:
    """Does the next chunk of a locked batch; says whether there was one. The last ends it."""
    connection = transaction.current().connection
    rows = await connection.execute_query_dict(_TAKE_CHUNK, [operation.id])
    if not rows:
        return False
    whole = operation.error_policy is BulkErrorPolicy.ALL_OR_NOTHING
    # All or nothing is one chunk: what was skipped before it are names that mean no case.
    doomed = whole and not operation.dry_run and operation.skipped > 0
    judged = await _carry_out(operation, rows[0]["case_ids"], by=by, whole=whole, dry=operation.dry_run or doomed)
    if judged is None:
        later = await connection.execute_query_dict(_LATER, [operation.id])
        left = [id for row in (*rows, *later) for id in row["case_ids"]]  # noqa: A001
        await keep_refused(operation, left, "TEXT_ERASED", by=by)
        await end(operation, BulkState.REFUSED, by=by, code="TEXT_ERASED")
        return False
    refused = doomed or (whole and not operation.dry_run and any(one.refusal for one in judged))
    items = [item(one, all_refused=refused) for one in judged]
    await keep_items(operation.id, items)
    for one in items:
        operation.applied += len(one.case_ids) * (one.outcome is BulkOutcome.APPLIED)
        operation.unchanged += len(one.case_ids) * (one.outcome is BulkOutcome.UNCHANGED)
        operation.skipped += len(one.case_ids) * (one.outcome is BulkOutcome.SKIPPED)
    operation.state = BulkState.RUNNING
    await operation.save(update_fields=["applied", "unchanged", "skipped", "state"])
    advanced = BulkAdvanced(
        applied=operation.applied, unchanged=operation.unchanged, skipped=operation.skipped
    )  # fmt: skip
    await events.append(ref(operation.id), advanced, by=by)
    if refused:
        await end(operation, BulkState.REFUSED, by=by, code="ROWS_REFUSED")
    elif not rows[0]["more"]:
        await end(operation, BulkState.DONE, by=by)
    return True


async def _carry_out(
    operation: BulkOperation, case_ids: Sequence[UUID], *, by: Actor, whole: bool, dry: bool
) -> list[Judged] | None:
    if operation.action is BulkAction.UNDO:
        what = undoing.whose(operation.undoes_id, operation.arguments)
        async with transaction.savepoint():
            return await undoing.undo_all(case_ids, what, by=by, look_only=dry)
    asked = await asking.read(operation.action, operation.arguments)
    if asked is None:
        return None
    gate = None
    if operation.effects_after is not None and not dry:
        gate = Gate(operation.id, await clock.now() + _WHILE_UNDER_WAY)
    async with gates.under(gate):
        if isinstance(asked, Decide):
            judged = await decide_all(case_ids, asked, by=by, whole=whole, look_only=dry)
        else:
            judged = await take_all(case_ids, asked, by=by, whole=whole, look_only=dry)
    applied = [Ref("case", id) for one in judged if one.seqs for id in one.case_ids]  # noqa: A001
    if gate is not None and applied:
        await gates.close(gate, applied)
    return judged


async def end(operation: BulkOperation, state: BulkState, *, by: Actor, code: str | None = None) -> None:
    """Nothing more is done by it; what follows outside goes ahead after the time its caller asked for."""
    await BulkChunk.filter(operation_id=operation.id).delete()
    now = await clock.now()
    operation.state, operation.code, operation.ended_at = state, code, now
    if operation.effects_after is not None and operation.applied and not operation.dry_run:
        operation.effects_until = now + operation.effects_after
        await _date(operation.id, Gate(operation.id, operation.effects_until))
    await operation.save(update_fields=["state", "code", "skipped", "ended_at", "effects_until"])
    ended = BulkEnded(state=state, code=code, effects_until=operation.effects_until)
    await events.append(ref(operation.id), ended, by=by)


async def _date(operation_id: UUID, gate: Gate) -> None:
    connection = transaction.current().connection
    await connection.execute_query("UPDATE effect_gate SET until = $2 WHERE batch_id = $1", [gate.batch_id, gate.until])
    await connection.execute_query(_DATE_EFFECTS, [gate.batch_id, gate.until])
    await timers.arm(GATE_TIMER, ref(operation_id), gate.until)


async def hand_to_worker(operation: BulkOperation) -> None:
    """Has a worker do what is still to do."""
    await effects.plan(WORK, key=f"bulk:{operation.id}", ref=ref(operation.id))
