"""Finding inquiries."""

import strawberry

from schema import reads
from schema.inquiries.types import Inquiry


@strawberry.type
class InquiryQueries:
    inquiry: Inquiry | None = reads.root_one(Inquiry, description="One inquiry. Needs the permission inquiry.read.")
    inquiries: reads.Connection[Inquiry] = reads.root_connection(
        Inquiry, description="The inquiries. Needs the permission inquiry.read."
    )
