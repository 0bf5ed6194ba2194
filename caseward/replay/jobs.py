"""Bringing cases in by several processes: each holds connections of its own and is handed a few cases at a time."""

import asyncio
import multiprocessing
import os
from collections.abc import AsyncGenerator, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
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


class Crew:
    """The processes that write. One job, or few cases, need none: they are written by this process."""

    def __init__(self, url: str, *, jobs: int) -> None:
        """Starts nobody yet."""
        self._url = url
        self._jobs = jobs
        self._pool: ProcessPoolExecutor | None = None

    def call(self) -> None:
        """Has the processes start, while there is nothing for them to do yet. Harmless to repeat."""
        if self._pool is None and self._jobs > 1:
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(
                self._jobs, mp_context=context, initializer=_start, initargs=(self._url, os.getpid())
            )
            for _ in range(self._jobs):
                self._pool.submit(_carry_out, [], Errand("", live=False))

    def dismiss(self) -> None:
        """Ends them; what nobody has begun is dropped."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None

    async def bring_all(
        self, tasks: Sequence[Task], errand: Errand
    ) -> AsyncGenerator[tuple[int, list[Unplaced]]]:  # fmt: skip
        """Writes all cases; yields after each handful how many cases it was and which were refused."""
        if len(tasks) > ALONE:
            self.call()
        queue = iter(tasks)
        handfuls = iter(lambda: list(islice(queue, HANDFUL)), [])
        if self._pool is None:
            for handful in handfuls:
                yield len(handful), await bring(handful, errand)
            return
        loop = asyncio.get_running_loop()
        sent = [loop.run_in_executor(self._pool, _carry_out, handful, errand) for handful in handfuls]
        for done in asyncio.as_completed(sent):
            yield await done


@contextmanager
def crew(url: str, *, jobs: int) -> Iterator[Crew]:
    """A crew that is dismissed in the end."""
    called = Crew(url, jobs=jobs)
    try:
        yield called
    finally:
        called.dismiss()


def _start(url: str, parent: int) -> None:
    """What a process does before its first handful. It ends with its parent, however that ends."""
    if (ask := dies_with_parent(parent)) is not None:
        ask()
    global _runner  # noqa: PLW0603 - a process of the pool has no other place
    _runner = _kept.enter_context(asyncio.Runner(loop_factory=uvloop.new_event_loop))
    wire()
    connected = postgres.connected(url, pool=(AT_ONCE, AT_ONCE), lean=True)
    _runner.run(connected.__aenter__())
    _kept.callback(lambda: _runner.run(connected.__aexit__(None, None, None)))


def _carry_out(handful: list[Task], errand: Errand) -> tuple[int, list[Unplaced]]:
    assert _runner is not None  # noqa: S101 - set by _start
    return len(handful), _runner.run(bring(handful, errand))
