"""The policies in force over time, and the terms they set for a subject."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.sla.conditions import Attributes
from domain.sla.measures import Calendars, CalendarVersion, Measure, Wall
from domain.sla.policies import Policy, PolicyKind, PolicyVersion, Target

WALL = Wall()


@dataclass(frozen=True, slots=True)
class Terms:
    """One target of one policy version, with the measure its time is counted by."""

    policy: Policy
    rev: int
    target: Target
    measure: Measure

    def changes(self, other: "Terms") -> bool:
        """Whether the promise itself differs: its goal, what counts it, or its thresholds."""
        mine, theirs = self.target, other.target
        if mine is theirs:
            return False
        return (mine.goal, mine.calendar, mine.thresholds) != (theirs.goal, theirs.calendar, theirs.thresholds)


@dataclass(frozen=True, slots=True)
class Coverage:
    """Why this policy covers a subject: it stands first among the policies of its kind in scope."""

    kind: PolicyKind
    policy: Policy
    rev: int
    others: tuple[str, ...]


class UnknownCalendarError(ValueError):
    """A target counts by a calendar nobody gave."""

    code = "SLA_CALENDAR_UNKNOWN"


class PolicyBook:
    """Every version of every policy with the calendars they name. Build it once per configuration, not per fold."""

    def __init__(
        self, versions: Iterable[PolicyVersion], calendars: Mapping[str, Sequence[CalendarVersion]] | None = None
    ) -> None:
        """Refuses a target whose calendar is missing."""
        ordered = sorted(versions, key=lambda version: (version.effective_from, version.policy.key, version.rev))
        self._measures = {key: Calendars(found) for key, found in (calendars or {}).items()}
        self.changes = sorted({version.effective_from for version in ordered})
        self._in_force: list[list[PolicyVersion]] = [[]]
        for at in self.changes:
            standing = {version.policy.key: version for version in ordered if version.effective_from <= at}
            self._in_force.append(sorted(standing.values(), key=_precedence))
        self._terms = {
            (version.policy.key, version.rev, target.key): Terms(
                version.policy, version.rev, target, self._measure(target)
            )
            for version in ordered
            for target in version.policy.targets
        }
        scopes = [version.policy.scope for version in ordered]
        scopes += [target.when for version in ordered for target in version.policy.targets]
        self._asked = tuple(sorted({name for scope in scopes for name, _ in scope.subject}))
        self.metrics = sorted(
            {(version.policy.kind, target.metric) for version in ordered for target in version.policy.targets}
        )

    def asked_of(self, subject: Attributes) -> list[Any]:
        """All that decides, at one time, what covers a subject and what it is promised."""
        return [subject.get(name) for name in self._asked]

    def covering(self, at: datetime, subject: Attributes) -> dict[PolicyKind, Coverage]:
        """At most one policy of each kind; the same whatever order the versions were given in."""
        found: dict[PolicyKind, list[PolicyVersion]] = {}
        for version in self._in_force[bisect_right(self.changes, at)]:
            policy = version.policy
            if policy.enabled and policy.scope.holds(subject):
                found.setdefault(policy.kind, []).append(version)
        return {
            kind: Coverage(kind, first.policy, first.rev, tuple(version.policy.key for version in rest))
            for kind, (first, *rest) in found.items()
        }

    def terms(self, coverage: Coverage | None, metric: str, subject: Attributes) -> Terms | None:
        """What the covering policy promises for the metric."""
        target = coverage.policy.target_for(metric, subject) if coverage else None
        return self._terms[coverage.policy.key, coverage.rev, target.key] if coverage and target else None

    def terms_of(self, policy_key: str, rev: int, target_key: str) -> Terms:
        """The terms a clock stands on."""
        return self._terms[policy_key, rev, target_key]

    def _measure(self, target: Target) -> Measure:
        if target.calendar is None or target.goal.calendar_seconds:
            return WALL
        if target.calendar not in self._measures:
            raise UnknownCalendarError(
                f"target {target.key} counts by the calendar {target.calendar}, which is not there"
            )
        return self._measures[target.calendar]


def _precedence(version: PolicyVersion) -> tuple[str, int, int, str]:
    policy = version.policy
    return policy.kind, -len(policy.scope.subject), policy.position, policy.key
