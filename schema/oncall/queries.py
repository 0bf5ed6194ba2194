"""Finding out who is on call."""

from datetime import datetime, timedelta
from typing import Annotated

import strawberry

from domain.core.errors import invalid
from domain.oncall import queries, roster
from domain.oncall.references import person_of
from domain.oncall.roster import Provenance
from schema import reads
from schema.mutations import Info
from schema.oncall.types import CoverageGap, OnCallPerson, Override, Schedule, Shift
from schema.people.types import Person

LONGEST = timedelta(days=92)

Key = Annotated[str, strawberry.argument(description="The schedule's key.")]
At = Annotated[datetime | None, strawberry.argument(description="The instant; now unless given.")]
From = Annotated[datetime, strawberry.argument(name="from", description="Start of the interval.")]
To = Annotated[datetime, strawberry.argument(description="Its end, not included; 92 days later at most.")]


def _ensure_may_read(info: Info, start: datetime | None = None, end: datetime | None = None) -> None:
    info.context.viewer.ensure("oncall.read")
    if start is not None and end is not None and not start < end <= start + LONGEST:
        raise invalid("to", "Give an end after the start, and within 92 days of it.")


def _overrides(why: Provenance) -> list[strawberry.ID]:
    return [strawberry.ID(override) for override in why.overrides]


async def _on_call(info: Info, schedule: Key, at: At = None) -> list[OnCallPerson]:
    _ensure_may_read(info)
    return [
        OnCallPerson(
            person=reads.one(Person, person_of(one.user)),
            layer=one.provenance.layer,
            override_ids=_overrides(one.provenance),
        )
        for one in await queries.on_call(schedule, at)
    ]


async def _shifts(info: Info, schedule: Key, start: From, to: To) -> list[Shift]:
    _ensure_may_read(info, start, to)
    return [
        Shift(
            person=reads.one(Person, person_of(shift.user)),
            starts_at=shift.start,
            ends_at=shift.end,
            layer=shift.provenance.layer,
            override_ids=_overrides(shift.provenance),
        )
        for shift in await queries.shifts(schedule, start, to)
    ]


async def _gaps(info: Info, schedule: Key, start: From, to: To) -> list[CoverageGap]:
    _ensure_may_read(info, start, to)
    gaps = roster.gaps(await queries.stints(schedule, start, to))
    return [CoverageGap(starts_at=begins, ends_at=ends) for begins, ends in gaps]


@strawberry.type
class OncallQueries:
    schedules: reads.Connection[Schedule] = reads.root_connection(
        Schedule, description="The schedules in effect. Empty without the permission oncall.read."
    )
    overrides: reads.Connection[Override] = reads.root_connection(
        Override, description="The overrides, withdrawn ones included. Empty without the permission oncall.read."
    )
    on_call: list[OnCallPerson] = strawberry.field(
        resolver=_on_call,
        description="Who is, was or will be on call at an instant, in order. "
        "FORBIDDEN without the permission oncall.read.",
    )
    shifts: list[Shift] = strawberry.field(
        resolver=_shifts,
        description="Who is on call in an interval; cut at its ends. FORBIDDEN without the permission oncall.read.",
    )
    coverage_gaps: list[CoverageGap] = strawberry.field(
        resolver=_gaps,
        description="When nobody is on call in an interval. FORBIDDEN without the permission oncall.read.",
    )
