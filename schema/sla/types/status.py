"""Where a clock stands at an instant, with what belongs to each state."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any

import strawberry

from domain.core.actor import Actor
from domain.sla.counting import Counted, counted
from schema import reads

_COUNTED = {
    "goal": "{row}.goal",
    "elapsed_base": "{row}.elapsed_base",
    "running_since": "{row}.running_since",
    "breached_at": "{row}.breached_at",
    "due_at": "{row}.due_at",
    "now": "{clock}",
    "calendar": "(SELECT json_agg(json_build_object('id', v.id, 'from', v.effective_from, 'body', v.body)"
    " ORDER BY v.rev) FROM config_version v WHERE v.kind = 'CALENDAR' AND v.key = {row}.calendar"
    " AND {row}.running_since IS NOT NULL)",
}


def counting(part: Callable[[Counted], timedelta], description: str) -> Any:
    def compute(row: Mapping[str, Any], _viewer: Actor) -> timedelta:
        return part(counted(row))

    return reads.computed(needs=_COUNTED, compute=compute, description=description)


@reads.part(kind="PENDING")
class SlaPending:
    """Not begun."""

    starts_at: datetime = reads.column("started_at", description="When it begins.")


@reads.part(kind="RUNNING")
class SlaRunning:
    """Time counts, and there is some left."""

    due_at: datetime | None = reads.column(description="When it is late unless stopped.")
    remaining: timedelta = counting(lambda found: found.remaining, "What is left, in the goal's own time.")


@reads.part(kind="PAUSED")
class SlaPaused:
    """Time stands still; when it will be due is not known."""

    since: datetime = reads.expression(
        "(SELECT g.started_at FROM sla_segment g WHERE g.clock_id = {row}.id ORDER BY g.number DESC LIMIT 1)",
        description="Since when.",
    )
    reason: str | None = reads.expression(
        "(SELECT g.reason FROM sla_segment g WHERE g.clock_id = {row}.id ORDER BY g.number DESC LIMIT 1)",
        description="Why.",
    )
    remaining: timedelta = counting(lambda found: found.remaining, "What will be left, in the goal's own time.")


@reads.part(kind="MET")
class SlaMet:
    """Stopped at or before its due."""

    met_at: datetime = reads.expression("{row}.stopped_at", description="When it stopped.")


@reads.part(kind="BREACHING")
class SlaBreaching:
    """Late, and not stopped yet."""

    breached_at: datetime = reads.expression(
        "coalesce({row}.breached_at, {row}.due_at)", description="Since when it is late."
    )
    overdue: timedelta = counting(
        lambda found: found.overdue, "By how much, in the goal's own time; stands still on hold."
    )


@reads.part(kind="BREACHED")
class SlaBreached:
    """Stopped after its due."""

    breached_at: datetime = reads.expression("{row}.breached_at", description="Since when it was late.")
    completed_at: datetime = reads.expression("{row}.stopped_at", description="When it stopped.")
    overdue: timedelta = counting(lambda found: found.overdue, "By how much, in the goal's own time.")


@reads.part(kind="CANCELLED")
class SlaCancelled:
    """Counts for nothing."""

    cancelled_at: datetime = reads.expression("{row}.cancelled_at", description="Since when.")
    reason: str | None = reads.column("cancel_reason", description="Why.")


@reads.part(kind="UNSCHEDULABLE")
class SlaUnschedulable:
    """Its calendar has no open time ahead in which it could fall due."""

    calendar: str | None = reads.column(description="The calendar to correct.")


SlaStatus = Annotated[
    SlaPending | SlaRunning | SlaPaused | SlaMet | SlaBreaching | SlaBreached | SlaCancelled | SlaUnschedulable,
    strawberry.union("SlaStatus", description="Where a clock stands at this instant, with what belongs to that."),
]
