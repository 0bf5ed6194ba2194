"""Signing in through an identity provider: who somebody is here, and what their groups give them."""

import hashlib
import secrets
from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from domain.core import clock, events
from domain.core.actor import Actor
from domain.core.ids import new_id
from domain.core.transaction import Ref, atomic
from domain.people import actions as people
from domain.people.errors import IdentityTaken, PersonUnknown
from domain.people.events import IdentityLinked, SignedIn, SignedOut
from domain.people.models import BrowserSession, Identity, Membership, Person, Principal, RoleGrant, Team
from domain.people.ports import Claims, GroupRules
from domain.people.queries import token_digest


async def admit(claims: Claims, *, by: Actor, rules: GroupRules) -> UUID:
    """The person the claims are about. Costs one read, unless they are new here or their groups have changed.

    A subject unknown so far is linked by its verified address, once; refuses with PERSON_UNKNOWN and IDENTITY_TAKEN.
    """
    known = await Identity.filter(issuer=claims.issuer, subject=claims.subject).first()
    if known is not None and not _is_news(claims, known):
        return known.person_id
    return await _take_over(claims, by=by, rules=rules)


@atomic
async def open_session(person_id: UUID, *, by: Actor, lasts: timedelta) -> tuple[BrowserSession, str]:
    """A session of a browser and its secret, which only the browser's cookie keeps."""
    by.ensure("people.manage")
    account = await Principal.filter(person_id=person_id).order_by("id").first()
    if account is None:
        raise PersonUnknown
    secret, now = secrets.token_urlsafe(32), await clock.now()
    session = await BrowserSession.create(
        id=new_id(), principal_id=account.id, digest=token_digest(secret), created_at=now, expires_at=now + lasts
    )
    await events.append(Ref("principal", account.id), SignedIn(session_id=session.id), by=by)
    return session, secret


@atomic
async def end_session(secret: str, *, by: Actor) -> None:
    """Ends the session of that secret at once; an unknown or ended one is left as it is."""
    by.ensure("people.manage")
    session = await BrowserSession.filter(digest=token_digest(secret), ended_at=None).select_for_update().first()
    if session is not None:
        session.ended_at, session.renewal = await clock.now(), None
        await session.save(update_fields=["ended_at", "renewal"])
        await events.append(Ref("principal", session.principal_id), SignedOut(session_id=session.id), by=by)


@atomic
async def _take_over(claims: Claims, *, by: Actor, rules: GroupRules) -> UUID:
    found = await Identity.filter(issuer=claims.issuer, subject=claims.subject).select_for_update().first()
    if found is None:
        found = await _linked(claims, by=by, rules=rules)
    if claims.groups is not None and _is_news(claims, found):
        await _follow(found.person_id, claims.groups, by=by, rules=rules)
        found.groups_digest, found.told_at = _digest(claims.groups), claims.issued_at
        await found.save(update_fields=["groups_digest", "told_at"])
    return found.person_id


async def _linked(claims: Claims, *, by: Actor, rules: GroupRules) -> Identity:
    if not claims.email or not claims.email_verified:
        raise PersonUnknown
    person = await Person.filter(email=claims.email.lower()).select_for_update().first()
    if person is None:
        if not rules.newcomers:
            raise PersonUnknown
        person = await people.add_person(claims.name or claims.email, by=by, email=claims.email)
    if await Identity.exists(issuer=claims.issuer, person_id=person.id):
        raise IdentityTaken
    found = await Identity.create(
        id=new_id(),
        issuer=claims.issuer,
        subject=claims.subject,
        person_id=person.id,
        created_at=await clock.now(),
    )
    await events.append(Ref("person", person.id), IdentityLinked(identity_id=found.id), by=by)
    return found


async def _follow(person_id: UUID, groups: frozenset[str], *, by: Actor, rules: GroupRules) -> None:
    """Gives and takes exactly the teams and roles the rules speak of."""
    for key in sorted(set(rules.teams.values())):
        team = await Team.filter(key=key).first()
        if team is None:
            continue
        member = await Membership.exists(team_id=team.id, person_id=person_id)
        if _is_in(groups, rules.teams, key) and not member:
            await people.join(team.id, by=by, person_id=person_id)
        elif member and not _is_in(groups, rules.teams, key):
            await people.leave(team.id, by=by, person_id=person_id)
    account = await Principal.filter(person_id=person_id).order_by("id").first()
    if account is None:
        return
    for role in sorted(set(rules.roles.values())):
        held = await RoleGrant.exists(principal_id=account.id, role=role)
        if _is_in(groups, rules.roles, role) and not held:
            await people.grant(account.id, by=by, role=role)
        elif held and not _is_in(groups, rules.roles, role):
            await people.withdraw(account.id, by=by, role=role)


def _is_in(groups: frozenset[str], rules: Mapping[str, str], given: str) -> bool:
    return any(given == gives for group, gives in rules.items() if group in groups)


def _is_news(claims: Claims, known: Identity) -> bool:
    """Whether a token tells of other groups than are known; an older one than the last that did tells nothing."""
    if claims.groups is None or known.groups_digest == _digest(claims.groups):
        return False
    return known.told_at is None or claims.issued_at >= known.told_at


def _digest(groups: frozenset[str]) -> str:
    return hashlib.sha256("\0".join(sorted(groups)).encode()).hexdigest()
