"""All rows of a call: so many at once, results as they come, what has succeeded left alone."""

import asyncio
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from caseward.calling.errors import CallRefused
from caseward.calling.rows import Row
from caseward.calling.sending import Answer, Sender

SAYS_EVERY = 2.0
"""Seconds between two words of progress."""


@dataclass(slots=True)
class Tally:
    """How it went so far."""

    done: int = 0
    replayed: int = 0
    failed: int = 0
    skipped: int = 0

    @property
    def exit_code(self) -> int:
        """0 where nothing failed, 2 where nothing else happened, 1 between."""
        if not self.failed:
            return 0
        return 1 if self.done or self.skipped else 2

    def __str__(self) -> str:
        told = f"{self.done:,} done ({self.replayed:,} of them before), {self.failed:,} refused"
        return f"{told}, {self.skipped:,} left out" if self.skipped else told


async def call(
    rows: Iterator[Row],
    sender: Sender,
    *,
    jobs: int,
    tally: Tally,
    write: Callable[[Answer], None],
    progress: Callable[[Tally], None],
    known: Collection[str] = (),
) -> None:
    """Sends every row whose key is not ``known``, ``jobs`` at once, and counts in ``tally``. At most so many rows are
    held at a time. CallRefused ends it; what was answered until then is written."""
    said = time.monotonic()

    async def work() -> None:
        nonlocal said
        for row in rows:
            if row.key in known:
                tally.skipped += 1
                continue
            answer = await sender.send(row)
            _count(tally, answer)
            write(answer)
            if time.monotonic() - said >= SAYS_EVERY:
                said = time.monotonic()
                progress(tally)

    refused: BaseException | None = None
    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(jobs):
                group.create_task(work())
    except* CallRefused as found:
        refused = found.exceptions[0]
    if refused is not None:
        raise refused


def _count(tally: Tally, answer: Answer) -> None:
    if answer.ok:
        tally.done += 1
        tally.replayed += answer.replayed
    else:
        tally.failed += 1
