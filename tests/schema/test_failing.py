"""What fails fails alone: its neighbours keep their answers, and the contract says what only an error makes null."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from typing import Any

import orjson
import pytest
from graphql import FieldDefinitionNode, NonNullTypeNode, ObjectTypeDefinitionNode, parse
from tortoise import connections

import schema as contract
from domain.core.actor import Actor
from integrations.postgres import pool
from schema.context import Context
from tests.api.conftest import Client
from tests.builders import a_person, a_queue, a_signal, a_team, an_account

Login = Callable[[Actor], Awaitable[Client]]
TWO = """mutation($id: ID!) {
    first: %s(input: {id: $id, %s}) { __typename ... on Success { token } }
    second: %s(input: {id: $id, %s}) { __typename ... on Success { token } }
}"""
CLAIM = ("claimCase", "expectedVersion: null")
SAY = ("commentOnCase", 'text: "Looked at"')


def fields() -> Iterator[tuple[str, FieldDefinitionNode]]:
    for of in parse(contract.sdl()).definitions:
        if isinstance(of, ObjectTypeDefinitionNode):
            yield from ((f"{of.name.value}.{field.name.value}", field) for field in of.fields or ())


def directives(field: FieldDefinitionNode) -> set[str]:
    return {each.name.value for each in field.directives or ()}


def test_the_contract_says_of_what_may_be_null_whether_only_an_error_makes_it_so() -> None:
    roots = {name: field for name, field in fields() if name.startswith(("Query.", "Mutation."))}
    by_id = {name for name, field in roots.items() if [each.name.value for each in field.arguments or ()] == ["id"]}

    promised = {name for name, field in roots.items() if isinstance(field.type, NonNullTypeNode)}
    marked = {name: field for name, field in fields() if "semanticNonNull" in directives(field)}

    assert promised == {"Query.viewer"}
    assert {"Query.node", "Query.case"} < by_id
    assert marked.keys() == roots.keys() - by_id - promised | {"Viewer.teams"}
    assert not any(isinstance(field.type, NonNullTypeNode) for field in marked.values())


async def _bell() -> None:
    raise AssertionError("nothing is followed")


class Bell:
    wait = staticmethod(_bell)


async def asked(of: contract.Contract, text: str, viewer: Actor) -> tuple[Any, list[tuple[Any, Any]]]:
    """The data, and of each error where it is and what raised it."""

    async def renew() -> Actor:
        return viewer

    about = Context(viewer=viewer, pool=pool(), cursor_secret=b"x" * 32, document=parse(text), bell=Bell(), renew=renew)
    result = await of.execute(text, context_value=about)
    found = [(error.path, getattr(error.original_error, "code", None)) for error in result.errors or ()]
    return orjson.loads(orjson.dumps(result.data)), found


@pytest.fixture(params=["compiled", "portable"])
def of(request: pytest.FixtureRequest) -> contract.Contract:
    return contract.schema if request.param == "compiled" else contract.portable()


@pytest.mark.usefixtures("database")
async def test_a_root_field_that_is_forbidden_leaves_the_others_their_answers(of: contract.Contract) -> None:
    await a_team("live")
    ada = await a_person("Ada")
    outsider = replace(ada, permissions=ada.permissions - {"case.read"})

    data, errors = await asked(of, "{ rankFormulas { version } teams { nodes { key } } }", outsider)

    assert data == {"rankFormulas": None, "teams": {"nodes": [{"key": "live"}]}}
    assert errors == [(["rankFormulas"], "FORBIDDEN")]


@pytest.mark.usefixtures("database")
async def test_what_cannot_be_read_for_the_viewer_leaves_the_viewer(of: contract.Contract) -> None:
    ada = await a_person("Ada")
    await connections.get("default").execute_script("ALTER TABLE team RENAME TO gone")

    data, errors = await asked(of, "{ viewer { name teams { name } } queues { nodes { key } } }", ada)

    assert data == {"viewer": {"name": "Ada", "teams": None}, "queues": {"nodes": []}}
    assert [path for path, _ in errors] == [["viewer", "teams"]]


@pytest.mark.parametrize(("first", "second"), [(CLAIM, SAY), (SAY, CLAIM)])
async def test_of_two_mutations_the_one_that_is_done_is_told_when_the_other_fails(
    login: Login, first: tuple[str, str], second: tuple[str, str]
) -> None:
    team = await a_team()
    await a_queue(team=team.id)
    filed = await a_signal(await an_account())
    ada = await login(await a_person("Ada"))
    await connections.get("default").execute_script("ALTER TABLE case_comment RENAME TO gone")

    answer = await ada.send(TWO % (*first, *second), id=f"CASE-{filed.case.number}")

    done, failed = ("first", "second") if first is CLAIM else ("second", "first")
    assert answer["data"][done]["__typename"] == "ClaimCaseSuccess"
    assert answer["data"][done]["token"]
    assert answer["data"][failed] is None
    (error,) = answer["errors"]
    assert (error["path"], error["extensions"]["code"]) == ([failed], "INTERNAL")
