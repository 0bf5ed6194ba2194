"""Who was shown cases that not everybody may see."""

from datetime import datetime

from domain.people import models, visibility
from domain.people.filters import SENSITIVE_READ
from schema import reads
from schema.cases.types.case import Case
from schema.people.types import Account


@reads.entity(
    models.SensitiveRead,
    prefix="read",
    filters=SENSITIVE_READ,
    visible=visibility.SENSITIVE_READS,
    sorts=("read_at",),
    order="-read_at",
)
class SensitiveRead(reads.Node):
    """That somebody was shown a case of another sensitivity than STANDARD, or something that belongs to it.

    Written down before the answer left. Needs the permission audit.read.
    """

    reader: Account | None = reads.reference("reader_id", description="Who.")
    case: Case | None = reads.reference(
        "subject_id", where="{parent}.subject_type = 'case'", description="Which case, where you may see it."
    )
    document: str = reads.column(
        description="The SHA-256 of the GraphQL document that asked, sha256:…, or the id of the file that was fetched."
    )
    request_id: str = reads.column(description="The request's id, as X-Request-Id told it.")
    read_at: datetime = reads.column(description="When.")
