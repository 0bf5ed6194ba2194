"""Plays the scenario in front of whoever started the demo."""

import asyncio
import signal
import time

from rich.console import Console

from caseward.demo import history, organisation, screen
from caseward.demo.desk import Desk, StepFailed
from caseward.demo.organisation import Organisation
from caseward.demo.scenario import STEPS, Play
from caseward.demo.stage import Stage
from caseward.stack import Stack
from caseward.wiring import wire
from domain.core import clock
from domain.oncall.queries import people_on_call
from integrations import postgres
from integrations.settings import Settings


def play(settings: Settings, stack: Stack, stage: Stage, *, once: bool, out: Console, begun: float) -> int:
    """Loads the organisation, plays the scenario; serves until Ctrl-C unless ``once``. The exit code: 0, or 1 where
    a step failed. ``begun`` is when the command was started, on the monotonic clock.
    """
    wire()
    asyncio.run(postgres.migrate(stack.database_url))
    loaded = asyncio.run(load(settings, stack, stage, out))
    stage.ready()
    screen.opening(out, stage, loaded, seconds=time.monotonic() - begun)
    failed = asyncio.run(_steps(stack, stage, loaded, out))
    screen.closing(out, stage, loaded, failed=failed, home=settings.home.absolute())
    if not once and not failed:
        _until_interrupted(out)
    return 1 if failed else 0


async def load(settings: Settings, stack: Stack, stage: Stage, out: Console) -> Organisation:
    reached = settings.model_copy(
        update={"jira_url": stage.jira, "public_url": stage.api, "home": settings.home.absolute()}
    )
    async with postgres.connected(stack.database_url, pool=(1, 4)):
        loaded = await organisation.load(reached)
        with out.status("Bringing in two weeks of work…"):
            added = await history.load([loaded.people[a] for a in ("ada@desk.example", "chen@desk.example")])
        if added:
            out.print(f"Two weeks of work: {added} cases.", highlight=False)
    return loaded


async def _steps(stack: Stack, stage: Stage, loaded: Organisation, out: Console) -> str | None:
    """Plays every step in turn; the title of the one that failed, if any."""
    desk = Desk(stage.api, loaded.tokens)
    play = Play(desk=desk, stage=stage, on_call=await role_on_call(stack, loaded))
    try:
        for number, step in enumerate(STEPS, start=1):
            begun = time.monotonic()
            try:
                answer = await step.act(play)
            except StepFailed as reason:
                screen.failed(out, number, step, str(reason), stage)
                return step.title
            sent = desk.sent.get(step.document or "", {})
            screen.step(out, number, step, sent, answer, seconds=time.monotonic() - begun)
    finally:
        await desk.close()
        await play.http.aclose()
    return None


async def role_on_call(stack: Stack, loaded: Organisation) -> str:
    """Whose token acknowledges: the person on call right now."""
    roles = {loaded.people["bo@desk.example"].id: "lead", loaded.people["dana@desk.example"].id: "manager"}
    async with postgres.connected(stack.database_url, pool=(1, 1)):
        people = await people_on_call("live-desk", await clock.now())
    return next((roles[person] for person in people if person in roles), "admin")


def _until_interrupted(out: Console) -> None:
    out.print("Serving until Ctrl-C.", highlight=False)
    signal.signal(signal.SIGTERM, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt()))
    try:
        signal.pause()
    except KeyboardInterrupt:
        out.print("Stopping.", highlight=False)
