"""Rows of batches: locking one, and writing what became of its cases."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from domain.bulk.choosing import visible
from domain.bulk.models import BulkOperation
from domain.bulk.states import BulkOutcome
from domain.bulk.visibility import OPERATIONS
from domain.cases.many import Judged
from domain.core import predicates as p
from domain.core import transaction
from domain.core.actor import Actor
from domain.core.errors import NotFound
from domain.core.transaction import Ref

NOT_SEEN = "There is no such case that you can see. Check the id or the key."
WHOLE_REFUSED = {
    "ROWS_PER_HOUR": "The token may not change so many cases within an hour. Wait, or ask for a higher cap.",
    "TEXT_ERASED": "A text that the batch was to write has been erased since. Start the batch anew.",
}
"""Why none of a batch's cases is done, by code: it is the batch that is refused."""
OTHERS_REFUSED = ("OTHERS_REFUSED", "Others were refused, and this was to be all or nothing.")


@dataclass(slots=True, kw_only=True)
class Item:
    """What became of some cases alike, each a row of ``bulk_item`` about to be written. ``given``: the names of those
    that have no case."""

    case_ids: Sequence[UUID | None]
    given: str | None = None
    outcome: BulkOutcome
    code: str | None = None
    message: str | None = None
    versions: Sequence[int | None] | None = None


_KEEP = """
INSERT INTO bulk_item (id, operation_id, case_id, given, outcome, code, message, version)
SELECT uuidv7(), $1, s.* FROM (
    SELECT * FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[])
        AS t (case_id, given, outcome, code, message, version) ORDER BY case_id
) s
"""


def ref(operation_id: UUID) -> Ref:
    """The batch as a subject of the log."""
    return Ref("bulk", operation_id)


async def locked(operation_id: UUID, by: Actor) -> BulkOperation:
    """The batch under its row lock. NOT_FOUND alike where it is none and where it is not the actor's to see."""
    by.ensure("case.bulk")
    await ensure_visible(operation_id, by)
    return await BulkOperation.select_for_update().get(id=operation_id)


def item(judged: Judged, *, all_refused: bool = False) -> Item:
    """What became of cases, as their rows. A case the actor may not see is told of by the id it was named with."""
    why = judged.refusal
    if isinstance(why, NotFound) and why.what == "case":
        return unseen(f"case_{judged.case_ids[0].hex}")
    found = Item(case_ids=judged.case_ids, outcome=BulkOutcome.UNCHANGED)
    if why is not None:
        found.outcome, found.code, found.message = BulkOutcome.SKIPPED, why.code, why.message
    elif all_refused:
        found.outcome, (found.code, found.message) = BulkOutcome.SKIPPED, OTHERS_REFUSED
    if judged.seqs is not None and not all_refused:
        found.outcome, found.versions = BulkOutcome.APPLIED, [seq or None for seq in judged.seqs]
    return found


def unseen(name: str | None) -> Item:
    """A case that is not there, or not for the batch's actor, by the name it was given."""
    given = name and name[:80]
    return Item(case_ids=[None], given=given, outcome=BulkOutcome.SKIPPED, code="NOT_FOUND", message=NOT_SEEN)


async def keep_refused(operation: BulkOperation, case_ids: Sequence[UUID], code: str, *, by: Actor) -> None:
    """Writes for each of these cases that the whole batch was refused; the batch's row is still to be saved."""
    seen = await visible(case_ids, by=by)
    items = [unseen(f"case_{id.hex}") for id in case_ids if id not in seen]  # noqa: A001
    refused = [id for id in case_ids if id in seen]  # noqa: A001
    items.append(Item(case_ids=refused, outcome=BulkOutcome.SKIPPED, code=code, message=WHOLE_REFUSED[code]))
    operation.skipped += len(case_ids)
    await keep_items(operation.id, items)


async def keep_items(operation_id: UUID, items: Sequence[Item]) -> None:
    """Writes them in one statement, in the order of their cases."""
    columns: list[list[Any]] = [[], [], [], [], [], []]
    for one in items:
        number = len(one.case_ids)
        same = ([value] * number for value in (one.given, one.outcome.value, one.code, one.message))
        for column, values in zip(columns, (one.case_ids, *same, one.versions or [None] * number), strict=True):
            column.extend(values)
    await transaction.current().connection.execute_query(_KEEP, [operation_id, *columns])


async def ensure_visible(operation_id: UUID, by: Actor) -> None:
    """Refuses with NOT_FOUND what the actor may not see."""
    operation = await BulkOperation.filter(id=operation_id).only("id", "requested_by_id").first()
    asked = {"requested_by_id": operation.requested_by_id} if operation else None
    if asked is None or not p.matches(OPERATIONS, asked, viewer=by):
        raise NotFound("bulk operation", operation_id)
