"""What an SLA policy promises, as configuration versions store it, and which policy covers a subject when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self

from pydantic import Field, model_validator

from domain.calendars.spec import read_clock
from domain.sla.conditions import Attributes, Condition, Conditions, Frozen


class PolicyKind(StrEnum):
    """Whose promise it is. Each kind covers a subject by one policy at a time, beside the other kinds."""

    SLA = "SLA"
    OLA = "OLA"
    REGULATORY = "REGULATORY"
    UC = "UC"


class Reopen(StrEnum):
    """What a start after a stop does."""

    FIRST_ONLY = "FIRST_ONLY"
    CONTINUE = "CONTINUE"
    NEW_CYCLE = "NEW_CYCLE"


class Retarget(StrEnum):
    """From when a changed goal counts."""

    FROM_START = "FROM_START"
    FROM_CHANGE = "FROM_CHANGE"


class Hold(StrEnum):
    """What happens to the clock of a holder (`per`) when another one takes over."""

    ASSIGNMENT = "ASSIGNMENT"
    CUMULATIVE = "CUMULATIVE"


class Goal(Frozen):
    """Exactly one of open time, working days (their close or an HH:MM) and plain elapsed time."""

    business_seconds: int | None = Field(default=None, gt=0)
    business_days: int | None = Field(default=None, gt=0, le=1300)
    calendar_seconds: int | None = Field(default=None, gt=0)
    at: str = "close"

    @model_validator(mode="after")
    def _one_unit(self) -> Self:
        given = [value for value in (self.business_seconds, self.business_days, self.calendar_seconds) if value]
        if len(given) != 1:
            raise ValueError("give exactly one of business_seconds, business_days and calendar_seconds")
        if self.at != "close":
            read_clock(self.at, "at")
        return self


class Threshold(Frozen):
    """A moment on the way to or past the goal, and what to do then.

    `percent` of the goal; `lead_business` seconds of the goal's own unit or `lead_wall` seconds before due;
    `overdue` seconds of the goal's unit past it (0 is the breach itself).
    """

    percent: int | None = Field(default=None, ge=1, le=1000)
    lead_business: int | None = Field(default=None, gt=0)
    lead_wall: int | None = Field(default=None, gt=0)
    overdue: int | None = Field(default=None, ge=0)
    actions: tuple[dict[str, Any], ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _read(cls, written: Any) -> Any:
        if isinstance(written, Mapping) and isinstance(written.get("at"), Mapping):
            return {**written["at"], **{key: value for key, value in written.items() if key != "at"}}
        return written

    @model_validator(mode="after")
    def _one_moment(self) -> Self:
        given = [
            value for value in (self.percent, self.lead_business, self.lead_wall, self.overdue) if value is not None
        ]
        if len(given) != 1:
            raise ValueError("give exactly one of percent, lead_business, lead_wall and overdue")
        return self


class Per(Frozen):
    """One clock for each value of an attribute, such as the team that holds the case."""

    attribute: str
    hold: Hold = Hold.ASSIGNMENT


class Target(Frozen):
    """One promise: from when to when, how long, and what stops the count meanwhile.

    `start`, `stop` and `reset` are met by events, or by a state being entered; `pause` and `cancel` hold while a
    state lasts, or from an event on (until one of `resume`, which ends the pause of the same `cause` fact, or all if
    it names none; an event's cancellation is final). `inherit` names events whose fact `since` moves the start back.
    """

    key: str
    metric: str
    goal: Goal
    when: Condition = Condition()
    calendar: str | None = None
    start: Conditions
    stop: Conditions
    pause: Conditions = ()
    resume: Conditions = ()
    cancel: Conditions = ()
    reset: Conditions = ()
    inherit: Conditions = ()
    void: Conditions = ()
    per: Per | None = None
    reopen: Reopen = Reopen.FIRST_ONLY
    retarget: Retarget = Retarget.FROM_START
    retarget_grace_seconds: int = Field(default=0, ge=0)
    thresholds: tuple[Threshold, ...] = ()

    @property
    def grace(self) -> timedelta:
        """What a change that puts the due in the past still leaves, in the goal's unit."""
        return timedelta(seconds=self.retarget_grace_seconds)


class Policy(Frozen):
    """Targets for the subjects in scope. Of several policies of one kind in scope the more specific covers.

    More specific is the one whose scope names more attributes; then the lower `position`, then the key, decides.
    """

    key: str
    position: int = 0
    kind: PolicyKind = PolicyKind.SLA
    enabled: bool = True
    scope: Condition = Condition()
    targets: tuple[Target, ...]

    @model_validator(mode="before")
    @classmethod
    def _name_targets(cls, written: Any) -> Any:
        """A target without a key is called by its metric."""
        if not isinstance(written, Mapping) or not isinstance(written.get("targets"), Sequence):
            return written
        named = [
            {"key": target["metric"], **target} if isinstance(target, Mapping) and "metric" in target else target
            for target in written["targets"]
        ]
        return {**written, "targets": named}

    @model_validator(mode="after")
    def _targets_have_names_of_their_own(self) -> Self:
        keys = [target.key for target in self.targets]
        if len(set(keys)) != len(keys):
            raise ValueError("two targets share a key; give each its own")
        if not self.scope.is_state or not all(target.when.is_state for target in self.targets):
            raise ValueError("scope and when speak of the subject; drop their kind")
        return self

    def target_for(self, metric: str, subject: Attributes) -> Target | None:
        """The first target of the metric whose `when` holds."""
        for target in self.targets:
            if target.metric == metric and target.when.holds(subject):
                return target
        return None


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """A policy as it stands from `effective_from` until its next revision."""

    policy: Policy
    rev: int
    effective_from: datetime
