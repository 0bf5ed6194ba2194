"""A file, what it is evidence of, and where a new one is sent."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import strawberry

from domain.cases.states import EvidenceKind
from domain.core.actor import Actor
from domain.files import models, rules, visibility
from domain.files.filters import EVIDENCE, FILE
from schema import reads
from schema.abilities import Ability, told
from schema.cases.types import Case
from schema.cases.types.sensitive import of_case
from schema.cases.types.words import content
from schema.people.types import Account
from schema.scalars import Long


def _of_file(row: Mapping[str, Any], viewer: Actor) -> list[Ability]:
    return told(rules.abilities(viewer, erased=row["erased"], held=row["held"]))


@reads.entity(
    models.File,
    prefix="file",
    filters=FILE,
    visible=visibility.FILES,
    sensitive=reads.sensitive(visibility.SENSITIVE_FILES, of="case", id="{row}.subject_id"),
)
class File(reads.Node):
    """What somebody brought. It never changes; erased, it is a tombstone with its SHA-256."""

    name: str | None = reads.expression(content("name_id"), description="Its own name; null once it was erased.")
    content_type: str = reads.column("media_type", description="Its media type, which its first bytes agree with.")
    size: Long = reads.column(description="Its bytes.")
    sha256: str = reads.column("digest", description="The SHA-256 of its bytes, in hexadecimal.")
    url: str | None = reads.expression(
        "CASE WHEN {row}.blob_id IS NULL THEN NULL ELSE '/files/file_' || replace({row}.id::text, '-', '') END",
        description="Where its bytes are, as a path of this API. It takes the same token or session as GraphQL, and"
        " asks anew who may see it. Null while the bytes have not come, and once they were erased.",
    )
    received: bool = reads.expression(
        "({row}.blob_id IS NOT NULL OR {row}.erased_at IS NOT NULL)", description="Whether its bytes have come."
    )
    erased: bool = reads.expression("({row}.erased_at IS NOT NULL)", description="Whether it was erased for good.")
    legal_hold: bool = reads.column(description="Whether it must be kept for a legal matter.")
    owner: Account | None = reads.reference("owner_id", description="Who brought it.")
    created_at: datetime = reads.column(description="When it was announced.")
    attached_at: datetime | None = reads.column(description="Since when it belongs to something.")
    viewer_can: list[Ability] = reads.computed(
        needs={"erased": "({row}.erased_at IS NOT NULL)", "held": "{row}.legal_hold"},
        compute=_of_file,
        description="What you may do to it now, and why not otherwise.",
    )


@reads.entity(
    models.Evidence,
    prefix="evidence",
    filters=EVIDENCE,
    visible=visibility.EVIDENCES,
    sensitive=of_case(EVIDENCE),
    sorts=("captured_at", "added_at"),
    order="captured_at",
)
class Evidence(reads.Node):
    """A capture of what was seen, kept by content hash; it never changes."""

    kind: EvidenceKind = reads.column(description="What it is a capture of.")
    case: Case | None = reads.reference("case_id", description="The case it is evidence of.")
    file: File | None = reads.reference("file_id", description="The capture itself.")
    note: str | None = reads.expression(
        content("note_id"), description="What was noted of it; null where nothing, and once it was erased."
    )
    source: str | None = reads.expression(
        content("source_id"), description="Where it was captured; null where that was not said, and once erased."
    )
    captured_at: datetime = reads.column(description="When it was captured.")
    starts_at: timedelta | None = reads.column(description="Where in the medium it begins, from its start.")
    ends_at: timedelta | None = reads.column(description="Where in the medium it ends, from its start.")
    added_by: Account | None = reads.reference("added_by_id", description="Who added it.")
    added_at: datetime = reads.column(description="When it was added.")


@strawberry.type(description="A header to send.")
class UploadHeader:
    name: str = strawberry.field(description="Its name.")
    value: str = strawberry.field(description="Its value.")


def _headers(root: "Upload") -> list[UploadHeader]:
    return [UploadHeader(name="Content-Type", value=root.content_type)]


def _expires_at(root: "Upload") -> datetime:
    return datetime.fromtimestamp(root.until, UTC)


@strawberry.type(description="How to send the bytes of a file that was announced.")
class Upload:
    id: strawberry.ID = strawberry.field(description="The file's id, now and for good.")
    url: str = strawberry.field(
        description="Where to send the bytes, as a path of this API. Whoever has it may send them: it needs no token."
    )
    method: str = strawberry.field(description="How: PUT, the bytes being the body.")
    content_type: strawberry.Private[str]
    until: strawberry.Private[int]
    headers: list[UploadHeader] = strawberry.field(resolver=_headers, description="Headers to send along.")
    expires_at: datetime = strawberry.field(
        resolver=_expires_at, description="Until when the url works; announce the file again after that."
    )
