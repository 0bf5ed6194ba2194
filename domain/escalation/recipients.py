"""Whom targets mean at an instant."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from domain.escalation.policies import Target
from domain.escalation.states import TargetKind
from domain.oncall.queries import people_on_call, stints
from domain.oncall.references import person_of
from domain.people.models import Membership, Principal, RoleGrant
from domain.people.roles import Role


async def people_of(targets: Iterable[Target], at: datetime) -> list[UUID]:
    """The people behind targets at an instant, each once, in the targets' order. Schedules are resolved live."""
    found: dict[UUID, None] = {}
    for target in targets:
        found |= dict.fromkeys(await _of(target, at))
    return list(found)


async def who_run_the_desk() -> list[UUID]:
    """Everybody with the role of an administrator: told when nobody else can be."""
    accounts = await RoleGrant.filter(role=Role.ADMIN).values_list("principal_id", flat=True)
    people = await Principal.filter(id__in=list(accounts), suspended_at=None).order_by("id")
    return [account.person_id for account in people if account.person_id is not None]


async def next_handoff(targets: Iterable[Target], start: datetime, end: datetime) -> datetime | None:
    """The first instant after ``start`` and before ``end`` at which other people come on call, as known now."""
    if end <= start:
        return None
    edges = [
        stint.start
        for target in targets
        if target.kind is TargetKind.SCHEDULE
        for stint in await stints(target.key, start, end)
        if stint.start > start
    ]
    return min(edges, default=None)


async def _of(target: Target, at: datetime) -> list[UUID]:
    match target.kind:
        case TargetKind.PERSON:
            return [person_of(target.key)]
        case TargetKind.SCHEDULE:
            return await people_on_call(target.key, at)
        case TargetKind.TEAM:
            members = Membership.filter(team__key=target.key, person__active=True).order_by("id")
            return [member["person_id"] for member in await members.values("person_id")]
