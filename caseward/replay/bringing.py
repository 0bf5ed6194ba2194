"""Writing placed histories: one transaction per case, several at once. What came before is never written again."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from tortoise import connections
from tortoise.exceptions import IntegrityError

from caseward.replay.placing import Fact, Placed
from caseward.replay.reading import Unplaced
from domain.cases import actions as cases
from domain.cases.actions.imports import History, Step
from domain.core.actor import Actor, Origin, Tool, system
from domain.core.errors import Refusal
from domain.core.events import Source

AT_ONCE = 3
"""Cases in flight per process: while one waits for the database another is prepared."""


@dataclass(frozen=True, slots=True)
class Task:
    """A case and the number of its facts that are there already. ``people``: ids by address, of all it speaks of."""

    placed: Placed
    done: int
    people: Mapping[str, UUID] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Errand:
    """What every case of a replay shares."""

    system: str
    live: bool

    @property
    def actor(self) -> Actor:
        """Who writes: history arms nothing, unless it was asked to count as live."""
        return replace(system(Tool.IMPORT), origin=Origin.LIVE if self.live else Origin.IMPORT)


async def bring(tasks: Sequence[Task], errand: Errand) -> list[Unplaced]:
    """Writes the cases; those that are refused are reported, and stop no other."""
    waiting = iter(tasks)
    refused: list[Unplaced] = []

    async def work() -> None:
        for task in waiting:
            try:
                await _one(task, errand)
            except (Refusal, IntegrityError) as error:
                first = task.placed.facts[task.done]
                refused.append(Unplaced(first.line, f"the case {task.placed.key} was refused: {error}"))

    await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    return refused


async def _one(task: Task, errand: Errand) -> None:
    placed = task.placed
    steps = [_step(fact, task, errand) for fact in placed.facts[task.done :]]
    if task.done:
        case_id = await _case_of(errand.system, placed.facts[task.done - 1].event_id)
        await cases.bring_on(case_id, by=errand.actor, steps=steps)
        return
    first, *later = steps
    history = History(title=placed.title, kind=placed.kind, priority=placed.priority, opened=first, steps=later)
    await cases.bring_in(history, by=errand.actor)


async def _case_of(system_name: str, event_id: str) -> UUID:
    (row,) = await connections.get("default").execute_query_dict(
        "SELECT e.subject_id FROM event_source s JOIN event e ON e.id = s.event_id"
        " WHERE s.source = $1 AND s.source_event_id = $2",
        [system_name, event_id],
    )
    found: UUID = row["subject_id"]
    return found


def _step(fact: Fact, task: Task, errand: Errand) -> Step:
    return Step(
        occurred_at=fact.at,
        source=Source(system=errand.system, event_id=fact.event_id),
        to=fact.state,
        hold_reason=fact.hold_reason,
        resolution=fact.resolution,
        assignee_id=None if fact.assignee is None else task.people[fact.assignee],
        details=fact.details,
    )
