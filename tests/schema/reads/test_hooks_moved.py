"""An upgrade that takes a hook away is noticed by the hook's name, and reads are still answered."""

import asyncio
import sys

import pytest
import structlog

import schema as contract
from schema.choosing import chosen
from schema.reads import hooks, probing
from tests.builders import a_queue, a_team

LOST = {
    "collect_subfields": "subfields",
    "collect_fields": "root_fields",
    "get_argument_values": "arguments",
    "CoreContext": "complete_value",
    "StrawberryContainer": "listed_type",
    "_BACKREF": "definition_of, origin_of",
    "execute": "execute, execute_field, handed_over, has_middleware",
}


def test_every_hook_is_where_it_was() -> None:
    assert probing.moved() == []


@pytest.mark.parametrize("name", list(LOST))
def test_a_hook_that_moved_is_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hooks, name, type("Elsewhere", (), {}))

    assert LOST[name] in probing.moved()


@pytest.mark.parametrize("attribute", ["variable_values", "complete_value", "operation", "fragments"])
def test_a_library_that_renames_what_the_executor_uses_is_noticed(
    attribute: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Renamed(hooks.CoreContext):
        def __getattribute__(self, name: str) -> object:
            if name == attribute and sys._getframe(1).f_code.co_filename == hooks.__file__:
                raise AttributeError(name)
            return super().__getattribute__(name)

        if attribute == "complete_value":
            execute_operation = None

    monkeypatch.setattr(hooks, "CoreContext", Renamed)

    assert probing.moved()


def test_with_all_in_place_the_settings_choose() -> None:
    assert chosen("compiled") is contract.schema
    assert chosen("portable") is contract.portable()


def test_a_moved_hook_is_warned_of_by_name_and_reads_are_answered_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hooks, "collect_subfields", type("Elsewhere", (), {}))

    with structlog.testing.capture_logs() as logs:
        found = chosen.__wrapped__("compiled")

    (warning,) = logs
    assert (warning["log_level"], warning["event"]) == ("warning", "portable_reads")
    assert warning["moved"] == ["subfields", "arguments"]
    assert found is contract.portable()


ASK = """
import asyncio, sys
import graphql.execution.collect_fields as library
del library.collect_subfields
from api.app import create_app
from integrations.settings import Settings
from domain.core import clock
from integrations import postgres
from schema.context import Context
from domain.core.actor import Tool, system
from graphql import parse
from schema.choosing import chosen

TEXT = '{ teams { nodes { key } } queues(first: 1) { edges { node { name team { key } waiting } } } }'

async def main():
    create_app(Settings(), database_url=sys.argv[1])
    async with postgres.connected(sys.argv[1]):
        await clock.now()
        about = Context(viewer=system(Tool.GRAPHQL), pool=postgres.pool(), cursor_secret=b"s", document=parse(TEXT),
                        bell=None, renew=None)
        answer = await chosen("compiled").execute(TEXT, {}, about)
        print(answer.errors, answer.data)

asyncio.run(main())
"""


async def test_a_server_whose_library_lost_a_name_starts_and_answers_right(database: str) -> None:
    await a_queue("first", team=(await a_team()).id)
    piped = asyncio.subprocess.PIPE

    started = await asyncio.create_subprocess_exec(sys.executable, "-c", ASK, database, stdout=piped, stderr=piped)
    said, complaints = (each.decode() for each in await started.communicate())

    assert "subfields" in said + complaints, complaints
    team = "{'key': 'live'}"
    edges = f"[{{'node': {{'name': 'First', 'team': {team}, 'waiting': 0}}}}]"
    assert f"None {{'teams': {{'nodes': [{team}]}}, 'queues': {{'edges': {edges}}}}}" in said, complaints
