"""Who reports, writes or detects from outside is confined: every root field of queries, asked about all there is, gives
them nothing but themselves; and what they may do is written down here once more, by name."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import orjson
import pytest
from graphql import get_named_type

from caseward.reference.rights import needs
from caseward.stack import Stack
from domain.calendars.actions import publish_calendar
from domain.core.actor import Actor
from domain.core.ids import public_id
from domain.core.transaction import Ref, transaction
from domain.people.roles import PERMISSIONS, Role
from integrations.postgres import connected
from schema import reads, schema
from schema.context import Context
from schema.reads.catalog import catalog_of
from tests.builders import SYSTEM
from tests.conftest import url_of
from tests.domain.promises import a_case, a_policy, recomputed
from tests.schema.rights.asking import CORE, DOCUMENTS, PRIMARY_KEY, Silence
from tests.schema.rights.rare import RARE, captured
from tests.schema.rights.world import ORDINARY, World, a_world

DO = {
    Role.FLAGGER: {"fileSignal"},
    Role.REQUESTER: {"fileInquiry", "receiveMessage"},
    Role.INTAKE: {"attachFiles", "createUpload", "fileInquiry", "fileSignal", "receiveMessage", "reportSubject"},
    Role.DETECTOR: {"fileSignal"},
}
"""All that outsiders may do, save for their own contacts."""

SPAN = {"from": '"2026-01-01T00:00:00Z"', "to": '"2026-01-08T00:00:00Z"'}
GIVEN = {
    "onCall": {"schedule": '"live"'},
    "coverageGaps": {"schedule": '"live"', **SPAN},
    "shifts": {"schedule": '"live"', **SPAN},
    "slaSummary": SPAN,
}
"""What lists that are computed must be given."""

EMPTY = {"contactMethods", "inquiriesInView", "sensitiveReads", "slaSummary", "shifts", "onCall"}
"""What this desk has nothing of that an administrator would see."""
HAPPENED = (
    "retryEnforcement",
    "retryMirrorOperation",
    "resolveMirrorConflict",
    "undoBulk",
    "deleteView",
    "rotateToken",
)
CATALOG = catalog_of(CORE)


@pytest.fixture(scope="module")
async def world(
    stack: Stack, template: str, maintenance: asyncpg.Connection[asyncpg.Record], worker: int
) -> AsyncIterator[World]:
    """A desk on which everything has happened once."""
    name = f"outsiders_{worker}"
    await maintenance.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
    async with connected(url_of(stack, name)):
        made = await a_world()
        await publish_calendar("office", by=SYSTEM, spec={"tz": "UTC", "24x7": True}, note="n")
        await a_policy()
        await recomputed(Ref("case", (await a_case()).id))
        async with transaction():
            for mutation in HAPPENED:
                await {**ORDINARY, **RARE}[mutation].make(made, made.ada)
            await captured(made, made.ada)
        yield made
    await maintenance.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


async def read(world: World, text: str, by: Actor) -> Any:
    """The data; None where the query is refused."""
    parsed = DOCUMENTS.read(text).parsed
    assert parsed is not None

    async def same() -> Actor:
        return by

    async def noted(_seen: object, _document: str) -> None:
        return

    about = Context(
        viewer=by, pool=world.pool, cursor_secret=b"s" * 32, document=parsed, bell=Silence(), renew=same,
        watch=reads.Watch(noted=noted),
    )  # fmt: skip
    answer = await schema.execute(text, {}, about)
    codes = {getattr(error.original_error, "code", None) for error in answer.errors or ()}
    assert codes <= {"NOT_FOUND", "FORBIDDEN"}, (text, answer.errors)
    assert not [error for error in answer.errors or () if PRIMARY_KEY.search(error.message)]
    return None if answer.errors else answer.data


async def everything(world: World) -> dict[str, list[str]]:
    """The public ids of all rows of every type, save for the outsiders' own accounts, by the type's name."""
    found, themselves = {}, {world.actors[role.value].id for role in DO}
    for name, declaration in CATALOG.declarations.items():
        if declaration.prefix in CATALOG.prefixes:
            rows = await world.pool.fetch(f"SELECT id FROM {declaration.table}")
            found[name] = [public_id(declaration.prefix, row["id"]) for row in rows if row["id"] not in themselves]
    return found


def asked(field: str, ids: dict[str, list[str]]) -> str:
    """One document that asks a root field for all it can give."""
    assert CORE.query_type is not None
    of = CORE.query_type.fields[field]
    named = get_named_type(of.type)
    if field == "viewer":
        return "{ viewer { teams { id } } }"
    if field == "nodes":
        several = ", ".join(f'"{each}"' for kind in ids.values() for each in kind[:3])
        return f"{{ f: nodes(ids: [{several}]) {{ id }} }}"
    is_page = "totalCount" in getattr(named, "fields", {})
    wanted = "{ totalCount { value } nodes { __typename } }" if is_page else "{ __typename }"
    for argument, kinds in {"id": [named.name], "view": ["SavedView"]}.items():
        if argument in of.args:
            about = [each for kind in (ids if field == "node" else kinds) for each in ids[kind][:9]]
            lines = (f'f{at}: {field}({argument}: "{each}") {wanted}' for at, each in enumerate(about))
            return "{ " + " ".join(lines) + " }"
    given = ", ".join(f"{name}: {value}" for name, value in GIVEN.get(field, {}).items())
    return f"{{ f: {field}{f'({given})' if given else ''} {wanted} }}"


def holds(told: Any) -> bool:
    """Whether an answer tells of anything."""
    if isinstance(told, dict):
        return any(holds(each) for name, each in told.items())
    if isinstance(told, list):
        return any(holds(each) for each in told)
    return bool(told)


def plain(told: Any) -> Any:
    """An answer as its JSON says it."""
    return None if told is None else orjson.loads(reads.encode(told))


FIELDS = sorted(CORE.query_type.fields) if CORE.query_type is not None else []


@pytest.mark.parametrize("role", sorted(DO))
def test_what_outsiders_do_is_this_and_nothing_else(role: Role) -> None:
    may = {name for name, needed in needs().items() if needed in PERMISSIONS[role]}

    assert may == DO[role]


@pytest.mark.parametrize("field", FIELDS)
async def test_outsiders_read_of_all_there_is_nothing_but_themselves(world: World, field: str) -> None:
    ids = await everything(world)
    text = asked(field, ids)

    seen = {role: plain(await read(world, text, world.actors[role.value])) for role in DO}
    known = plain(await read(world, text, world.ada))

    assert holds(known) is (field not in EMPTY)
    if field == "accounts":
        assert [told["f"]["totalCount"] for told in seen.values()] == [{"value": 1}] * len(DO)
    else:
        assert {role: told for role, told in seen.items() if holds(told)} == {}
