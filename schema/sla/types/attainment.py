"""How well promises are kept."""

from datetime import timedelta

import strawberry

from domain.sla.clocks import ClockState
from domain.sla.metrics import Metric
from schema.sla.types.clock import SlaClock


@strawberry.type(description="How many clocks stand so.")
class SlaCount:
    state: ClockState = strawberry.field(description="Where they stand at this instant.")
    clocks: int = strawberry.field(description="How many.")


@strawberry.type(description="How well one promise is kept.")
class SlaAttainment:
    metric: Metric = strawberry.field(description="What is promised.")
    counts: list[SlaCount] = strawberry.field(
        description="How many clocks stand where. CANCELLED ones are left out below."
    )
    attainment: float | None = strawberry.field(
        description="MET among MET, BREACHED and BREACHING, from 0 to 1; null where nothing is decided."
    )
    median_elapsed: timedelta | None = strawberry.field(description="Of those with a verdict, in counted time.")
    p90_elapsed: timedelta | None = strawberry.field(description="Nine in ten took no longer, in counted time.")
    oldest_breaching: SlaClock | None = strawberry.field(description="The one that is late longest.")
