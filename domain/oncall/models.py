"""What changes a schedule for a while: overrides, and people who are away. Schedules themselves are configured."""

from uuid import UUID

from tortoise import fields
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.models import Model

from domain.core.ids import new_id
from domain.core.models import Content
from domain.oncall.states import AbsenceKind, OverrideKind
from domain.people.models import Person


class Override(Model):
    """Somebody else is on call from ``starts_at`` until before ``ends_at``.

    Nobody is removed twice, or added twice, from one schedule at one time: the database excludes it. Overrides of one
    moment apply in the order they were made. A withdrawn one counts until it was withdrawn: the past stays.
    """

    id = fields.UUIDField(primary_key=True, default=new_id)
    schedule_key = fields.CharField(max_length=127)
    kind = fields.CharEnumField(OverrideKind, max_length=16)
    removed: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "caseward.Person", related_name=False, null=True, on_delete=OnDelete.RESTRICT
    )
    added: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "caseward.Person", related_name=False, null=True, on_delete=OnDelete.RESTRICT
    )
    layer = fields.CharField(max_length=127, null=True)
    starts_at = fields.DatetimeField()
    ends_at = fields.DatetimeField()
    reason: fields.ForeignKeyNullableRelation[Content] = fields.ForeignKeyField(
        "caseward.Content", related_name=False, null=True, on_delete=OnDelete.RESTRICT
    )
    created_seq = fields.BigIntField()
    created_at = fields.DatetimeField()
    withdrawn_at = fields.DatetimeField(null=True)

    removed_id: UUID | None
    added_id: UUID | None
    reason_id: UUID | None

    class Meta:
        app = "caseward"
        table = "override"
        indexes = (Index(fields=("schedule_key", "ends_at"), name="override_schedule"),)


class Absence(Model):
    """A person is away from ``starts_at`` until before ``ends_at`` and on no schedule's call.

    A withdrawn one counts until it was withdrawn.
    """

    id = fields.UUIDField(primary_key=True, default=new_id)
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("caseward.Person", related_name=False)
    kind = fields.CharEnumField(AbsenceKind, max_length=16)
    starts_at = fields.DatetimeField()
    ends_at = fields.DatetimeField()
    created_at = fields.DatetimeField()
    withdrawn_at = fields.DatetimeField(null=True)

    person_id: UUID

    class Meta:
        app = "caseward"
        table = "absence"
        indexes = (Index(fields=("person_id", "ends_at"), name="absence_person"),)
