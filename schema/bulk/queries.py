"""Finding batches."""

import strawberry

from schema import reads
from schema.bulk.types import BulkOperation


@strawberry.type
class BulkQueries:
    bulk_operation: BulkOperation | None = reads.root_one(
        BulkOperation, description="One batch: yours, or for leads anybody's. Needs the permission case.bulk."
    )
    bulk_operations: reads.Connection[BulkOperation] = reads.root_connection(
        BulkOperation,
        description="Your batches, and for leads everybody's, the newest first. "
        "Empty without the permission case.bulk.",
    )
