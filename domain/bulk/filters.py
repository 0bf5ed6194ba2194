"""What of batches can be asked for."""

from domain.bulk.states import BulkAction, BulkOutcome, BulkState
from domain.cases.filters import CASE
from domain.core import predicates as p

BULK: p.Entity = p.Entity(
    "bulk_operation",
    table="bulk_operation",
    fields=[
        p.ident("id", prefix="bulk"),
        p.choice("action", BulkAction),
        p.choice("state", BulkState),
        p.flag("dry_run"),
        p.ident("requested_by_id", prefix="principal"),
        p.ident("undoes_id", prefix="bulk", nullable=True),
        p.moment("created_at"),
    ],
)

ITEM: p.Entity = p.Entity(
    "bulk_item",
    table="bulk_item",
    fields=[
        p.ident("id", prefix="bulkitem"),
        p.ident("operation_id", prefix="bulk"),
        p.ident("case_id", prefix="case", key="CASE", keyed_in="case", nullable=True),
        p.choice("outcome", BulkOutcome),
        p.text("code", nullable=True),
    ],
    relations=[
        p.to_one("operation", lambda: BULK, column="operation_id"),
        p.to_one("case", lambda: CASE, column="case_id"),
    ],
)
