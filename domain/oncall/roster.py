"""Who is on call: one pure function behind the engine, the API, calendars, gaps, previews and explanations."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from domain.calendars.zones import utc
from domain.oncall.rotation import edges, serves, slot_of, turn_at
from domain.oncall.schedule import Absence, LayerMode, Override, ScheduleVersion
from domain.oncall.states import OverrideKind


@dataclass(frozen=True, slots=True)
class Provenance:
    """Why somebody is on call: the layer and slot they or the person they stand in for had, then the overrides."""

    layer: str | None
    slot: int | None
    overrides: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OnCall:
    """One person on call, and why."""

    user: str
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Stint:
    """A stretch `[start, end)` in which the same people are on call for the same reasons; nobody means a gap."""

    start: datetime
    end: datetime
    people: tuple[OnCall, ...]


@dataclass(frozen=True, slots=True)
class Shift:
    """One person's unbroken time on call for one reason."""

    user: str
    start: datetime
    end: datetime
    provenance: Provenance


def on_call(
    version: ScheduleVersion, overrides: Sequence[Override], absences: Sequence[Absence], *, at: datetime
) -> tuple[OnCall, ...]:
    """Who is on call at an instant, in the order of layers and overrides; empty where nobody is.

    Layers from the highest position down, then overrides as created, then absences.
    """
    at = utc(at)
    people = _by_layers(version, at, version.zone)
    for override in sorted(overrides, key=lambda override: override.created_seq):
        if override.holds(at):
            _apply(override, people)
    away = {absence.user for absence in absences if absence.holds(at)}
    return tuple(OnCall(user, provenance) for user, provenance in people.items() if user not in away)


def resolve(
    version: ScheduleVersion,
    overrides: Sequence[Override],
    absences: Sequence[Absence],
    interval: tuple[datetime, datetime],
) -> tuple[Stint, ...]:
    """Stints that tile `[start, end)`; each says for all its instants what `on_call` says for one.

    Deterministic in its arguments and the zone's rules. Costs one `on_call` per edge.
    """
    start, end = utc(interval[0]), utc(interval[1])
    if end <= start:
        raise ValueError(f"{end.isoformat()} does not lie after {start.isoformat()}")
    zone = version.zone
    bounds: set[datetime] = {start, end}
    for layer in version.layers:
        bounds.update(edges(layer, start, end, zone))
    for override in overrides:
        bounds.update((override.start, override.end))
    for absence in absences:
        bounds.update((absence.start, absence.end))
    inside = sorted(utc(at) for at in bounds if start <= at <= end)
    stints: list[Stint] = []
    for begins, ends in pairwise(inside):
        people = on_call(version, overrides, absences, at=begins)
        if stints and stints[-1].people == people:
            stints[-1] = Stint(stints[-1].start, ends, people)
        else:
            stints.append(Stint(begins, ends, people))
    return tuple(stints)


def shifts(stints: Iterable[Stint]) -> tuple[Shift, ...]:
    """Each person's unbroken time for one reason, by start."""
    running: dict[OnCall, Shift] = {}
    done: list[Shift] = []
    for stint in stints:
        done += [running.pop(person) for person in list(running) if person not in stint.people]
        for person in stint.people:
            start = running[person].start if person in running else stint.start
            running[person] = Shift(person.user, start, stint.end, person.provenance)
    return tuple(sorted([*done, *running.values()], key=lambda shift: (shift.start, shift.user)))


def gaps(stints: Iterable[Stint]) -> tuple[tuple[datetime, datetime], ...]:
    """The stretches in which nobody is on call."""
    return tuple((stint.start, stint.end) for stint in stints if not stint.people)


def _by_layers(version: ScheduleVersion, at: datetime, zone: ZoneInfo) -> dict[str, Provenance]:
    people: dict[str, Provenance] = {}
    taken = False
    for layer in sorted(version.layers, key=lambda layer: -layer.position):
        if taken and layer.mode is LayerMode.EXCLUSIVE:
            continue
        slot = slot_of(layer, turn_at(layer, at, zone)) if serves(layer, at, zone) else None
        if slot is None or not layer.participants[slot]:
            continue
        taken = taken or layer.mode is LayerMode.EXCLUSIVE
        for user in layer.participants[slot]:
            people.setdefault(user, Provenance(layer.key, slot))
    return people


def _apply(override: Override, people: dict[str, Provenance]) -> None:
    if override.layer is None:
        leaving = [override.remove_user] if override.remove_user in people else []
    else:
        leaving = [user for user, why in people.items() if why.layer == override.layer]
    gone = [people.pop(user) for user in leaving if user is not None]
    if override.add_user is None or (override.kind is OverrideKind.REPLACE and not gone):
        return
    why = gone[0] if gone else Provenance(None, None)
    people.setdefault(override.add_user, Provenance(why.layer, why.slot, (*why.overrides, override.id)))
