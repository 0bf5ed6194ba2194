"""Asking one mutation as one actor, and telling whether anything was changed."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, NoReturn

from graphql import GraphQLInputObjectType, GraphQLList, GraphQLNonNull, GraphQLScalarType, is_required_input_field
from graphql.type import GraphQLEnumType
from tortoise import connections

from domain.core.actor import Actor
from domain.core.ids import new_id
from domain.core.transaction import transaction
from schema import schema
from schema.context import Context
from schema.documents import Documents

CORE = schema._schema
DOCUMENTS = Documents(CORE)
SCALARS: dict[str, Any] = {
    "ID": None, "String": "x", "Int": 0, "Float": 0.5, "Boolean": True, "Long": 1, "JSON": {},
    "DateTime": "2031-01-01T00:00:00Z", "Duration": "PT1H",
}  # fmt: skip

PRIMARY_KEY = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-")
"""What no refusal says: things have public ids and human keys."""


class _TakenBack(Exception):
    pass


@asynccontextmanager
async def taken_back() -> AsyncIterator[None]:
    """What is done in the block is seen there and nowhere else: its transaction ends undone."""
    with suppress(_TakenBack):
        async with transaction():
            yield
            _undo()


def _undo() -> NoReturn:
    raise _TakenBack


class Silence:
    """A bell that never rings: nothing here waits."""

    async def wait(self) -> None:
        return


def input_of(mutation: str) -> GraphQLInputObjectType:
    """The type of a mutation's input."""
    assert CORE.mutation_type is not None
    found = CORE.mutation_type.fields[mutation].args["input"].type
    assert isinstance(found, GraphQLNonNull)
    inner = found.of_type
    assert isinstance(inner, GraphQLInputObjectType)
    return inner


def least(of: Any) -> Any:
    """The smallest value of an input type: what must be given, and ids of nothing."""
    if isinstance(of, GraphQLNonNull):
        return least(of.of_type)
    if isinstance(of, GraphQLList):
        return []
    if isinstance(of, GraphQLEnumType):
        return next(iter(of.values))
    if isinstance(of, GraphQLScalarType):
        return new_id().hex if of.name == "ID" else SCALARS[of.name]
    if of.extensions["strawberry-definition"].is_one_of:
        name, field = next(iter(of.fields.items()))
        return {name: least(field.type)}
    given = {name: least(field.type) for name, field in of.fields.items() if is_required_input_field(field)}
    return given | {
        name: None for name, field in of.fields.items() if "Must be given; null" in (field.description or "")
    }


async def asked(pool: Any, mutation: str, given: Any, by: Actor) -> str:
    """The code it is refused with; SUCCESS where it is done."""
    return str((await answered(pool, mutation, given, by)).get("code", "SUCCESS"))


async def answered(pool: Any, mutation: str, given: Any, by: Actor) -> dict[str, Any]:
    """What it is refused with: code, message and path; of what is done only the type."""
    of = input_of(mutation).name
    text = (
        f"mutation($i: {of}!) {{ told: {mutation}(input: $i) {{ __typename ... on Problem {{ code message path }} }} }}"
    )
    parsed = DOCUMENTS.read(text).parsed
    assert parsed is not None

    async def same() -> Actor:
        return by

    about = Context(viewer=by, pool=pool, cursor_secret=b"s" * 32, document=parsed, bell=Silence(), renew=same)
    answer = await schema.execute(text, {"i": given}, about)
    assert answer.errors is None, (mutation, given, answer.errors)
    assert answer.data is not None
    told: dict[str, Any] = answer.data["told"]
    assert not PRIMARY_KEY.search(told.get("message", "")), told
    return told


async def everything() -> dict[str, str]:
    """What every table holds, as one hash each."""
    connection = connections.get("default")
    tables = await connection.execute_query_dict(
        "SELECT c.oid::regclass::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = 'public' AND c.relkind = 'r' ORDER BY 1"
    )
    texts = " UNION ALL ".join(
        f"SELECT '{row['name']}' AS name, md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) AS hash"
        f" FROM {row['name']} AS t"
        for row in tables
    )
    found = await connection.execute_query_dict(texts.replace("'\"", "'").replace("\"'", "'"))
    return {row["name"]: row["hash"] for row in found}
