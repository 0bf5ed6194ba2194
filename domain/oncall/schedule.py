"""What a schedule says: layers of rotations with restrictions, and the overrides and absences laid over them."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    NaiveDatetime,
    model_validator,
)

from domain.calendars.spec import read_clock, read_zone
from domain.oncall.states import OverrideKind

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
EVERY_DAY: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _zone(name: str) -> str:
    read_zone(name, "tz")
    return name


def _clock(text: str) -> str:
    read_clock(text, "clock")
    return text


def _slot(written: Any) -> Any:
    """One user, several, or nobody (null)."""
    if written is None:
        return ()
    return (written,) if isinstance(written, str) else written


Zone = Annotated[str, AfterValidator(_zone)]
Clock = Annotated[str, AfterValidator(_clock)]
Slot = Annotated[tuple[str, ...], BeforeValidator(_slot)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Period(StrEnum):
    """What a turn is counted in, by the wall clock."""

    HOUR = "HOUR"
    DAY = "DAY"
    WEEK = "WEEK"
    MONTH = "MONTH"


class AdvanceOn(StrEnum):
    """Whether turns that fall wholly outside the restrictions are used up."""

    ACTIVE_DAY = "ACTIVE_DAY"
    CALENDAR = "CALENDAR"


class LayerMode(StrEnum):
    """EXCLUSIVE: stands instead of lower layers wherever it has someone. ADDITIVE: stands beside whoever is on."""

    EXCLUSIVE = "EXCLUSIVE"
    ADDITIVE = "ADDITIVE"


class Restriction(_Frozen):
    """Wall-clock hours in which a layer serves; an end not after the start lies on the following date."""

    weekdays: tuple[Weekday, ...] = EVERY_DAY
    start: Clock
    end: Clock


class Layer(_Frozen):
    """A rotation: from `anchor` (wall clock) on, each slot of participants serves `interval` periods in turn.

    A slot is a user, several, or nobody. `first` is the slot that serves the first turn.
    """

    key: str
    position: int = 0
    mode: LayerMode = LayerMode.EXCLUSIVE
    period: Period
    interval: int = Field(default=1, ge=1, le=366)
    anchor: NaiveDatetime
    advance_on: AdvanceOn = AdvanceOn.ACTIVE_DAY
    participants: tuple[Slot, ...]
    first: int = Field(default=0, ge=0)
    restrictions: tuple[Restriction, ...] = ()
    effective_from: AwareDatetime | None = None
    effective_to: AwareDatetime | None = None


class ScheduleVersion(_Frozen):
    """Layers in one zone. Of layers on one position the one written first stands higher."""

    tz: Zone
    layers: tuple[Layer, ...] = ()

    @model_validator(mode="after")
    def _layers_have_names_of_their_own(self) -> Self:
        keys = [layer.key for layer in self.layers]
        if len(set(keys)) != len(keys):
            raise ValueError("two layers share a key; give each its own")
        return self

    @property
    def zone(self) -> ZoneInfo:
        """The zone all wall clocks of the schedule are told in."""
        return ZoneInfo(self.tz)


class Override(_Frozen):
    """A change for `[start, end)`, applied in the order of `created_seq`.

    It takes out `remove_user`, or whomever the layer `layer` has on, and puts in `add_user`. A replacement whose
    person is not on call does nothing.
    """

    id: str
    kind: OverrideKind
    start: AwareDatetime
    end: AwareDatetime
    created_seq: int
    remove_user: str | None = None
    add_user: str | None = None
    layer: str | None = None

    @model_validator(mode="after")
    def _names_whom_it_is_about(self) -> Self:
        if self.end <= self.start:
            raise ValueError("an override ends after it starts")
        takes_out = (self.remove_user is not None) + (self.layer is not None)
        if takes_out != (0 if self.kind is OverrideKind.ADD else 1):
            raise ValueError("REMOVE and REPLACE name either remove_user or layer, ADD names neither")
        if (self.add_user is None) != (self.kind is OverrideKind.REMOVE):
            raise ValueError("ADD and REPLACE name add_user, REMOVE does not")
        return self

    def holds(self, at: datetime) -> bool:
        """Whether it applies at this instant."""
        return self.start <= at < self.end


class Absence(_Frozen):
    """A person who is away for `[start, end)`: not on call then, whoever put them on; nobody steps in by itself."""

    user: str
    start: AwareDatetime
    end: AwareDatetime

    def holds(self, at: datetime) -> bool:
        """Whether the person is away at this instant."""
        return self.start <= at < self.end


class OverrideConflictError(ValueError):
    """The same person would be taken off twice, or put on twice, at one time."""

    code = "OVERRIDE_CONFLICT"

    def __init__(self, override: Override, other: Override) -> None:
        """Both are named, so that the caller can say which one to change."""
        super().__init__(f"override {override.id} overlaps {other.id}, which is about the same person; change that one")
        self.other = other


def ensure_no_conflict(override: Override, others: tuple[Override, ...]) -> None:
    """Refuses what the database's exclusion constraints would, with the id of the override in the way.

    An override of somebody another override put in is none: replacements chain.
    """
    for other in others:
        if other.id == override.id or other.end <= override.start or override.end <= other.start:
            continue
        out = override.remove_user is not None and other.remove_user == override.remove_user
        into = override.add_user is not None and other.add_user == override.add_user
        if out or into:
            raise OverrideConflictError(override, other)
