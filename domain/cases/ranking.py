"""The order reckoned for cases: how pressing a case is, as a number with what it is made of. Pure.

A formula is frozen once it was released: whoever wants other weights adds a version with the day from which it holds.
No formula looks at the time, for an order that moves by itself cannot be paged through: what waits too long comes
forward by when it is due. `docs/ranking.md` tells the same to people, with an example.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime

from domain.cases.states import PROACTIVE_ORIGINS, Priority, Severity, SignalOrigin, SignalOutcome

TRUSTED_ORIGINS = frozenset(
    {SignalOrigin.TRUSTED_FLAGGER, SignalOrigin.LEGAL, SignalOrigin.STAKEHOLDER_ESCALATION}
)  # fmt: skip
COUNTED = frozenset({SignalOutcome.PENDING, SignalOutcome.AGREED})
"""What a signal must be to count: the others were looked at and found wanting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signals:
    """``count`` signals that are alike. ``agreed`` and ``disagreed``: what review had made of the last signals of
    whoever reports, when this one came. Who that is does not reach this module."""

    origin: SignalOrigin
    outcome: SignalOutcome = SignalOutcome.PENDING
    confidence: float | None = None
    agreed: int = 0
    disagreed: int = 0
    count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the order of a case follows from. ``reach``: people; of a case without a subject 0, and not live."""

    severity: Severity
    priority: Priority
    reach: int = 0
    live: bool = False
    signals: Sequence[Signals] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Components:
    """What a rank is the sum of, each in points, 0 or more."""

    severity: float
    priority: float
    reach: float
    trusted: float
    detected: float
    reported: float

    def total(self) -> float:
        points: list[float] = [getattr(self, each.name) for each in fields(self)]
        return round(sum(points), 2)


@dataclass(frozen=True, slots=True)
class Rank:
    """A case's place in the order, from 0 to 100, the most pressing highest."""

    value: float
    components: Components
    formula_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Formula:
    """One version. ``most``: the points each component can have; ``told``: what each follows from, for people."""

    version: int
    effective_from: datetime
    reckon: Callable[[Facts], Components]
    most: Mapping[str, float]
    told: Mapping[str, str]


SEVERITY_1 = {
    Severity.SEV0: 40.0,
    Severity.SEV1: 30.0,
    Severity.SEV2: 20.0,
    Severity.SEV3: 10.0,
    Severity.SEV4: 0.0,
}
PRIORITY_1 = {Priority.P1: 20.0, Priority.P2: 15.0, Priority.P3: 10.0, Priority.P4: 5.0, Priority.P5: 0.0}
MOST_1 = {"severity": 40.0, "priority": 20.0, "reach": 20.0, "trusted": 12.0, "detected": 4.0, "reported": 4.0}
TOLD_1 = {
    "severity": "How much harm: SEV0 40, SEV1 30, SEV2 20, SEV3 10, SEV4 0.",
    "priority": "The order people gave it: P1 20, P2 15, P3 10, P4 5, P5 0.",
    "reach": "How many people its subject reaches: 1 for each doubling, half of that while it is not live.",
    "trusted": "Flaggers, legal and stakeholders: the first brings most, each by its record.",
    "detected": "The surest of the detectors, by its confidence and its record.",
    "reported": "Reports of users, each by the reporter's record; ever more of them bring ever less.",
}


def _first(facts: Facts) -> Components:
    return Components(
        severity=SEVERITY_1[facts.severity],
        priority=PRIORITY_1[facts.priority],
        reach=_reach_1(facts.reach, live=facts.live),
        trusted=_trusted_1(facts.signals),
        detected=_detected_1(facts.signals),
        reported=_reported_1(facts.signals),
    )


def _reach_1(reach: int, *, live: bool) -> float:
    """Whole doublings of 1 + reach (Weber and Fechner: what is felt grows with the logarithm), so that a count of
    viewers that wavers seldom moves a case."""
    points = min(MOST_1["reach"], float((1 + reach).bit_length() - 1))
    return points if live else points / 2


def _weight_1(of: Signals, *, rights: int = 1) -> float:
    """How far a reporter is believed, from 0 to 1: the mean of a beta distribution over the record (the rule of
    succession; ``rights`` is how many signals a newcomer is taken to have had right, against one wrong), nothing up to
    one right in four. What review agreed with is believed whole."""
    if of.outcome is SignalOutcome.AGREED:
        return 1.0
    believed = (of.agreed + rights) / (of.agreed + of.disagreed + rights + 1)
    return max(0.0, (believed - 0.25) / 0.75)


def _trusted_1(signals: Sequence[Signals]) -> float:
    """Noisy-or (Pearl 1988): each flagger may by itself be reason enough, with 3 in 4 where it is believed whole."""
    doubt = math.fsum(
        of.count * math.log1p(-0.75 * _weight_1(of, rights=9))
        for of in signals
        if of.origin in TRUSTED_ORIGINS and of.outcome in COUNTED
    )
    return round(-MOST_1["trusted"] * math.expm1(doubt), 2)


def _detected_1(signals: Sequence[Signals]) -> float:
    """The surest one alone: a detector that fires twice has not seen twice as much."""
    surest = max(
        (
            (0.5 if of.confidence is None else of.confidence) * _weight_1(of, rights=3)
            for of in signals
            if of.origin in PROACTIVE_ORIGINS and of.outcome in COUNTED and of.count
        ),
        default=0.0,
    )
    return round(MOST_1["detected"] * surest, 2)


def _reported_1(signals: Sequence[Signals]) -> float:
    """Saturates: of all that reports can bring, eight that are believed whole bring 63 in 100."""
    heard = math.fsum(
        of.count * _weight_1(of)
        for of in signals
        if of.origin not in TRUSTED_ORIGINS | PROACTIVE_ORIGINS and of.outcome in COUNTED
    )
    return round(-MOST_1["reported"] * math.expm1(-heard / 8), 2)


FORMULAS: Sequence[Formula] = (
    Formula(
        version=1, effective_from=datetime(2026, 1, 1, tzinfo=UTC), reckon=_first, most=MOST_1, told=TOLD_1
    ),
)  # fmt: skip
"""Every version there ever was, the oldest first."""


def in_effect(at: datetime) -> Formula:
    """The newest version whose day has come; before all of them, the first."""
    return next((each for each in reversed(FORMULAS) if each.effective_from <= at), FORMULAS[0])


def rank(facts: Facts, *, formula: Formula) -> Rank:
    """A case's place by one version of the formula. The order of the signals does not matter."""
    components = formula.reckon(facts)
    return Rank(components.total(), components, formula.version)
