"""How many rows a token may change in an hour, and telling its owner when it wants more."""

from domain.bulk.events import ActorCapped
from domain.bulk.models import BulkOperation
from domain.bulk.rules import allowance
from domain.core import content, events, transaction
from domain.core.actor import Actor, system
from domain.core.transaction import Ref
from domain.notify import actions as notify
from domain.notify.queries import reachable
from domain.notify.states import Urgency

ROWS_PER_HOUR = "ROWS_PER_HOUR"

# Of one token together with whatever else acts without a token of its own for the same account.
_USED = """
SELECT coalesce(sum(o.total), 0)::bigint AS used,
    (SELECT t.rows_per_hour FROM api_token t WHERE t.id = $2) AS most,
    (SELECT coalesce(p.owner_id, p.person_id) FROM principal p WHERE p.id = $1) AS owner,
    (SELECT p.name FROM principal p WHERE p.id = $1) AS name
FROM bulk_operation o
WHERE o.requested_by_id = $1 AND o.token_id IS NOT DISTINCT FROM $2 AND o.created_at > app_clock() - interval '1 hour'
    AND o.id <> $3 AND NOT o.dry_run AND o.action <> 'UNDO' AND o.state <> 'REFUSED'
"""


async def allows(operation: BulkOperation, *, by: Actor) -> bool:
    """Whether the batch is within what its token may change in an hour. Where it is not, the token's owner is told,
    once an hour by every address."""
    connection = transaction.current().connection
    # One at a time: two batches at once must not both fit into what is left for one.
    await connection.execute_query("SELECT 1 FROM principal WHERE id = $1 FOR UPDATE", [by.id])
    (row,) = await connection.execute_query_dict(_USED, [by.id, by.token_id, operation.id])
    left = allowance(row["most"], row["used"])
    if operation.total <= left:
        return True
    capped = ActorCapped(token_id=by.token_id, asked=operation.total, most=left)
    await events.append(Ref("principal", by.id), capped, by=by)
    if row["owner"] is not None:
        title = await content.store(
            f"{row['name']} wanted to change {operation.total:,} cases and may change {left:,} more this hour.",
            path="title",
        )
        hour = operation.created_at.strftime("%Y%m%d%H")
        for contacts in (await reachable([row["owner"]])).values():
            for contact in contacts:
                await notify.tell(
                    contact,
                    by=system(),
                    cause=Ref("principal", by.id),
                    batch=f"cap/{by.token_id or by.id}/{hour}",
                    urgency=Urgency.HIGH,
                    reference=f"BULK-{operation.id.hex[-6:]}",
                    title_id=title.id,
                )
    return False
