"""What is refused names the field of the input that it is about: every mutation, each of its ids and texts in turn."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

import asyncpg
import pytest
from graphql import GraphQLInputObjectType, get_named_type

from caseward.stack import Stack
from domain.core.ids import new_id
from integrations.postgres import connected
from tests.conftest import url_of
from tests.schema.rights.asking import answered, input_of, taken_back
from tests.schema.rights.rare import RARE
from tests.schema.rights.world import ORDINARY, World, a_world

DONE = {**ORDINARY, **RARE}
PREFIXES = {
    "accountId": "principal", "actorId": "principal", "addedId": "person", "assigneeId": "person", "caseId": "case",
    "personId": "person", "removedId": "person", "teamId": "team",
}  # fmt: skip
"""Of what kind an id is that may be left out."""
SECRET = {"leaseToken"}
"""Ids that nobody looks up."""
ALL = "ADMIN"


@pytest.fixture(scope="module")
async def world(
    stack: Stack, template: str, maintenance: asyncpg.Connection[asyncpg.Record], worker: int
) -> AsyncIterator[World]:
    name = f"paths_{worker}"
    await maintenance.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
    async with connected(url_of(stack, name)):
        yield await a_world()
    await maintenance.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def wrong(of: GraphQLInputObjectType, given: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The input with one thing wrong, and where: an id of nothing, an empty text."""
    for name, field in of.fields.items():
        inner, there = get_named_type(field.type), given.get(name)
        if isinstance(inner, GraphQLInputObjectType) and isinstance(there, dict):
            yield from (((name, *path), {**given, name: value}) for path, value in wrong(inner, there))
        elif inner.name == "ID" and name not in SECRET:
            first = there[0] if isinstance(there, list) and there else there
            prefix = str(first).partition("_")[0] if first else PREFIXES.get(name)
            if prefix is not None:
                nothing = f"{prefix}_{new_id().hex}"
                yield (name,), {**given, name: [nothing] if isinstance(there, list) else nothing}
        elif inner.name == "String" and isinstance(there, str):
            yield (name,), {**given, name: ""}


@pytest.mark.parametrize("mutation", sorted(DONE))
async def test_what_is_wrong_is_told_under_the_name_of_its_field(world: World, mutation: str) -> None:
    by, of = world.actors[ALL], input_of(mutation)
    async with taken_back():
        fields = [path for path, _ in wrong(of, await DONE[mutation].make(world, by))]

    for place, path in enumerate(fields):
        async with taken_back():
            _, given = list(wrong(of, await DONE[mutation].make(world, by)))[place]
            told = await answered(world.pool, mutation, given, by)

        if told["__typename"] in {"NotFound", "ValidationFailed"}:
            assert tuple(told["path"])[: len(path)] == path, (told, given)


@pytest.mark.parametrize(
    ("action", "path"),
    [
        ({"queue": {"queueId": "nope"}}, ["action", "queue", "queueId"]),
        ({"queue": {"queueId": f"queue_{'7' * 32}"}}, ["action", "queue", "queueId"]),
        ({"assign": {"assigneeId": f"person_{'7' * 32}"}}, ["action", "assign", "assigneeId"]),
        ({"comment": {"text": ""}}, ["action", "comment", "text"]),
        ({"escalate": {"reason": ""}}, ["action", "escalate", "reason"]),
        (
            {"decide": {"kind": "NO_VIOLATION", "reasoning": "x", "privateNote": ""}},
            ["action", "decide", "privateNote"],
        ),
        ({"hold": {"reason": ""}}, ["action", "hold", "reason"]),
        ({"resume": False}, ["action", "resume"]),
    ],
)
async def test_what_is_wrong_about_the_action_of_a_batch_is_told_where_it_was_said(
    world: World, action: dict[str, Any], path: list[str]
) -> None:
    async with taken_back():
        told = await answered(
            world.pool, "bulkCases", {"ids": ["CASE-1"], "action": action}, world.actors[ALL]
        )  # fmt: skip

    assert told["path"] == path
