"""People, teams, accounts and their tokens."""

from domain.people.actions.membership import (
    Newcomer,
    add_account,
    add_people,
    add_person,
    add_team,
    grant,
    join,
    leave,
    withdraw,
)
from domain.people.actions.reading import note_reads
from domain.people.actions.tokens import cap_token, issue_token, limit_documents, revoke_token, rotate_token

__all__ = [
    "Newcomer",
    "add_account",
    "add_people",
    "add_person",
    "add_team",
    "cap_token",
    "grant",
    "issue_token",
    "join",
    "leave",
    "limit_documents",
    "note_reads",
    "revoke_token",
    "rotate_token",
    "withdraw",
]
