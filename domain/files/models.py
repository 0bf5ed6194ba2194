"""Files as they are known here, their bytes in the store, and what they are evidence of."""

from datetime import datetime
from uuid import UUID

from tortoise import fields
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.models import Model

from domain.cases.models import Case
from domain.cases.states import EvidenceKind
from domain.core.content import Retention
from domain.core.ids import new_id
from domain.core.models import Content
from domain.people.models import Principal


class Blob(Model):
    """Bytes in the store. One row a content once they are there (``stored_at``), however many files have it."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    digest = fields.CharField(max_length=64)
    size = fields.BigIntField()
    created_at = fields.DatetimeField()
    stored_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        app = "caseward"
        table = "blob"


class File(Model):
    """What somebody brought: announced, then its bytes, then what it belongs to. ``part_id`` is the remark or message
    that it was added to."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    owner: fields.ForeignKeyRelation[Principal] = fields.ForeignKeyField(
        "caseward.Principal", related_name=False, on_delete=OnDelete.RESTRICT
    )
    name: fields.ForeignKeyRelation[Content] = fields.ForeignKeyField(
        "caseward.Content", related_name=False, on_delete=OnDelete.RESTRICT
    )
    media_type = fields.CharField(max_length=127)
    size = fields.BigIntField()
    digest = fields.CharField(max_length=64)
    blob: fields.ForeignKeyNullableRelation[Blob] = fields.ForeignKeyField(
        "caseward.Blob", related_name=False, null=True, on_delete=OnDelete.RESTRICT
    )
    subject_type = fields.CharField(max_length=32, null=True)
    subject_id: UUID | None = fields.UUIDField(null=True)
    part_id: UUID | None = fields.UUIDField(null=True)
    retention_class = fields.CharEnumField(Retention, max_length=16)
    legal_hold = fields.BooleanField(default=False, db_default=False)
    created_at = fields.DatetimeField()
    attached_at: datetime | None = fields.DatetimeField(null=True)
    erased_at: datetime | None = fields.DatetimeField(null=True)

    owner_id: UUID
    name_id: UUID
    blob_id: UUID | None

    class Meta:
        app = "caseward"
        table = "file"
        indexes = (
            Index(fields=("subject_id",), name="file_subject"),
            Index(fields=("part_id",), name="file_part"),
            Index(fields=("name_id",), name="file_name"),
            Index(fields=("blob_id",), name="file_blob"),
        )


class Evidence(Model):
    """A capture of what was seen, kept by content hash; immutable. ``starts_at`` and ``ends_at`` say which stretch of
    the medium it is of."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    case: fields.ForeignKeyRelation[Case] = fields.ForeignKeyField(
        "caseward.Case", related_name=False, on_delete=OnDelete.RESTRICT
    )
    file: fields.ForeignKeyRelation[File] = fields.ForeignKeyField(
        "caseward.File", related_name=False, on_delete=OnDelete.RESTRICT
    )
    kind = fields.CharEnumField(EvidenceKind, max_length=16)
    note: fields.ForeignKeyNullableRelation[Content] = fields.ForeignKeyField(
        "caseward.Content", related_name=False, null=True, on_delete=OnDelete.RESTRICT
    )
    source: fields.ForeignKeyNullableRelation[Content] = fields.ForeignKeyField(
        "caseward.Content", related_name=False, null=True, on_delete=OnDelete.RESTRICT
    )
    captured_at = fields.DatetimeField()
    starts_at = fields.TimeDeltaField(null=True)
    ends_at = fields.TimeDeltaField(null=True)
    added_by: fields.ForeignKeyRelation[Principal] = fields.ForeignKeyField(
        "caseward.Principal", related_name=False, on_delete=OnDelete.RESTRICT
    )
    added_at = fields.DatetimeField()

    case_id: UUID
    file_id: UUID
    note_id: UUID | None
    source_id: UUID | None

    class Meta:
        app = "caseward"
        table = "evidence"
        indexes = (
            Index(fields=("case_id", "captured_at", "id"), name="evidence_case"),
            Index(fields=("captured_at", "id"), name="evidence_captured"),
            Index(fields=("added_at", "id"), name="evidence_added"),
            Index(fields=("file_id",), name="evidence_file"),
        )
