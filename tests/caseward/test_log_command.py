"""``caseward log``: what it prints and its exit codes."""

import asyncio
import sys
from typing import Any

import orjson
import pytest
from tortoise import connections

from caseward.stack import Stack
from domain.core import projections
from domain.core.transaction import Ref
from tests.builders import a_queue, a_signal, a_team, an_account
from workers import sequencer

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def environment(database: str, stack: Stack) -> dict[str, str]:
    return {"DATABASE_URL": database, "REDIS_URL": stack.redis_url, "PATH": ""}


async def caseward(environment: dict[str, str], *arguments: str) -> tuple[int, dict[str, Any]]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "caseward", "log", *arguments, "--json", env=environment, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    return process.returncode or 0, orjson.loads(out)


async def test_a_sound_log_is_said_to_be_and_one_tampered_with_fails(environment: dict[str, str]) -> None:
    await a_queue(team=(await a_team()).id)
    case = (await a_signal(await an_account())).case
    await sequencer.sequence()
    code, sound = await caseward(environment, "verify")
    assert (code, sound["sound"], sound["counts"]["unsequenced"]) == (0, True, 0)

    await connections.get("default").execute_script(
        "ALTER TABLE event DISABLE TRIGGER event_append_only;"
        f"UPDATE event SET payload = payload || '{{\"state\": \"CLOSED\"}}' WHERE subject_id = '{case.id}' AND seq = 1"
    )
    code, broken = await caseward(environment, "verify")

    assert (code, broken["sound"], broken["findings"]["chain"]) == (1, False, 1)
    assert broken["first"][0] | {"eventId": 0} == {
        "check": "chain", "code": "EVENT_ALTERED", "subjectType": "case", "subjectId": str(case.id), "eventId": 0,
        "place": 1,
    }  # fmt: skip


async def test_a_table_that_differs_fails_the_check_and_is_rebuilt(environment: dict[str, str]) -> None:
    await a_queue(team=(await a_team()).id)
    await a_signal(await an_account())
    await connections.get("default").execute_script('UPDATE "case" SET tier = 5')

    checked = await caseward(environment, "rebuild", "--only", "case", "--check")
    rebuilt = await caseward(environment, "rebuild")
    again = await caseward(environment, "rebuild", "--check")

    assert (checked[0], checked[1]["differences"], checked[1]["first"][0]["column"]) == (1, {"case": 1}, "tier")
    assert (rebuilt[0], rebuilt[1]["written"], rebuilt[1]["differences"]["case"]) == (0, True, 1)
    assert (again[0], set(again[1]["differences"].values())) == (0, {0})


async def test_what_is_parked_is_listed_and_let_go(environment: dict[str, str]) -> None:
    await a_queue(team=(await a_team()).id)
    case = (await a_signal(await an_account())).case
    await projections.park("sla", Ref("case", case.id), "ValueError: poison")

    code, listed = await caseward(environment, "park", "list")
    retried = await caseward(environment, "park", "retry", "--consumer", "sla")

    assert (code, listed["parked"][0]["subjectId"], listed["parked"][0]["error"]) == (
        0, str(case.id), "ValueError: poison",
    )  # fmt: skip
    assert (retried[0], retried[1]["retried"][0]["madeUp"]) == (0, 0)
    assert not await projections.parked()
