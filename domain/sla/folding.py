"""Events and policies in, clocks out: the same clocks for any order of arrival, any repetition and any replay."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.sla.book import Coverage, PolicyBook, Terms
from domain.sla.clocks import Clock, Transition, TransitionType
from domain.sla.family import Family
from domain.sla.policies import PolicyKind
from domain.sla.timeline import ClockEvent, Moment, moments


@dataclass(frozen=True, slots=True)
class Folded:
    """The clocks of one subject, and per kind of policy why it is covered; no coverage means no policy applies."""

    clocks: tuple[Clock, ...]
    coverage: tuple[Coverage, ...]


def fold(events: Iterable[ClockEvent], book: PolicyBook, *, as_of: datetime | None = None) -> Folded:
    """The clocks of one subject by its events.

    Policy versions effective after `as_of` are not applied yet (None applies all of them); breaches of a due before
    `as_of` are recorded as transitions. Neither changes what `Clock.at` reads for a given instant. Late events are
    folded where they happened, not where they arrived.
    """
    changes = frozenset(at for at in book.changes if as_of is None or at <= as_of)
    told = moments(events, between=changes)
    families = {key: Family(*key) for key in book.metrics}
    coverage: dict[PolicyKind, Coverage] = {}
    terms: dict[tuple[PolicyKind, str], Terms | None] = {}
    asked: list[Any] | None = None
    for number, moment in enumerate(told):
        known, asked = asked, book.asked_of(moment.subject)
        if asked != known or moment.at in changes:
            coverage = book.covering(moment.at, moment.subject)
            terms = {key: book.terms(coverage.get(key[0]), key[1], moment.subject) for key in book.metrics}
        for key, family in families.items():
            _step(family, terms[key], told, number)
    clocks = [clock for family in families.values() for clock in family.clocks(as_of)]
    return Folded(tuple(clocks), tuple(coverage[kind] for kind in sorted(coverage)))


def voided(before: Clock, after: Clock, *, detected_at: datetime) -> tuple[Transition, ...]:
    """The VOID of each breach of an earlier fold that a later fold of the same clock no longer finds."""
    found = {(step.revision, step.at) for step in after.transitions if step.type is TransitionType.BREACH}
    return tuple(
        Transition(TransitionType.VOID, step.at, detected_at, step.revision, "SUPERSEDED", step.seq)
        for step in before.transitions
        if step.type is TransitionType.BREACH and (step.revision, step.at) not in found
    )


def _step(family: Family, terms: Terms | None, told: list[Moment], number: int) -> None:
    moment = told[number]
    if terms is not None and not family.known and number and moment.happenings:
        # The subject came into scope: what began before it did is counted as this target would have.
        family.attach(told[:number], terms, moment)
    elif terms is not None or family.known:
        family.step(moment, terms)
