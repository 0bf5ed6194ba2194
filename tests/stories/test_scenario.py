"""The demo's whole day from the outside: real processes, real protocols, a worker killed again and again."""

import asyncio
import io
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from rich.console import Console

from caseward.demo import play as playing
from caseward.demo.desk import Desk
from caseward.demo.scenario import STEPS, Play
from caseward.demo.stage import Stage, set_up
from caseward.stack import Stack, forget, use_stack
from caseward.wiring import wire
from integrations import postgres
from integrations.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    found = Settings(home=tmp_path / "home", api_port=0)
    yield found
    forget(found)


@pytest.fixture
def stack(settings: Settings) -> Iterator[Stack]:
    with use_stack(settings) as running:
        yield running


def test_the_demo_plays_every_step_and_a_second_start_keeps_the_data(settings: Settings, stack: Stack) -> None:
    shown = io.StringIO()

    first = one_day(settings, stack, shown)
    second = one_day(settings, stack, shown)

    assert (first, second) == (0, 0), shown.getvalue()
    assert shown.getvalue().count("Every step of the scenario was played.") == 2
    assert shown.getvalue().count("Two weeks of work:") == 1


def one_day(settings: Settings, stack: Stack, shown: io.StringIO) -> int:
    out = Console(file=shown, width=120)
    with set_up(settings, stack) as stage:
        return playing.play(settings, stack, stage, once=True, out=out, begun=time.monotonic())


def test_a_worker_killed_before_every_step_loses_nothing_and_doubles_nothing(settings: Settings, stack: Stack) -> None:
    wire()
    asyncio.run(postgres.migrate(stack.database_url))
    with set_up(settings, stack) as stage:
        play = asyncio.run(play_with_kills(settings, stack, stage))
        issues = found(stage.jira, "/control/requests", method="POST", path="/rest/api/*/issue")
        mails = httpx.get(f"{stage.mail}/messages").json()
        orders = httpx.get(f"{stage.platform}/board.json").json()

    run = play.run
    assert issues["count"] == 3
    assert len([m for m in mails if play.notes["third"]["key"] in m["subject"] + m["text"]]) == 1
    assert str(orders).count(f"room-{run}") >= 1


async def play_with_kills(settings: Settings, stack: Stack, stage: Stage) -> Play:
    loaded = await playing.load(settings, stack, stage, Console(file=io.StringIO()))
    stage.ready()
    play = Play(desk=Desk(stage.api, loaded.tokens), stage=stage, on_call=await playing.role_on_call(stack, loaded))
    try:
        for step in STEPS:
            stage.restart_worker()
            await step.act(play)
    finally:
        await play.desk.close()
        await play.http.aclose()
    return play


def found(url: str, path: str, **query: str) -> dict[str, Any]:
    answer: dict[str, Any] = httpx.get(f"{url}{path}", params=query).json()
    return answer
