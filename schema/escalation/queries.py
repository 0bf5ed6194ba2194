"""Finding pages and escalation policies."""

import strawberry

from schema import reads
from schema.escalation.types import EscalationPolicy, Page


@strawberry.type
class EscalationQueries:
    page: Page | None = reads.root_one(
        Page, description="One page, where it is among those you see. Needs the permission page.read."
    )
    pages: reads.Connection[Page] = reads.root_connection(
        Page,
        description="Pages about what you may see, those you were told of and those you own. "
        "Empty without the permission page.read.",
    )
    escalation_policies: reads.Connection[EscalationPolicy] = reads.root_connection(
        EscalationPolicy, description="The escalation policies in effect. Empty without the permission page.read."
    )
