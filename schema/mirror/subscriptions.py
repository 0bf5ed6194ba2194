"""Following the mirror as it changes."""

import strawberry

from schema.live import followable
from schema.mirror.types import MirrorLink

OF_CASE = "SELECT l.case_id AS origin, l.id FROM mirror_link l WHERE l.case_id = ANY ($1::uuid[])"


@strawberry.type
class MirrorSubscriptions:
    mirror_links_changed = followable(
        "mirrorLinksChanged",
        MirrorLink,
        {"mirror_link": None, "case": OF_CASE},
        field="link",
        what="What ties a case to an issue",
        description="A list of what ties cases to issues elsewhere, as it changes. Each at its newest"
        " state. Needs the permission mirror.read.",
    )
