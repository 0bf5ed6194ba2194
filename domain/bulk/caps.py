"""How many rows a token may change in an hour, and telling its owner when it wants more."""

from dataclasses import dataclass
from uuid import UUID

from domain.bulk.events import ActorCapped
from domain.bulk.models import BulkOperation
from domain.bulk.rules import allowance
from domain.core import content, events, transaction
from domain.core.actor import Actor, ActorKind
from domain.core.transaction import Ref, atomic
from domain.notify import actions as notify
from domain.notify.queries import reachable
from domain.notify.states import Urgency
from domain.people.models import Principal

ROWS_PER_HOUR = "ROWS_PER_HOUR"

# Of one token together with whatever else acts without a token of its own for the same account.
_USED = """
SELECT coalesce(sum(o.total), 0)::bigint AS used, (SELECT t.rows_per_hour FROM api_token t WHERE t.id = $2) AS most
FROM bulk_operation o
WHERE o.requested_by_id = $1 AND o.token_id IS NOT DISTINCT FROM $2 AND o.created_at > app_clock() - interval '1 hour'
    AND o.id <> $3 AND NOT o.dry_run AND o.action <> 'UNDO' AND o.state <> 'REFUSED'
"""


@dataclass(frozen=True, slots=True)
class Owner:
    """Who answers for an account, and what the account is called to others."""

    person_id: UUID
    account: str


async def allows(operation: BulkOperation, *, by: Actor) -> bool:
    """Whether the batch is within what its token may change in an hour. Where it is not, that is on record, and the
    token's owner is paged or told for it."""
    connection = transaction.current().connection
    # One at a time: two batches at once must not both fit into what is left for one.
    await connection.execute_query("SELECT 1 FROM principal WHERE id = $1 FOR UPDATE", [by.id])
    (row,) = await connection.execute_query_dict(_USED, [by.id, by.token_id, operation.id])
    left = allowance(row["most"], row["used"])
    if operation.total <= left:
        return True
    capped = ActorCapped(token_id=by.token_id, asked=operation.total, most=left, operation_id=operation.id)
    await events.append(Ref("principal", by.id), capped, by=by)
    return False


async def owner_of(principal_id: UUID) -> Owner | None:
    """Whoever answers for an account; None where nobody does."""
    account = await Principal.filter(id=principal_id).first()
    if account is None or (owner := account.owner_id or account.person_id) is None:
        return None
    return Owner(owner, "A person's account" if account.kind is ActorKind.HUMAN else account.name)


def words_for(owner: Owner, capped: ActorCapped) -> str:
    """What the owner is told."""
    return f"{owner.account} wanted to change {capped.asked:,} cases and may change {capped.most:,} more this hour."


@atomic
async def tell_owner(owner: Owner, capped: ActorCapped, *, by: Actor, principal_id: UUID, hour: str) -> None:
    """Tells the owner at every verified address, once an hour."""
    by.ensure("notification.send")
    title = await content.store(words_for(owner, capped), path="title")
    for contact in (await reachable([owner.person_id])).get(owner.person_id, ()):
        await notify.tell(
            contact,
            by=by,
            cause=Ref("principal", principal_id),
            batch=f"cap/{capped.token_id or principal_id}/{hour}",
            urgency=Urgency.HIGH,
            reference=f"BULK-{capped.operation_id.hex[-6:]}" if capped.operation_id else "BULK",
            title_id=title.id,
        )
