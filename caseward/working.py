"""The worker process: the ticker, and arq workers beside it that it starts again whenever they end."""

import asyncio
import signal
import sys

import structlog

from caseward import loaded
from caseward.children import dies_with_parent
from caseward.stack import Stack
from caseward.wiring import wire
from integrations import connect, postgres
from integrations.settings import Settings
from workers import main as answering
from workers import projections
from workers.doorbell import Doorbell
from workers.drains import drains
from workers.sweeping import kept
from workers.ticker import Ticker

log = structlog.get_logger(__name__)

LONGEST_PAUSE = 10.0


async def work(settings: Settings, stack: Stack, *, answerers: int) -> None:
    """Ticks and keeps ``answerers`` arq workers running until SIGTERM or SIGINT."""
    wire()
    stop = _stop_event()
    adapters = connect(settings)
    bell = Doorbell(stack.redis_url)
    async with postgres.connected(stack.database_url, pool=(1, 8)):
        await projections.subscribe()
        ticker = Ticker(drains=drains(adapters), ring=bell.ring, kept=kept(settings))
        log.info("worker_started", answerers=answerers)
        loaded.keep()
        async with asyncio.TaskGroup() as group:
            group.create_task(ticker.run(stop))
            for _ in range(answerers):
                group.create_task(_keep_running(stop))
    await bell.close()
    log.info("worker_stopped")


async def answer(settings: Settings, stack: Stack) -> None:
    """One arq worker, until it loses Redis or is told to stop."""
    wire()
    adapters = connect(settings)
    async with postgres.connected(stack.database_url, pool=(1, 8)):
        loaded.keep()
        running = asyncio.create_task(answering.run(stack.redis_url, drains(adapters)))
        stopping = asyncio.create_task(_stop_event().wait())
        await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        stopping.cancel()


async def _keep_running(stop: asyncio.Event) -> None:
    """Starts an arq worker, and again with growing pauses when it ends; a minute of life resets the pause."""
    pause = 0.5
    loop = asyncio.get_running_loop()
    while not stop.is_set():
        started = loop.time()
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "caseward", "worker", "--answer", preexec_fn=dies_with_parent()
        )
        ended = asyncio.create_task(child.wait())
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({ended, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if stop.is_set():
            if child.returncode is None:
                child.terminate()
            await ended
            return
        pause = 0.5 if loop.time() - started > 60 else min(pause * 2, LONGEST_PAUSE)
        log.warning("answerer_ended", code=child.returncode, again_in_seconds=pause)
        await asyncio.wait({stopping_wait := asyncio.create_task(stop.wait())}, timeout=pause)
        stopping_wait.cancel()


def _stop_event() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    return stop
