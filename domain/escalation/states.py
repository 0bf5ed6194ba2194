"""What a page, its run and a step's target can be."""

from enum import StrEnum


class PageStatus(StrEnum):
    """Where a page stands. Open is everything but RESOLVED."""

    TRIGGERED = "TRIGGERED"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    SNOOZED = "SNOOZED"
    SUPPRESSED = "SUPPRESSED"
    RESOLVED = "RESOLVED"
    EXHAUSTED = "EXHAUSTED"


class RunState(StrEnum):
    """Where a run through a policy stands. A page has at most one ACTIVE run."""

    ACTIVE = "ACTIVE"
    STOPPED = "STOPPED"
    EXHAUSTED = "EXHAUSTED"


class TargetKind(StrEnum):
    """Whom a step tells: a person, whoever is on call on a schedule, everybody of a team."""

    PERSON = "PERSON"
    SCHEDULE = "SCHEDULE"
    TEAM = "TEAM"


class SkipReason(StrEnum):
    """Why a step told nobody."""

    NO_ONE_ON_CALL = "NO_ONE_ON_CALL"
    UNREACHABLE = "UNREACHABLE"
