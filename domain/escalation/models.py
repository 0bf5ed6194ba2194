"""Pages, and their runs through an escalation policy. Policies themselves are configured."""

from uuid import UUID

from tortoise import fields
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.models import Model

from domain.core.ids import new_id
from domain.core.models import ConfigVersion, Content
from domain.escalation.states import PageStatus, RunState
from domain.notify.states import Urgency
from domain.people.models import Person


class Page(Model):
    """Somebody is needed for something. One open page per ``dedup_key``: the same news again is an occurrence of it."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    number = fields.BigIntField(unique=True)
    policy_key = fields.CharField(max_length=127)
    subject_type = fields.CharField(max_length=32)
    subject_id = fields.UUIDField()
    dedup_key = fields.CharField(max_length=255)
    urgency = fields.CharEnumField(Urgency, max_length=8)
    title: fields.ForeignKeyRelation[Content] = fields.ForeignKeyField(
        "caseward.Content", related_name=False, on_delete=OnDelete.RESTRICT
    )
    status = fields.CharEnumField(PageStatus, max_length=16)
    owner: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "caseward.Person", related_name=False, null=True, on_delete=OnDelete.RESTRICT
    )
    occurrences = fields.IntField(default=1, db_default=1)
    opened_at = fields.DatetimeField()
    acknowledged_at = fields.DatetimeField(null=True)
    resolved_at = fields.DatetimeField(null=True)
    version = fields.BigIntField()
    updated_at = fields.DatetimeField()

    title_id: UUID
    owner_id: UUID | None

    class Meta:
        app = "caseward"
        table = "page"
        indexes = (
            Index(fields=("subject_type", "subject_id"), name="page_subject"),
            Index(fields=("status", "opened_at", "id"), name="page_status"),
            Index(fields=("opened_at", "id"), name="page_opened"),
        )


class PageRun(Model):
    """One way of a page through one version of its policy, which stays the same whatever is published meanwhile.

    ``step`` is the place last told, -1 before the first of a ``loop``; one past the last step is the fallback.
    ``due_at`` is when it moves on by itself.
    """

    id = fields.UUIDField(primary_key=True, default=new_id)
    page: fields.ForeignKeyRelation[Page] = fields.ForeignKeyField("caseward.Page", related_name=False)
    policy_version: fields.ForeignKeyRelation[ConfigVersion] = fields.ForeignKeyField(
        "caseward.ConfigVersion", related_name=False, on_delete=OnDelete.RESTRICT
    )
    state = fields.CharEnumField(RunState, max_length=16)
    loop = fields.IntField(default=0, db_default=0)
    step = fields.IntField(default=-1, db_default=-1)
    loop_started_at = fields.DatetimeField()
    due_at = fields.DatetimeField(null=True)
    started_at = fields.DatetimeField()
    version = fields.BigIntField(default=1, db_default=1)

    page_id: UUID
    policy_version_id: UUID

    class Meta:
        app = "caseward"
        table = "page_run"
        indexes = (Index(fields=("page_id", "started_at"), name="page_run_page"),)
