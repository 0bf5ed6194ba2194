"""Tokens from a shell: whoever can run this holds the database already."""

from domain.core.actor import Tool, system
from domain.core.errors import NotFound
from domain.people import actions as people
from domain.people.models import Principal


async def issue(account: str, *, name: str) -> str:
    """A new token of a person (by address) or a service account (by name)."""
    person = await Principal.filter(person__email=account.lower()).first()
    found = person or await Principal.filter(name=account, person_id=None).first()
    if found is None:
        raise NotFound("account", account)
    _, secret = await people.issue_token(found.id, by=system(Tool.COMMAND_LINE), name=name)
    return secret
