"""Clocks of a subject of which some events were taken back: as if those had never been, and saying so. Pure."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from domain.sla.book import PolicyBook
from domain.sla.clocks import Clock, Transition, TransitionType
from domain.sla.folding import Folded, fold
from domain.sla.reading import Story, Undoing

UNDONE = "UNDONE"
"""The cause of the VOID of a verdict, or of a reopening, that was taken back. The breach of a clock stands."""

_TAKEN_BACK = frozenset({TransitionType.FULFIL, TransitionType.CANCEL, TransitionType.REOPEN})


def fold_story(told: Story, book: PolicyBook, *, as_of: datetime) -> Folded:
    """``fold`` of what counts, each clock with a VOID for every end and reopening of it that was taken back.

    Costs one more fold for each time something was.
    """
    folded = fold(told.events, book, as_of=as_of)
    if not told.undoings:
        return folded
    voids: dict[tuple[str, str, str | None, int], list[Transition]] = {}
    for undoing in told.undoings:
        for clock in fold(undoing.before, book, as_of=undoing.at).clocks:
            voids.setdefault(clock.identity, []).extend(_taken_back(clock, folded, undoing))
    return Folded(tuple(_with(clock, voids.get(clock.identity, [])) for clock in folded.clocks), folded.coverage)


def _taken_back(before: Clock, after: Folded, undoing: Undoing) -> Iterator[Transition]:
    found = {
        (step.type, step.at, step.seq)
        for clock in after.clocks
        if clock.identity == before.identity
        for step in clock.transitions
    }
    for step in before.transitions:
        if step.type in _TAKEN_BACK and (step.type, step.at, step.seq) not in found:
            yield Transition(TransitionType.VOID, step.at, undoing.at, step.revision, UNDONE, undoing.seq)


def _with(clock: Clock, voids: list[Transition]) -> Clock:
    if not voids:
        return clock
    return replace(clock, transitions=tuple(sorted((*clock.transitions, *voids), key=lambda step: step.detected_at)))
