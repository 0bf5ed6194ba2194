"""The demo's whole day from the outside: real processes, real protocols, a worker killed again and again."""

import asyncio
import io
import random
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


def test_a_worker_killed_in_the_middle_of_every_step_loses_nothing_and_doubles_nothing(
    settings: Settings, stack: Stack
) -> None:
    wire()
    asyncio.run(postgres.migrate(stack.database_url))

    with set_up(settings, stack) as stage:
        play = asyncio.run(play_with_kills(settings, stack, stage))
        mirrored(stage, cases=3)  # nothing in the play waits for the third case's issue
        created = found(f"{stage.jira}/control/requests", method="POST", path="/issue")
        mails = found(f"{stage.mail}/messages")
        board = found(f"{stage.platform}/board.json")

    assert created["count"] == 3
    assert len([mail for mail in mails if play.notes["third"]["key"] in mail["subject"]]) == 1
    orders = [order for order in board["orders"].values() if order["wish"]["subject"]["ref"] == play.notes["room"]]
    assert [(order["state"], order["applied"]) for order in orders] == [("APPLIED", 1)]


async def play_with_kills(settings: Settings, stack: Stack, stage: Stage) -> Play:
    """Plays every step while the worker is killed, without warning, at some moment of it."""
    loaded = await playing.load(settings, stack, stage, Console(file=io.StringIO()))
    stage.ready()
    play = Play(desk=Desk(stage.api, loaded.tokens), stage=stage, on_call=await playing.role_on_call(stack, loaded))
    chance = random.Random(7)
    loop = asyncio.get_running_loop()
    try:
        for step in STEPS:
            kill = loop.call_later(chance.uniform(0.0, 0.6), stage.restart_worker)
            await step.act(play)
            kill.cancel()
    finally:
        await play.desk.close()
        await play.http.aclose()
    return play


def mirrored(stage: Stage, *, cases: int) -> None:
    """Returns once Jira was asked for an issue so often; the test fails where it is not."""
    ends = time.monotonic() + 30
    while found(f"{stage.jira}/control/requests", method="POST", path="/issue")["count"] < cases:
        assert time.monotonic() < ends, "Jira was not asked for an issue of every case"
        time.sleep(0.1)


def found(url: str, **query: str) -> Any:
    return httpx.get(url, params=query).json()
