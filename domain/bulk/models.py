"""Batches over cases: what they do, which of them are still to be done, and what became of each case."""

from datetime import datetime
from uuid import UUID

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.models import Model

from domain.bulk.states import BulkAction, BulkErrorPolicy, BulkOutcome, BulkState
from domain.cases.models import Case
from domain.core.ids import new_id
from domain.people.models import Principal


class BulkOperation(Model):
    """One thing done to many cases, under one batch id: this row's. ``dry_run`` changes no case.

    ``effects_until``: until then what follows outside waits and can be called back; None while it is under way or
    where it waits for nothing.
    """

    id = fields.UUIDField(primary_key=True, default=new_id)
    action = fields.CharEnumField(BulkAction, max_length=16)
    arguments = fields.JSONField[dict[str, object]]()
    error_policy = fields.CharEnumField(BulkErrorPolicy, max_length=16)
    dry_run = fields.BooleanField(default=False, db_default=False)
    state = fields.CharEnumField(BulkState, max_length=16)
    code = fields.CharField(max_length=64, null=True)
    requested_by: fields.ForeignKeyRelation[Principal] = fields.ForeignKeyField(
        "caseward.Principal", related_name=False, on_delete=OnDelete.RESTRICT
    )
    token_id = fields.UUIDField(null=True)
    undoes: fields.ForeignKeyNullableRelation["BulkOperation"] = fields.ForeignKeyField(
        "caseward.BulkOperation", related_name=False, null=True, on_delete=OnDelete.RESTRICT
    )
    total = fields.IntField()
    applied = fields.IntField(default=0, db_default=0)
    unchanged = fields.IntField(default=0, db_default=0)
    skipped = fields.IntField(default=0, db_default=0)
    effects_after = fields.TimeDeltaField(null=True)
    effects_until: datetime | None = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()
    ended_at: datetime | None = fields.DatetimeField(null=True)

    requested_by_id: UUID
    undoes_id: UUID | None

    class Meta:
        app = "caseward"
        table = "bulk_operation"
        indexes = (
            Index(fields=("created_at", "id"), name="bulk_operation_created"),
            Index(fields=("requested_by_id", "created_at"), name="bulk_operation_requested"),
        )


class BulkChunk(Model):
    """Cases of a batch that are done in one transaction. It goes once they are done: what is there is still to do."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    operation: fields.ForeignKeyRelation[BulkOperation] = fields.ForeignKeyField(
        "caseward.BulkOperation", related_name=False
    )
    number = fields.IntField()
    case_ids = ArrayField(element_type="uuid")

    class Meta:
        app = "caseward"
        table = "bulk_chunk"
        unique_together = (("operation", "number"),)


class BulkItem(Model):
    """What became of one case of a batch. One that was not there, or not for its actor, has no case, only its name.

    ``code`` and ``message`` are the refusal's; on an applied one, what of it remains all the same.
    """

    id = fields.UUIDField(primary_key=True, default=new_id)
    operation: fields.ForeignKeyRelation[BulkOperation] = fields.ForeignKeyField(
        "caseward.BulkOperation", related_name=False
    )
    case: fields.ForeignKeyNullableRelation[Case] = fields.ForeignKeyField(
        "caseward.Case", related_name=False, null=True, on_delete=OnDelete.RESTRICT
    )
    given = fields.CharField(max_length=80, null=True)
    outcome = fields.CharEnumField(BulkOutcome, max_length=16)
    code = fields.CharField(max_length=64, null=True)
    message = fields.TextField(null=True)
    version = fields.BigIntField(null=True)

    case_id: UUID | None

    class Meta:
        app = "caseward"
        table = "bulk_item"
        indexes = (Index(fields=("operation_id", "id"), name="bulk_item_operation"),)
