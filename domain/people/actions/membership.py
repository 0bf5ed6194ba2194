"""People, teams and accounts, who is in which team, and which roles they hold."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from domain.core import clock, events
from domain.core.actor import Actor, ActorKind
from domain.core.errors import FieldProblem, Forbidden, NotFound, ValidationFailed
from domain.core.events import Entry
from domain.core.ids import new_id
from domain.core.texts import ensure_fits
from domain.core.transaction import Ref, atomic
from domain.people import rules
from domain.people.events import PersonAdded, RoleGranted, RoleWithdrawn, TeamAdded, TeamJoined, TeamLeft
from domain.people.models import Membership, Person, Principal, RoleGrant, Team
from domain.people.roles import Role, rights_beyond


@atomic
async def add_team(key: str, *, by: Actor, name: str) -> Team:
    """Adds a team; a known key returns the team that has it."""
    by.ensure("people.manage")
    known = await Team.filter(key=key).first()
    if known is not None:
        return known
    team = await Team.create(key=key, name=name, created_at=await clock.now())
    await events.append(Ref("team", team.id), TeamAdded(key=key), by=by)
    return team


@atomic
async def add_person(
    name: str,
    *,
    by: Actor,
    email: str,
    roles: Sequence[Role] = (),
    time_zone: str = "UTC",
    locale: str = "en",
    clearances: Sequence[str] = (),
) -> Person:
    """Adds a person with an account of their own; a known address returns the person who has it."""
    by.ensure("people.manage")
    if "@" not in email or not name.strip():
        raise ValidationFailed([FieldProblem(("email",), "INVALID", "Give a name and an e-mail address.")])
    known = await Person.filter(email=email.lower()).first()
    if known is not None:
        return known
    now = await clock.now()
    person = await Person.create(
        name=name, email=email.lower(), time_zone=time_zone, locale=locale, clearances=list(clearances), created_at=now
    )
    await Principal.create(id=person.id, kind=ActorKind.HUMAN, name=name, person_id=person.id, created_at=now)
    await events.append(Ref("person", person.id), PersonAdded(), by=by)
    for role in roles:
        await grant(person.id, by=by, role=role)
    return person


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody to be added."""

    name: str
    email: str


@atomic
async def add_people(newcomers: Sequence[Newcomer], *, by: Actor) -> dict[str, UUID]:
    """Adds many persons without roles, in six statements however many they are; whose address is known is left as is.
    The ids of all, by address in small letters."""
    by.ensure("people.manage")
    wanted = {one.email.lower(): one.name for one in newcomers}
    if wrong := [email for email, name in wanted.items() if "@" not in email or not name.strip()]:
        raise ValidationFailed([FieldProblem(("email",), "INVALID", f"Give a name and an e-mail address: {wrong[0]}.")])
    found = {person.email: person.id for person in await Person.filter(email__in=list(wanted)).only("id", "email")}
    now = await clock.now()
    added = [
        Person(id=new_id(), name=name, email=email, clearances=[], created_at=now)
        for email, name in wanted.items()
        if email not in found
    ]
    if added:
        await Person.bulk_create(added)
        await Principal.bulk_create([
            Principal(id=one.id, kind=ActorKind.HUMAN, name=one.name, person_id=one.id, created_at=now)
            for one in added
        ])  # fmt: skip
        await events.append_entries([Entry(Ref("person", one.id), PersonAdded()) for one in added], by=by)
    return found | {one.email: one.id for one in added}


@atomic
async def add_account(
    name: str, *, by: Actor, kind: ActorKind = ActorKind.SERVICE, roles: Sequence[Role] = (), owner: UUID | None = None
) -> Principal:
    """Adds a service's or a model's account, for which its ``owner`` answers; a known name returns the account that has
    it, as it is."""
    by.ensure("people.manage")
    if not name.strip():
        raise ValidationFailed([FieldProblem(("name",), "BLANK", "Say what the account is called.")])
    ensure_fits(Principal, name=name)
    known = await Principal.filter(name=name, person_id=None).first()
    if known is not None:
        return known
    if owner is not None and not await Person.exists(id=owner, active=True):
        raise NotFound("person", owner, path=("ownerId",))
    account = await Principal.create(
        id=new_id(), kind=kind, name=name, owner_id=owner, created_at=await clock.now()
    )  # fmt: skip
    for role in roles:
        await grant(account.id, by=by, role=role)
    return account


@atomic
async def grant(principal_id: UUID, *, by: Actor, role: Role) -> None:
    """Gives an account a role. Repeating changes nothing. Only who has an administrator's right gives it."""
    rules.ensure_can_enrol(by)
    _ensure_within(role, by)
    if not await Principal.exists(id=principal_id):
        raise NotFound("account", principal_id, path=("accountId",))
    _, created = await RoleGrant.get_or_create(principal_id=principal_id, role=role)
    if created:
        await events.append(Ref("principal", principal_id), RoleGranted(role=role), by=by)


@atomic
async def join(team_id: UUID, *, by: Actor, person_id: UUID, lead: bool = False) -> None:
    """Puts a person into a team. Repeating changes nothing but the lead's mark."""
    by.ensure("people.manage")
    _, created = await Membership.update_or_create(team_id=team_id, person_id=person_id, defaults={"lead": lead})
    if created:
        await events.append(Ref("team", team_id), TeamJoined(person_id=person_id, lead=lead), by=by)


@atomic
async def withdraw(principal_id: UUID, *, by: Actor, role: Role) -> None:
    """Takes a role from an account, under the same rule. Repeating changes nothing."""
    rules.ensure_can_enrol(by)
    _ensure_within(role, by)
    if not await Principal.exists(id=principal_id):
        raise NotFound("account", principal_id, path=("accountId",))
    if await RoleGrant.filter(principal_id=principal_id, role=role).delete():
        await events.append(Ref("principal", principal_id), RoleWithdrawn(role=role), by=by)


@atomic
async def leave(team_id: UUID, *, by: Actor, person_id: UUID) -> None:
    """Takes a person out of a team. Repeating changes nothing."""
    by.ensure("people.manage")
    if await Membership.filter(team_id=team_id, person_id=person_id).delete():
        await events.append(Ref("team", team_id), TeamLeft(person_id=person_id), by=by)


def _ensure_within(role: Role, by: Actor) -> None:
    """A role of outsiders or services may hold what no administrator does; of an administrator's rights none may be
    more than the giver has."""
    if beyond := rights_beyond([role], by):
        raise Forbidden(f"The role {role} can do what you cannot: {', '.join(beyond)}.")
