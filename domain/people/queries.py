"""Finding out who somebody is."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tortoise import connections

from domain.core.actor import Actor, ActorKind, Tool
from domain.people.errors import TokenInvalid
from domain.people.roles import Role, permissions_of
from domain.people.states import DocumentMode, strictest

_ACTOR = """
SELECT p.id, p.kind, p.documents, coalesce(per.name, p.name) AS name, p.person_id,
    coalesce(per.clearances, '{}') AS clearances,
    array(SELECT role FROM role_grant g WHERE g.principal_id = p.id) AS roles,
    array(SELECT team_id FROM membership m WHERE m.person_id = p.person_id) AS teams,
    array(SELECT team_id FROM membership m WHERE m.person_id = p.person_id AND m.lead) AS leads
FROM principal p LEFT JOIN person per ON per.id = p.person_id
WHERE p.suspended_at IS NULL AND coalesce(per.active, true)
"""

_OF_TOKEN = f"""
SELECT a.*, t.id AS token_id, t.scopes, t.documents AS token_documents, t.expires_at
FROM api_token t CROSS JOIN LATERAL ({_ACTOR} AND p.id = t.principal_id) a
WHERE t.digest = $1 AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > app_clock())
"""


def token_digest(token: str) -> str:
    """What is stored of a token: the SHA-256 of it. 256 random bits need no salt."""
    return hashlib.sha256(token.encode()).hexdigest()


AHEAD = timedelta(seconds=30)
"""How long before the end of its access a session is renewed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """Somebody who has proved who they are. ``documents`` is what their account and token say together;
    ``token_demands`` where it is the token that demands more than the account. A session is ``due`` when its provider
    is to be asked anew, and ``over`` when its last word no longer holds."""

    actor: Actor
    documents: DocumentMode = DocumentMode.OPEN
    token_demands: bool = False
    expires_at: datetime | None = None
    due: bool = False
    over: bool = False


async def login_of_token(token: str, *, tool: Tool) -> Login:
    """Who a bearer token acts for. Refuses with TOKEN_INVALID, whatever is wrong with it. One round trip."""
    rows = await connections.get("default").execute_query_dict(_OF_TOKEN, [token_digest(token)])
    if not rows:
        raise TokenInvalid
    row = rows[0]
    scopes = None if row["scopes"] is None else frozenset(row["scopes"])
    demanded = DocumentMode(row["token_documents"]) if row["token_documents"] else None
    return Login(
        actor=_actor(row, tool=tool, scopes=scopes, token_id=row["token_id"]),
        documents=strictest([_mode(row), demanded]),
        token_demands=strictest([_mode(row), demanded]) is not strictest([_mode(row)]),
        expires_at=row["expires_at"],
    )


async def login_of_session(secret: str, *, tool: Tool) -> Login:
    """Who a browser's session is of. Refuses with TOKEN_INVALID once it has ended. Two round trips."""
    rows = await connections.get("default").execute_query_dict(
        "SELECT principal_id, expires_at, coalesce(access_until <= app_clock() + $2::interval, false) AS due,"
        " coalesce(access_until <= app_clock(), false) AS over FROM browser_session"
        " WHERE digest = $1 AND ended_at IS NULL AND expires_at > app_clock()",
        [token_digest(secret), AHEAD],
    )
    if not rows:
        raise TokenInvalid
    session, row = rows[0], await _row(rows[0]["principal_id"])
    return Login(
        actor=_actor(row, tool=tool),
        documents=strictest([_mode(row)]),
        expires_at=session["expires_at"],
        due=session["due"],
        over=session["over"],
    )


async def login_of_person(person_id: UUID, *, tool: Tool, expires_at: datetime | None = None) -> Login:
    """A person whom somebody else has vouched for, an identity provider for example. Two round trips."""
    row = await _row(await _account_of(person_id))
    return Login(actor=_actor(row, tool=tool), documents=strictest([_mode(row)]), expires_at=expires_at)


async def actor_of_token(token: str, *, tool: Tool) -> Actor:
    """The actor a bearer token acts for, as ``login_of_token`` has it."""
    return (await login_of_token(token, tool=tool)).actor


async def actor_of_principal(
    principal_id: UUID, *, tool: Tool, scopes: frozenset[str] | None = None
) -> Actor:  # fmt: skip
    """A principal with the rights it has now. TOKEN_INVALID where it is suspended or its person has left."""
    return _actor(await _row(principal_id), tool=tool, scopes=scopes)


async def actor_of_person(person_id: UUID, *, tool: Tool) -> Actor:
    """A person acting through another door, the tracker for example, with that person's own rights."""
    return await actor_of_principal(await _account_of(person_id), tool=tool)


async def _account_of(person_id: UUID) -> UUID:
    rows = await connections.get("default").execute_query_dict(
        "SELECT id FROM principal WHERE person_id = $1 ORDER BY id LIMIT 1", [person_id]
    )
    if not rows:
        raise TokenInvalid
    found: UUID = rows[0]["id"]
    return found


async def _row(principal_id: UUID) -> dict[str, Any]:
    rows = await connections.get("default").execute_query_dict(f"{_ACTOR} AND p.id = $1", [principal_id])
    if not rows:
        raise TokenInvalid
    found: dict[str, Any] = rows[0]
    return found


def _mode(row: dict[str, Any]) -> DocumentMode | None:
    return DocumentMode(row["documents"]) if row["documents"] else None


async def actor_of_old(principal_id: UUID, token_id: UUID | None, *, tool: Tool) -> Actor:
    """An account on whose behalf work goes on that it began by a token, with the rights both have now. TOKEN_INVALID
    where either is not valid any more."""
    row = await _row(principal_id)
    if token_id is None:
        return _actor(row, tool=tool)
    rows = await connections.get("default").execute_query_dict(
        "SELECT scopes FROM api_token WHERE id = $1 AND revoked_at IS NULL"
        " AND (expires_at IS NULL OR expires_at > app_clock())",
        [token_id],
    )
    if not rows:
        raise TokenInvalid
    scopes = None if rows[0]["scopes"] is None else frozenset(rows[0]["scopes"])
    return _actor(row, tool=tool, scopes=scopes, token_id=token_id)


def _actor(
    row: dict[str, Any], *, tool: Tool, scopes: frozenset[str] | None = None, token_id: UUID | None = None
) -> Actor:
    return Actor(
        id=row["id"],
        kind=ActorKind(row["kind"]),
        name=row["name"],
        person_id=row["person_id"],
        permissions=permissions_of(frozenset(Role(role) for role in row["roles"]), scopes),
        teams=frozenset(row["teams"]),
        leads=frozenset(row["leads"]),
        clearances=frozenset(row["clearances"]),
        tool=tool,
        token_id=token_id,
    )
