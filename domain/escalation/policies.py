"""What an escalation policy says: whom to tell, in which order, how long to wait, and whom if nobody is there."""

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from domain.escalation.states import TargetKind
from domain.notify.states import Urgency

LOOP_FLOOR_S = 60
"""A policy that repeats takes at least this many seconds a loop, however many steps are skipped."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Target(_Frozen):
    """A person (by e-mail address or id; kept by id), a schedule or a team (by key)."""

    kind: TargetKind
    key: str = Field(min_length=1, max_length=255)


class EscalationStep(_Frozen):
    """All targets are told at once; after `delay_s` seconds without an acknowledgement the next step follows."""

    delay_s: int = Field(ge=0, le=86_400)
    targets: tuple[Target, ...] = Field(min_length=1, max_length=20)


class EscalationPolicy(_Frozen):
    """Steps in order, gone through `repeat` times more.

    `fallback` are the persons who are told when a loop finds nobody, and when the last one has ended unanswered.
    `ack_timeout_s`: an acknowledged page that is not resolved by then starts over.
    """

    urgency: Urgency = Urgency.HIGH
    repeat: int = Field(default=0, ge=0, le=9)
    ack_timeout_s: int | None = Field(default=None, ge=60, le=604_800)
    fallback: tuple[str, ...] = Field(min_length=1, max_length=20)
    steps: tuple[EscalationStep, ...] = Field(min_length=1, max_length=20)

    @model_validator(mode="after")
    def _repeats_slowly(self) -> Self:
        if self.repeat and sum(step.delay_s for step in self.steps) < LOOP_FLOOR_S:
            raise ValueError(f"a policy that repeats waits {LOOP_FLOOR_S} seconds or more in all its steps together")
        return self
