"""Rows of batches: locking one, and writing what became of its cases."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from uuid import UUID

import orjson

from domain.bulk.models import BulkOperation
from domain.bulk.states import BulkOutcome
from domain.bulk.visibility import OPERATIONS
from domain.cases.many import Judged
from domain.core import clock, transaction
from domain.core import predicates as p
from domain.core.actor import Actor
from domain.core.errors import NotFound
from domain.core.ids import new_id
from domain.core.transaction import Ref

NOT_SEEN = "There is no such case that you can see. Check the id or the key."
OTHERS_REFUSED = ("OTHERS_REFUSED", "Others were refused, and this was to be all or nothing.")


@dataclass(slots=True, kw_only=True)
class Item:
    """A row of ``bulk_item`` about to be written; ten times lighter than its model."""

    id: UUID
    operation_id: UUID
    case_id: UUID | None = None
    given: str | None = None
    outcome: BulkOutcome
    code: str | None = None
    message: str | None = None
    version: int | None = None


_COLUMNS = ", ".join(each.name for each in fields(Item))


def ref(operation_id: UUID) -> Ref:
    """The batch as a subject of the log."""
    return Ref("bulk", operation_id)


async def locked(operation_id: UUID, by: Actor) -> BulkOperation:
    """The batch under its row lock. NOT_FOUND alike where it is none and where it is not the actor's to see."""
    by.ensure("case.bulk")
    await ensure_visible(operation_id, by)
    return await BulkOperation.select_for_update().get(id=operation_id)


def row(operation_id: UUID, judged: Judged, *, all_refused: bool = False) -> Item:
    """What became of one case, as its row. A case the actor may not see is told of by the id it was
    named with."""
    item = Item(id=new_id(), operation_id=operation_id, case_id=judged.case_id, outcome=BulkOutcome.UNCHANGED)
    if judged.refusal is not None:
        item.outcome, item.code, item.message = BulkOutcome.SKIPPED, judged.refusal.code, judged.refusal.message
        if isinstance(judged.refusal, NotFound):
            item.case_id, item.given = None, f"case_{judged.case_id.hex}"
            item.message = NOT_SEEN
    elif all_refused:
        item.outcome, (item.code, item.message) = BulkOutcome.SKIPPED, OTHERS_REFUSED
    elif judged.seq is not None:
        item.outcome, item.version = BulkOutcome.APPLIED, judged.seq or None
    return item


async def keep_items(items: Sequence[Item]) -> None:
    """Writes them in one statement."""
    await transaction.current().connection.execute_query(
        f"INSERT INTO bulk_item ({_COLUMNS}) SELECT {_COLUMNS}"
        " FROM jsonb_populate_recordset(NULL::bulk_item, $1::jsonb)",
        [orjson.dumps(items, default=str).decode()],
    )


async def ensure_visible(operation_id: UUID, by: Actor) -> None:
    """Refuses with NOT_FOUND what the actor may not see."""
    operation = await BulkOperation.filter(id=operation_id).only("id", "requested_by_id").first()
    asked = {"requested_by_id": operation.requested_by_id} if operation else None
    if asked is None or not p.matches(OPERATIONS, asked, viewer=by, now=await clock.now()):
        raise NotFound("bulk operation", operation_id)
