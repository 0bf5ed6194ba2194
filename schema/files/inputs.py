"""What the mutations of files take."""

from datetime import datetime, timedelta

import strawberry

from domain.cases.states import EvidenceKind
from schema.mutations import expected_version
from schema.scalars import Long

FILES = "Files of your own whose bytes have come and that belong to nothing yet, 1 to 20."


@strawberry.input(description="A file to come.")
class CreateUploadInput:
    file_name: str = strawberry.field(description="Its own name, without a path.")
    content_type: str = strawberry.field(description="Its media type: image/png.")
    size: Long = strawberry.field(description="Its bytes.")
    sha256: str = strawberry.field(description="The SHA-256 of its bytes in 64 hexadecimal digits, small letters.")


@strawberry.input(description="Captures of what was seen.")
class AddEvidenceInput:
    id: strawberry.ID = strawberry.field(description="The case: id or key.")
    file_ids: list[strawberry.ID] = strawberry.field(description=FILES)
    kind: EvidenceKind = strawberry.field(description="What they are captures of.")
    captured_at: datetime = strawberry.field(description="When they were captured; not in the future.")
    note: str | None = strawberry.field(default=None, description="What to know of them.")
    source: str | None = strawberry.field(default=None, description="Where they were captured, as an address.")
    starts_at: timedelta | None = strawberry.field(
        default=None, description="Where in the medium they begin, from its start: PT12M30S."
    )
    ends_at: timedelta | None = strawberry.field(default=None, description="Where in the medium they end.")
    expected_version: Long | None = expected_version("case")


@strawberry.input(one_of=True, description="What to add files to: one of these.")
class AttachmentTargetInput:
    comment_id: strawberry.Maybe[strawberry.ID] = strawberry.field(description="A remark of yours on a case.")
    message_id: strawberry.Maybe[strawberry.ID] = strawberry.field(
        description="A message of yours in an inquiry; for who files inquiries, the requester's too."
    )


@strawberry.input(description="Files to add to something said.")
class AttachFilesInput:
    to: AttachmentTargetInput = strawberry.field(description="To what.")
    file_ids: list[strawberry.ID] = strawberry.field(description=FILES)


@strawberry.input(description="A file to keep for a legal matter.")
class HoldFileInput:
    id: strawberry.ID = strawberry.field(description="The file.")
    reason: str = strawberry.field(description="Why.")


@strawberry.input(description="A file that need not be kept any more.")
class ReleaseFileInput:
    id: strawberry.ID = strawberry.field(description="The file.")
    reason: str = strawberry.field(description="Why.")


@strawberry.input(description="A file to erase.")
class EraseFileInput:
    id: strawberry.ID = strawberry.field(description="The file.")
    reason: str = strawberry.field(description="Why.")
