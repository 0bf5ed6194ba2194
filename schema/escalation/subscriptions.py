"""Following pages as they change."""

import strawberry

from schema.escalation.types import Page
from schema.live import followable


@strawberry.type
class EscalationSubscriptions:
    pages_changed = followable(
        "pagesChanged",
        Page,
        {"page": None},
        field="page",
        what="A page",
        description="A list of pages as it changes: raised, told, acknowledged, handed over, resolved. Each at"
        " its newest state. Needs the permission page.read.",
    )
