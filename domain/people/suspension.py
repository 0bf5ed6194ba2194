"""Whether an account may act at all. Called by what stops the rest of it, in its transaction."""

from uuid import UUID

from domain.core import clock
from domain.core.errors import NotFound
from domain.people.models import Principal, RoleGrant
from domain.people.rules import AccountFacts


async def facts_of(principal_id: UUID) -> AccountFacts:
    """What the rules need of an account. NOT_FOUND where there is no such account."""
    account = await Principal.filter(id=principal_id).first()
    if account is None:
        raise NotFound("account", principal_id, path=("actorId",))
    roles = [grant.role for grant in await RoleGrant.filter(principal_id=principal_id)]
    return AccountFacts(id=account.id, kind=account.kind, name=account.name, roles=roles)


async def suspend(principal_id: UUID) -> bool:
    """From now on none of its tokens is valid; says whether that is news."""
    return await _set(principal_id, suspended=True)


async def reinstate(principal_id: UUID) -> bool:
    """Its tokens are valid again; says whether that is news."""
    return await _set(principal_id, suspended=False)


async def _set(principal_id: UUID, *, suspended: bool) -> bool:
    account = await Principal.filter(id=principal_id).select_for_update().first()
    if account is None:
        raise NotFound("account", principal_id, path=("actorId",))
    if (account.suspended_at is not None) is suspended:
        return False
    account.suspended_at = await clock.now() if suspended else None
    await account.save(update_fields=["suspended_at"])
    return True
