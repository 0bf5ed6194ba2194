"""Finding clocks, and how well promises are kept."""

from datetime import datetime
from typing import Annotated

import strawberry

from domain.core.errors import invalid
from domain.sla import queries
from schema import reads
from schema.mutations import Info
from schema.sla.types import Calendar, SlaAttainment, SlaClock, SlaCount, SlaPolicy

From = Annotated[datetime, strawberry.argument(name="from", description="Start of the period.")]
To = Annotated[datetime, strawberry.argument(description="Its end, not included.")]
PolicyKey = Annotated[str | None, strawberry.argument(description="Of one policy only.")]


async def _summary(info: Info, start: From, to: To, policy_key: PolicyKey = None) -> list[SlaAttainment]:
    viewer = info.context.viewer
    viewer.ensure("sla.read")
    if not start < to:
        raise invalid("to", "Give an end after the start.")
    return [
        SlaAttainment(
            metric=found.metric,
            counts=[SlaCount(state=state, clocks=n) for state, n in sorted(found.counts.items())],
            attainment=found.rate,
            median_elapsed=found.median_elapsed,
            p90_elapsed=found.p90_elapsed,
            oldest_breaching=reads.one(SlaClock, found.oldest_breaching) if found.oldest_breaching else None,
        )
        for found in await queries.summary(viewer, start=start, end=to, policy_key=policy_key)
    ]


@strawberry.type
class SlaQueries:
    sla_clock: SlaClock | None = reads.root_one(SlaClock, description="One clock, if you may see what it runs on.")
    sla_clocks: reads.Connection[SlaClock] = reads.root_connection(
        SlaClock, description="The clocks of the cases and inquiries you may see, the first due first."
    )
    sla_policies: reads.Connection[SlaPolicy] = reads.root_connection(
        SlaPolicy, description="The policies in effect. Empty without the permission sla.read."
    )
    calendars: reads.Connection[Calendar] = reads.root_connection(
        Calendar, description="The calendars in effect. Empty without the permission sla.read."
    )
    sla_summary: list[SlaAttainment] = strawberry.field(
        resolver=_summary,
        description="How well each promise was kept that fell due in a period. "
        "FORBIDDEN without the permission sla.read.",
    )
