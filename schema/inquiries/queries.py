"""Finding inquiries."""

import strawberry

from schema import reads
from schema.inquiries.types import Inquiry


@strawberry.type
class InquiryQueries:
    inquiry: Inquiry | None = reads.root_one(Inquiry, description="One inquiry, where it is among those you see.")
    inquiries: reads.Connection[Inquiry] = reads.root_connection(
        Inquiry,
        description="The inquiries. Without the permission inquiry.read those your account filed.",
    )
