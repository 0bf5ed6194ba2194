"""Content policies: what is not allowed, and what may be done about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from domain.cases.states import Severity
from domain.review.states import Automation, EnforcementAction

KEY = r"^[a-z0-9][a-z0-9_.-]{0,126}$"


class Measure(BaseModel):
    """One thing to do about a violation. ``lasting`` is for how long; None for good."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    action: EnforcementAction
    lasting: timedelta | None = Field(default=None, gt=timedelta(0))


class PolicySpec(BaseModel):
    """The body of one version of a content policy. ``automation`` is the most a machine may decide by itself."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str = Field(min_length=1, max_length=200)
    summary: str = Field(default="", max_length=4000)
    parent: str | None = Field(default=None, pattern=KEY)
    severity: Severity = Severity.SEV3
    allowed_actions: tuple[EnforcementAction, ...] = ()
    default_actions: tuple[Measure, ...] = ()
    requires_four_eyes: bool = False
    automation: Automation = Automation.NOT

    @model_validator(mode="after")
    def _defaults_are_allowed(self) -> "PolicySpec":
        if strange := {measure.action for measure in self.default_actions} - set(self.allowed_actions):
            message = f"default_actions names what allowed_actions does not: {', '.join(sorted(strange))}."
            raise ValueError(message)
        return self


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """The version of a policy a decision stands on."""

    id: UUID
    key: str
    rev: int
    spec: PolicySpec


def default_measures(policies: Sequence[PolicyVersion]) -> tuple[Measure, ...]:
    """What the policies ask for together: each action once, the longest of its terms."""
    longest: dict[EnforcementAction, Measure] = {}
    for measure in (measure for policy in policies for measure in policy.spec.default_actions):
        known = longest.setdefault(measure.action, measure)
        if known.lasting is not None and (measure.lasting is None or measure.lasting > known.lasting):
            longest[measure.action] = measure
    return tuple(longest.values())
