"""Bringing cases in by several processes: each holds connections of its own and is handed a few cases at a time."""

import asyncio
import multiprocessing
import os
from collections.abc import AsyncGenerator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from itertools import islice

import uvloop

from caseward.children import dies_with_parent
from caseward.replay.bringing import AT_ONCE, Errand, Task, bring
from caseward.replay.reading import Unplaced
from caseward.wiring import wire
from integrations import postgres

HANDFUL = 50
"""Cases handed over at a time."""

ALONE = 300
"""Up to so many cases another process takes longer to start than it saves."""

_kept = ExitStack()
_runner: asyncio.Runner | None = None
_errand: Errand | None = None


async def bring_all(
    tasks: Sequence[Task], errand: Errand, *, url: str, jobs: int
) -> AsyncGenerator[tuple[int, list[Unplaced]]]:
    """Writes all cases; yields after each handful how many cases it was and which were refused.

    One job, or few cases, run on the connections of this process.
    """
    queue = iter(tasks)
    handfuls = iter(lambda: list(islice(queue, HANDFUL)), [])
    if jobs == 1 or len(tasks) <= ALONE:
        for handful in handfuls:
            yield len(handful), await bring(handful, errand)
        return
    with ProcessPoolExecutor(
        jobs, mp_context=multiprocessing.get_context("spawn"), initializer=_start, initargs=(url, errand, os.getpid())
    ) as pool:
        loop = asyncio.get_running_loop()
        sent = [loop.run_in_executor(pool, _carry_out, handful) for handful in handfuls]
        try:
            for done in asyncio.as_completed(sent):
                yield await done
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _start(url: str, errand: Errand, parent: int) -> None:
    """What a process does before its first handful. It ends with its parent, however that ends."""
    if (ask := dies_with_parent(parent)) is not None:
        ask()
    global _runner, _errand  # noqa: PLW0603 - a process of the pool has no other place
    _runner = _kept.enter_context(asyncio.Runner(loop_factory=uvloop.new_event_loop))
    _errand = errand
    wire()
    connected = postgres.connected(url, pool=(AT_ONCE, AT_ONCE), lean=True)
    _runner.run(connected.__aenter__())
    _kept.callback(lambda: _runner.run(connected.__aexit__(None, None, None)))


def _carry_out(handful: list[Task]) -> tuple[int, list[Unplaced]]:
    assert _runner is not None and _errand is not None  # noqa: S101, PT018 - set by _start
    return len(handful), _runner.run(bring(handful, _errand))
