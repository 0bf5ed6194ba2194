"""How many rows a token may change in an hour, and telling whoever answers for it when it wants more."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
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
from domain.people.models import Person, Principal, RoleGrant
from domain.people.roles import Role

ROWS_PER_HOUR = "ROWS_PER_HOUR"

# Of one token together with whatever else acts without a token of its own for the same account.
_USED = """
SELECT coalesce(sum(o.total), 0)::bigint AS used, (SELECT t.rows_per_hour FROM api_token t WHERE t.id = $2) AS most
FROM bulk_operation o
WHERE o.requested_by_id = $1 AND o.token_id IS NOT DISTINCT FROM $2 AND o.created_at > app_clock() - interval '1 hour'
    AND o.id <> $3 AND NOT o.dry_run AND o.action <> 'UNDO' AND o.state <> 'REFUSED'
"""

_ISSUER = """
SELECT i.person_id FROM event e JOIN principal i ON i.id = e.actor_id
WHERE e.subject_type = 'principal' AND e.subject_id = $1 AND e.kind IN ('TokenIssued', 'TokenRotated')
    AND coalesce(e.payload ->> 'successor_id', e.payload ->> 'token_id') = $2::text AND i.person_id IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class Answerable:
    """What an account is called to others, and who answers for one of its tokens: whoever owns the account, whoever
    issued the token, the administrators. The first of these groups that can be told is told; none is empty."""

    account: str
    groups: Sequence[Sequence[UUID]]


async def allows(operation: BulkOperation, *, by: Actor) -> bool:
    """Whether the batch is within what its token may change in an hour. Where it is not, that is on record, and
    whoever answers for it is paged or told; a dry run is only answered."""
    connection = transaction.current().connection
    if not operation.dry_run:
        # One at a time: two batches at once must not both fit into what is left for one.
        await connection.execute_query("SELECT 1 FROM principal WHERE id = $1 FOR UPDATE", [by.id])
    (row,) = await connection.execute_query_dict(_USED, [by.id, by.token_id, operation.id])
    left = allowance(row["most"], row["used"])
    if operation.total <= left:
        return True
    if not operation.dry_run:
        capped = ActorCapped(token_id=by.token_id, asked=operation.total, most=left, operation_id=operation.id)
        await events.append(Ref("principal", by.id), capped, by=by)
    return False


@atomic
async def answerable(principal_id: UUID, token_id: UUID | None) -> Answerable:
    """Who answers for a token of an account, of those who work here."""
    account = await Principal.get(id=principal_id)
    rows = await transaction.current().connection.execute_query_dict(_ISSUER, [principal_id, str(token_id)])
    grants = RoleGrant.filter(role=Role.ADMIN, principal__suspended_at__isnull=True).order_by("principal__created_at")
    groups: Sequence[Sequence[Any]] = (
        [account.owner_id or account.person_id],
        [row["person_id"] for row in rows],
        list(await grants.values_list("principal__person_id", flat=True)),
    )
    named = {id for group in groups for id in group if id is not None}  # noqa: A001
    here = set(await Person.filter(id__in=list(named), active=True).values_list("id", flat=True))
    found = [[id for id in group if id in here] for group in groups]  # noqa: A001
    person = await Person.get_or_none(id=account.person_id) if account.kind is ActorKind.HUMAN else None
    called = account.name if person is None else f"The account of {person.name}"
    return Answerable(called, [group for group in found if group])


def words_for(account: str, capped: ActorCapped) -> str:
    """What they are told."""
    return f"{account} wanted to change {capped.asked:,} cases and may change {capped.most:,} more this hour."


@atomic
async def tell(
    person_ids: Sequence[UUID], title: str, capped: ActorCapped, *, by: Actor, principal_id: UUID, hour: str
) -> bool:  # fmt: skip
    """Tells them at every verified address, once an hour. Says whether any of them has one."""
    by.ensure("notification.send")
    contacts = [contact for found in (await reachable(person_ids)).values() for contact in found]
    if not contacts:
        return False
    said = await content.store(title, path="title")
    for contact in contacts:
        await notify.tell(
            contact,
            by=by,
            cause=Ref("principal", principal_id),
            batch=f"cap/{capped.token_id or principal_id}/{hour}",
            urgency=Urgency.HIGH,
            reference=f"BULK-{capped.operation_id.hex[-6:]}" if capped.operation_id else "BULK",
            title_id=said.id,
        )
    return True
