"""How people are reached, and each attempt to reach one."""

from uuid import UUID

from tortoise import fields
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.models import Model

from domain.core.ids import new_id
from domain.core.models import Content
from domain.notify.states import ContactKind, NotificationState, Urgency
from domain.people.models import Person


class ContactMethod(Model):
    """An address of a person. It is used once it is verified and until it is disabled, in the order of ``position``."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("caseward.Person", related_name=False)
    kind = fields.CharEnumField(ContactKind, max_length=16)
    address = fields.CharField(max_length=255)
    position = fields.IntField()
    verified_at = fields.DatetimeField(null=True)
    disabled_at = fields.DatetimeField(null=True)
    last_failure_at = fields.DatetimeField(null=True)
    last_failure = fields.CharField(max_length=500, null=True)
    created_at = fields.DatetimeField()

    person_id: UUID

    class Meta:
        app = "caseward"
        table = "contact_method"
        unique_together = (("person", "kind", "address"),)


class Notification(Model):
    """One message to one address of one person, with its receipt. ``key`` makes a second one impossible.

    ``batch`` names the ones sent together for one reason, so that whoever asked can see whether all of them failed.
    """

    id = fields.UUIDField(primary_key=True, default=new_id)
    key = fields.CharField(max_length=255, unique=True)
    batch = fields.CharField(max_length=127)
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("caseward.Person", related_name=False)
    contact: fields.ForeignKeyRelation[ContactMethod] = fields.ForeignKeyField(
        "caseward.ContactMethod", related_name=False, on_delete=OnDelete.RESTRICT
    )
    subject_type = fields.CharField(max_length=32)
    subject_id = fields.UUIDField()
    urgency = fields.CharEnumField(Urgency, max_length=8)
    reference = fields.CharField(max_length=32)
    title: fields.ForeignKeyRelation[Content] = fields.ForeignKeyField(
        "caseward.Content", related_name=False, on_delete=OnDelete.RESTRICT
    )
    body: fields.ForeignKeyNullableRelation[Content] = fields.ForeignKeyField(
        "caseward.Content", related_name=False, null=True, on_delete=OnDelete.RESTRICT
    )
    state = fields.CharEnumField(NotificationState, max_length=16)
    provider_id = fields.CharField(max_length=255, null=True)
    attempts = fields.IntField(default=0, db_default=0)
    send_deadline = fields.DatetimeField(null=True)
    cancelled_at = fields.DatetimeField(null=True)
    error = fields.CharField(max_length=500, null=True)
    created_at = fields.DatetimeField()
    settled_at = fields.DatetimeField(null=True)

    person_id: UUID
    contact_id: UUID
    title_id: UUID
    body_id: UUID | None

    class Meta:
        app = "caseward"
        table = "notification"
        indexes = (
            Index(fields=("subject_type", "subject_id", "batch"), name="notification_subject"),
            Index(fields=("person_id", "created_at"), name="notification_person"),
        )
