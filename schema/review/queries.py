"""Finding policies, decisions and enforcements."""

import strawberry

from schema import reads
from schema.review.types import ContentPolicy, Decision, Enforcement


@strawberry.type
class ReviewQueries:
    content_policy: ContentPolicy | None = reads.root_one(
        ContentPolicy, description="One version of a policy. Needs the permission case.read."
    )
    content_policies: reads.Connection[ContentPolicy] = reads.root_connection(
        ContentPolicy,
        description="Every version of every policy; filter by inEffect. Empty without the permission case.read.",
    )
    decision: Decision | None = reads.root_one(Decision, description="One decision. Needs the permission case.read.")
    decisions: reads.Connection[Decision] = reads.root_connection(
        Decision, description="Decisions on the cases you may see. Empty without the permission case.read."
    )
    enforcement: Enforcement | None = reads.root_one(
        Enforcement, description="One enforcement. Needs the permission case.read."
    )
    enforcements: reads.Connection[Enforcement] = reads.root_connection(
        Enforcement, description="Enforcements on the cases you may see. Empty without the permission case.read."
    )
