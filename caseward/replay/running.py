"""A replay from the file to the answer."""

import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID

from rich.console import Console
from tortoise import connections

from caseward.replay import settling
from caseward.replay.bringing import Errand, Task
from caseward.replay.jobs import Crew, crew
from caseward.replay.mapping import LogMapping
from caseward.replay.placing import Placed, Placing
from caseward.replay.progress import Advance, shown
from caseward.replay.reading import Unplaced, read
from caseward.replay.summary import ids_of, summary
from workers.sequencer import sequence


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a replay amounts to, what it left out, and how long it took."""

    summary: dict[str, Any]
    unplaced: list[Unplaced]
    brought: int
    seconds: float


async def replay(
    path: Path, mapping: LogMapping, *, url: str, limit: int | None, live: bool, jobs: int, out: Console, silent: bool
) -> Outcome:
    """Reads the file, writes what is not there yet, positions the log, and reads the numbers back."""
    begun = time.monotonic()
    errand = Errand(mapping.system, live)
    with crew(url, jobs=jobs) as workers:
        known = await _known(mapping.system)
        if limit is None and not known:
            workers.call()
        log = read(path, mapping, limit=limit)
        placing = Placing(mapping, unplaced=log.unplaced)
        placed = [one for key, lines in log.cases.items() if (one := placing.place(key, lines)) is not None]
        tasks = list(_fresh(placed, known, log.unplaced))
        await settling.publish(mapping, by=errand.actor)
        if tasks:
            with shown(len(tasks), out=out, silent=silent) as advance:
                log.unplaced += await _bring(tasks, errand, workers=workers, advance=advance)
    await _position()
    ids = await ids_of(mapping.system, [one.facts[0].event_id for one in placed])
    numbers = await summary(ids, policies=list(mapping.policies), rows=log.rows, as_of=log.as_of)
    unplaced = sorted(log.unplaced, key=lambda one: one.line)
    return Outcome(numbers, unplaced, len(tasks), time.monotonic() - begun)


async def _bring(tasks: Sequence[Task], errand: Errand, *, workers: Crew, advance: Advance) -> list[Unplaced]:
    met = await settling.meet((task.placed for task in tasks), by=errand.actor)
    told = [replace(task, people=_named(task.placed, met)) for task in tasks]
    refused: list[Unplaced] = []
    async with aclosing(workers.bring_all(told, errand)) as handfuls:
        async for cases, left_out in handfuls:
            refused += left_out
            advance(cases)
            await sequence()
    return refused


def _named(placed: Placed, met: Mapping[str, UUID]) -> dict[str, UUID]:
    return {fact.assignee: met[fact.assignee] for fact in placed.facts if fact.assignee is not None}


async def _position() -> None:
    """Until everything committed has its place in the log; another sequencer at work does it as well."""
    while await sequence():
        pass


async def _known(system: str) -> set[str]:
    rows = await connections.get("default").execute_query_dict(
        "SELECT source_event_id FROM event_source WHERE source = $1", [system]
    )
    return {row["source_event_id"] for row in rows}


def _fresh(placed: Iterable[Placed], known: Collection[str], unplaced: list[Unplaced]) -> Iterator[Task]:
    """The cases with facts that are not there yet. A fact before one that is there comes too late to be placed."""
    for one in placed:
        there = [fact.event_id in known for fact in one.facts]
        done = len(there) - there[::-1].index(True) if True in there else 0
        unplaced += [
            Unplaced(fact.line, f"it lies before what the case {one.key} already went through")
            for fact, is_there in zip(one.facts[:done], there, strict=False)
            if not is_there
        ]
        if done < len(there):
            yield Task(one, done)
