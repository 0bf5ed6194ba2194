"""Following clocks as they change."""

import strawberry

from schema.live import followable
from schema.sla.types import SlaClock

OF = "SELECT c.subject_id AS origin, c.id FROM sla_clock c WHERE c.subject_id = ANY ($1::uuid[]) AND c.subject_type = "
OF_CASE, OF_INQUIRY = f"{OF}'case'", f"{OF}'inquiry'"


@strawberry.type
class SlaSubscriptions:
    sla_clocks_changed = followable(
        "slaClocksChanged",
        SlaClock,
        {"sla_clock": None, "case": OF_CASE, "inquiry": OF_INQUIRY},
        field="clock",
        what="A clock",
        description="A list of clocks as it changes: started, paused, moved, met, breached. Each at its newest"
        " state. A clock whose time runs out is told of when that is acted on.",
    )
