"""Small builders with defaults: a person, a team, a queue, a case."""

from collections.abc import Sequence
from uuid import UUID

from domain.cases import actions as cases
from domain.cases.actions.intake import Filed
from domain.cases.actions.subjects import SubjectReport
from domain.cases.models import Queue
from domain.cases.states import SignalOrigin, SubjectKind
from domain.core import clock
from domain.core.actor import Actor, ActorKind, Tool, system
from domain.core.ids import new_id
from domain.people import actions as people
from domain.people.models import Team
from domain.people.queries import actor_of_principal
from domain.people.roles import Role

SYSTEM = system(Tool.COMMAND_LINE)


async def a_team(key: str = "live") -> Team:
    return await people.add_team(key, by=SYSTEM, name=key.title())


async def a_person(
    name: str = "Ada", *roles: Role, team: UUID | None = None, lead: bool = False, clearances: Sequence[str] = ()
) -> Actor:
    """A person as the actor they are; a reviewer unless roles are given."""
    person = await people.add_person(
        name,
        by=SYSTEM,
        email=f"{name.lower()}@example.org",
        roles=roles or (Role.REVIEWER,),
        clearances=clearances,
    )
    if team is not None:
        await people.join(team, by=SYSTEM, person_id=person.id, lead=lead)
    return await actor_of_principal(person.id, tool=Tool.GRAPHQL)


async def an_account(name: str = "intake", *roles: Role, kind: ActorKind = ActorKind.SERVICE) -> Actor:
    """A program as the actor it is; one that takes in reports and flags of all kinds unless roles are given."""
    account = await people.add_account(name, by=SYSTEM, kind=kind, roles=roles or (Role.INTAKE, Role.FLAGGER))
    return await actor_of_principal(account.id, tool=Tool.GRAPHQL)


async def a_queue(key: str = "live", *, team: UUID, predicate: object | None = None, position: int = 1) -> Queue:
    return await Queue.create(
        key=key,
        name=key.title(),
        position=position,
        team_id=team,
        predicate=predicate if predicate is not None else {},
        created_at=await clock.now(),
    )


def a_room(ref: str | None = None, *, live: bool = True, reach: int = 1200) -> SubjectReport:
    return SubjectReport(
        kind=SubjectKind.LIVE_SESSION, external_ref=ref or f"room-{new_id().hex[-6:]}", live=live, reach=reach
    )


async def a_signal(
    by: Actor,
    *,
    room: SubjectReport | None = None,
    origin: SignalOrigin = SignalOrigin.TRUSTED_FLAGGER,
    reason_code: str = "SCAM",
    key: str | None = None,
) -> Filed:
    return await cases.file_signal(
        room or a_room(), by=by, origin=origin, reason_code=reason_code, dedupe_key=key or new_id().hex
    )
