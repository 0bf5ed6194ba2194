"""Finding out who somebody is."""

import hashlib
from uuid import UUID

from tortoise import connections

from domain.core.actor import Actor, ActorKind, Tool
from domain.people.errors import TokenInvalid
from domain.people.roles import Role, permissions_of

_ACTOR = """
SELECT p.id, p.kind, coalesce(per.name, p.name) AS name, p.person_id, coalesce(per.clearances, '{}') AS clearances,
    array(SELECT role FROM role_grant g WHERE g.principal_id = p.id) AS roles,
    array(SELECT team_id FROM membership m WHERE m.person_id = p.person_id) AS teams,
    array(SELECT team_id FROM membership m WHERE m.person_id = p.person_id AND m.lead) AS leads
FROM principal p LEFT JOIN person per ON per.id = p.person_id
WHERE p.suspended_at IS NULL AND coalesce(per.active, true)
"""


def token_digest(token: str) -> str:
    """What is stored of a token: the SHA-256 of it. 256 random bits need no salt."""
    return hashlib.sha256(token.encode()).hexdigest()


async def actor_of_token(token: str, *, tool: Tool) -> Actor:
    """The actor a bearer token acts for. Refuses with TOKEN_INVALID, whatever is wrong with it. Two round trips."""
    rows = await connections.get("default").execute_query_dict(
        "SELECT principal_id, scopes FROM api_token WHERE digest = $1 AND revoked_at IS NULL"
        " AND (expires_at IS NULL OR expires_at > app_clock())",
        [token_digest(token)],
    )
    if not rows:
        raise TokenInvalid
    scopes = rows[0]["scopes"]
    return await actor_of_principal(
        rows[0]["principal_id"], tool=tool, scopes=None if scopes is None else frozenset(scopes)
    )


async def actor_of_principal(
    principal_id: UUID, *, tool: Tool, scopes: frozenset[str] | None = None
) -> Actor:  # fmt: skip
    """A principal with the rights it has now. TOKEN_INVALID where it is suspended or its person has left."""
    rows = await connections.get("default").execute_query_dict(f"{_ACTOR} AND p.id = $1", [principal_id])
    if not rows:
        raise TokenInvalid
    row = rows[0]
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
    )


async def actor_of_person(person_id: UUID, *, tool: Tool) -> Actor:
    """A person acting through another door, the tracker for example, with that person's own rights."""
    rows = await connections.get("default").execute_query_dict(
        "SELECT id FROM principal WHERE person_id = $1 ORDER BY id LIMIT 1", [person_id]
    )
    if not rows:
        raise TokenInvalid
    return await actor_of_principal(rows[0]["id"], tool=tool)
