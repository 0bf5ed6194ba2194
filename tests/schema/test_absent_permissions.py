"""Who lacks a permission altogether: lists are empty, what would be wrong when empty is forbidden, as each says."""

import re
from typing import Any

import orjson
import pytest
from graphql import (
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_list_type,
    parse,
)
from graphql.type import GraphQLField

from domain.core.actor import Actor, ActorKind
from domain.core.ids import new_id
from integrations.postgres import pool
from schema import schema
from schema.context import Context
from tests.builders import a_queue, a_signal, a_team, an_account

pytestmark = pytest.mark.usefixtures("database")

ROOT = schema._schema.query_type
assert ROOT is not None
SAYS = {
    name: said
    for name, field in ROOT.fields.items()
    if (said := re.search(r"(Empty|FORBIDDEN) without the permission ([a-z_.]+)", field.description or ""))
}
LISTED = [
    name
    for name, field in ROOT.fields.items()
    if get_named_type(field.type).name.endswith("Connection") or is_list_type(get_nullable_type(field.type))
]
OPEN = {
    "nodes": "of ids",
    "teams": "everybody's",
    "people": "everybody's",
    "accounts": "everybody's",
    "casesInView": "of a view, which has to be seen",
    "inquiriesInView": "of a view, which has to be seen",
    "savedViews": "one's own and one's teams'",
    "contactMethods": "one's own without the permission",
    "apiTokens": "one's own without the permission",
    "inquiries": "those one filed",
    "signals": "those one filed",
    "slaClocks": "of cases and inquiries one sees",
}
"""Lists that somebody without any permission may have something in, and why."""
GIVEN = {
    "onCall": '(schedule: "live-desk")',
    "shifts": '(schedule: "live-desk", from: "2026-01-01T00:00:00Z", to: "2026-01-02T00:00:00Z")',
    "coverageGaps": '(schedule: "live-desk", from: "2026-01-01T00:00:00Z", to: "2026-01-02T00:00:00Z")',
    "slaSummary": '(from: "2026-01-01T00:00:00Z", to: "2026-01-02T00:00:00Z")',
}
NOBODY = Actor(id=new_id(), kind=ActorKind.SERVICE, name="Nobody")


class Bell:
    async def wait(self) -> None:
        raise AssertionError("nothing is followed")


async def _nobody() -> Actor:
    return NOBODY


async def asked(text: str) -> Any:
    about = Context(
        viewer=NOBODY, pool=pool(), cursor_secret=b"x" * 32, document=parse(text), bell=Bell(), renew=_nobody
    )
    return await schema.execute(text, context_value=about)


def below(field: GraphQLField) -> str:
    of: Any = get_named_type(field.type)
    if "nodes" in getattr(of, "fields", ()):
        return "{ nodes { __typename } totalCount { value } }"
    return "{ __typename }" if is_composite_type(of) else ""


def test_every_list_says_what_becomes_of_it_without_the_permission() -> None:
    assert set(LISTED) - set(SAYS) == OPEN.keys() & set(LISTED)


@pytest.mark.parametrize("name", sorted(SAYS))
async def test_without_the_permission_it_is_as_the_description_says(name: str) -> None:
    await a_queue(team=(await a_team()).id)
    await a_signal(await an_account())

    result = await asked(f"{{ {name}{GIVEN.get(name, '')} {below(ROOT.fields[name])} }}")

    if SAYS[name][1] == "FORBIDDEN":
        (error,) = result.errors
        assert (error.original_error.code, SAYS[name][2] in error.message) == ("FORBIDDEN", True)
    else:
        data = orjson.loads(orjson.dumps(result.data))[name]
        assert data in ([], {"nodes": [], "totalCount": {"value": 0}})
        assert not result.errors
