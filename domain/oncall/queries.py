"""Who is on call, by the versions of the schedule and the overrides and absences that held at each instant."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import TypeVar
from uuid import UUID, uuid5

from tortoise.queryset import QuerySet

from domain.core import clock
from domain.core.errors import NotFound
from domain.core.ids import public_id
from domain.core.models import ConfigVersion
from domain.core.texts import problems_of, quoted
from domain.core.transaction import Ref
from domain.core.versions import ConfigKind
from domain.oncall import models, roster
from domain.oncall.references import person_of, written
from domain.oncall.roster import OnCall, Shift, Stint
from domain.oncall.schedule import Absence, Override, ScheduleVersion

R = TypeVar("R", models.Override, models.Absence)

_SCHEDULES = UUID("6c1b7e0e-7d52-5a39-9b43-2f3b8b6a1d00")


@dataclass(frozen=True, slots=True)
class Changes:
    """What lies over a schedule in an interval."""

    overrides: tuple[Override, ...]
    absences: tuple[Absence, ...]


def ref(schedule_key: str) -> Ref:
    """The schedule as a subject of the log: its id follows from its key."""
    return Ref("schedule", uuid5(_SCHEDULES, schedule_key))


async def on_call(schedule_key: str, at: datetime | None = None) -> tuple[OnCall, ...]:
    """Who is on call at an instant (now unless given), in order; ``user`` is ``person_<hex>``.

    NOT_FOUND for an unknown schedule; nobody before its first version. Three queries.
    """
    at = at or await clock.now()
    version = _at(await versions(schedule_key), at)
    if version is None:
        return ()
    over = await changes(schedule_key, at, at)
    return roster.on_call(version, over.overrides, over.absences, at=at)


async def people_on_call(schedule_key: str, at: datetime) -> list[UUID]:
    """The same as persons; nobody for a schedule that does not exist (any more)."""
    try:
        return [person_of(one.user) for one in await on_call(schedule_key, at)]
    except NotFound:
        return []


async def stints(
    schedule_key: str, start: datetime, end: datetime, *, also: tuple[Override, ...] = ()
) -> tuple[Stint, ...]:
    """Who is on call throughout ``[start, end)``, each instant by the version in effect at it.

    ``also`` are overrides not made yet: what the schedule would say.
    """
    known = await versions(schedule_key)
    over = await changes(schedule_key, start, end)
    edges = sorted({start, end, *(v.effective_from for v in known if start < v.effective_from < end)})
    found: list[Stint] = []
    for begins, ends in pairwise(edges):
        version = _at(known, begins) or ScheduleVersion(tz="UTC")
        found += roster.resolve(version, (*over.overrides, *also), over.absences, (begins, ends))
    return tuple(found)


async def shifts(schedule_key: str, start: datetime, end: datetime) -> tuple[Shift, ...]:
    """Each person's unbroken time on call in ``[start, end)``, by start."""
    return roster.shifts(await stints(schedule_key, start, end))


async def versions(schedule_key: str, *, path: str = "schedule") -> list[ConfigVersion]:
    """Every version of a schedule, by revision. NOT_FOUND of ``path`` where there is none."""
    known = ConfigVersion.filter(kind=ConfigKind.SCHEDULE, key=schedule_key).order_by("rev")
    found = [] if problems_of(ConfigVersion, key=schedule_key) else await known
    if not found:
        raise NotFound("schedule", quoted(schedule_key), path=(path,))
    return found


async def changes(schedule_key: str, start: datetime, end: datetime) -> Changes:
    """The overrides and absences that hold anywhere between two instants, both included."""
    overrides = await _within(models.Override.filter(schedule_key=schedule_key), start, end)
    absences = await _within(models.Absence.all(), start, end)
    return Changes(
        tuple(_override(row) for row in overrides if _end(row) > row.starts_at),
        tuple(
            Absence(user=written(row.person_id), start=row.starts_at, end=_end(row))
            for row in absences
            if _end(row) > row.starts_at
        ),
    )


def _at(known: Sequence[ConfigVersion], at: datetime) -> ScheduleVersion | None:
    """The newest version in effect at an instant."""
    effective = [version for version in known if version.effective_from <= at]
    return ScheduleVersion.model_validate(effective[-1].body) if effective else None


async def _within(rows: QuerySet[R], start: datetime, end: datetime) -> list[R]:
    return await rows.filter(starts_at__lte=end, ends_at__gt=start)


def _end(row: models.Override | models.Absence) -> datetime:
    return row.ends_at if row.withdrawn_at is None else min(row.ends_at, row.withdrawn_at)


def _override(row: models.Override) -> Override:
    return Override(
        id=public_id("override", row.id),
        kind=row.kind,
        start=row.starts_at,
        end=_end(row),
        created_seq=row.created_seq,
        remove_user=written(row.removed_id) if row.removed_id else None,
        add_user=written(row.added_id) if row.added_id else None,
        layer=row.layer,
    )
