"""Tokens from a shell: whoever can run this holds the database already."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tortoise import connections

from domain.core import clock
from domain.core.actor import Tool, system
from domain.core.errors import NotFound
from domain.people import actions as people
from domain.people.models import Principal
from domain.people.states import DocumentMode

_ALL = """
SELECT t.id, p.name AS account, t.name, t.scopes, t.documents, t.rows_per_hour, t.created_at,
    t.expires_at, t.last_used_at, t.revoked_at
FROM api_token t JOIN principal p ON p.id = t.principal_id
WHERE t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > app_clock()) ORDER BY t.created_at, t.id
"""


async def issue(
    account: str,
    *,
    name: str,
    scopes: Sequence[str] | None = None,
    lasts: timedelta | None = None,
    documents: DocumentMode | None = None,
    rows_per_hour: int | None = None,
) -> str:
    """A new token of a person (by address) or a service account (by name)."""
    person = await Principal.filter(person__email=account.lower()).first()
    found = person or await Principal.filter(name=account, person_id=None).first()
    if found is None:
        raise NotFound("account", account)
    ends: datetime | None = None if lasts is None else await clock.now() + lasts
    _, secret = await people.issue_token(
        found.id,
        by=system(Tool.COMMAND_LINE),
        name=name,
        scopes=scopes,
        expires_at=ends,
        documents=documents,
        rows_per_hour=rows_per_hour,
    )
    return secret


async def rotate(text: str, *, overlap: timedelta) -> str:
    """The secret of a successor; the old token holds for ``overlap`` yet."""
    _, secret = await people.rotate_token(_id(text), by=system(Tool.COMMAND_LINE), overlap=overlap)
    return secret


async def cap(text: str, *, rows_per_hour: int | None) -> None:
    """How many cases a token may change in batches within an hour; None leaves it to the installation."""
    await people.cap_token(_id(text), by=system(Tool.COMMAND_LINE), rows_per_hour=rows_per_hour)


async def revoke(text: str) -> None:
    """Ends a token at once."""
    await people.revoke_token(_id(text), by=system(Tool.COMMAND_LINE))


async def holding() -> list[dict[str, Any]]:
    """Every token that holds now, the oldest first."""
    rows: list[dict[str, Any]] = await connections.get("default").execute_query_dict(_ALL)
    return rows


def _id(text: str) -> UUID:
    try:
        return UUID(text.removeprefix("token_"))
    except ValueError:
        raise NotFound("token", text) from None
