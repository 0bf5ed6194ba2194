"""`docs/reference/rights.md`: who may do what, as roles and mutations declare it."""

from collections.abc import Mapping
from typing import Any

from caseward.reference.pages import page, table
from domain.people.roles import PERMISSIONS, PROGRAMS, Role
from schema import schema
from schema.mutations import PERMISSION, PERSON

INTRODUCTION = """\
A role is a named set of permissions; an account has any number of roles, a token may narrow them to its `scopes`. Every
mutation asks for its permission before it looks at anything else: without it the answer is `FORBIDDEN`, whatever is
there. With it, what you may not see answers `NOT_FOUND`, exactly as what does not exist; and what the state of things
does not allow answers with a code that says which state. `viewerCan` on an entity asks the same rules beforehand."""

OWN = """\
Mutations without a permission are about what is your own: of others' they ask for `people.manage`. Those with
*a person* are done by persons alone: an account of no person (a service, a model, a tracker) is refused whatever its
roles, which is what ○ says of the roles made for programs. What they are done to decides the rest: who holds the
lease, who leads the team, which state it is in; a refusal says so by its code."""


def needs() -> Mapping[str, str | None]:
    """Every mutation of the contract with the permission it asks for first; None asks for none."""
    return {name: told[PERMISSION] for name, told in _mutations().items()}


def by_persons() -> frozenset[str]:
    """The mutations that are refused to accounts of no person, whatever their roles."""
    return frozenset(name for name, told in _mutations().items() if told[PERSON])


def _mutations() -> Mapping[str, Mapping[str, Any]]:
    root = schema._schema.mutation_type  # noqa: SLF001 - it has no public name
    fields: Mapping[str, Any] = root.fields if root is not None else {}
    return {name: field.extensions["strawberry-definition"].metadata for name, field in fields.items()}


def may(role: Role, mutation: str) -> bool:
    """Whether a role alone gives what a mutation asks for first."""
    needed = needs()[mutation]
    return needed is None or needed in PERMISSIONS[role]


def _cell(role: Role, mutation: str) -> str:
    if not may(role, mutation):
        return ""
    return "○" if role in PROGRAMS and mutation in by_persons() else "●"


def rights() -> str:
    """The page."""
    roles = list(Role)
    names = sorted({name for granted in PERMISSIONS.values() for name in granted})
    heads = ["", *(f"`{role}`" for role in roles)]
    permissions = [[f"`{name}`", *("●" if name in PERMISSIONS[role] else "" for role in roles)] for name in names]
    mutations = [
        [
            f"`{name}`",
            f"`{needed}`" if needed else "",
            "a person" if name in by_persons() else "",
            *(_cell(role, name) for role in roles),
        ]
        for name, needed in sorted(needs().items())
    ]
    return page(
        "Rights",
        INTRODUCTION,
        "## Permissions of roles\n\n" + table(heads, permissions),
        "## Mutations\n\n" + OWN + "\n\n" + table(["", "needs", "and", *heads[1:]], mutations),
    )
