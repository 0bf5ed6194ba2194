"""Inquiries, what was said in them, and the cases they belong to."""

from datetime import datetime
from uuid import UUID

from tortoise import fields
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.models import Model

from domain.cases.models import Case
from domain.core.actor import ActorKind, Origin
from domain.core.ids import new_id
from domain.core.models import Content
from domain.inquiries.states import CaseRelation, InquiryKind, InquiryState, MessageDirection
from domain.people.models import Person, Principal, Requester, Team


class Inquiry(Model):
    """A conversation with a requester. Never a case, but it may belong to several.

    Whoever filed it, its source, has the word on what is the same one: ids of two sources say nothing of each other.
    """

    id = fields.UUIDField(primary_key=True, default=new_id)
    number = fields.BigIntField(unique=True)
    kind = fields.CharEnumField(InquiryKind, max_length=16)
    state = fields.CharEnumField(InquiryState, max_length=16)
    channel = fields.CharField(max_length=32)
    external_id = fields.CharField(max_length=255)
    filed_by: fields.ForeignKeyRelation[Principal] = fields.ForeignKeyField(
        "caseward.Principal", related_name=False, on_delete=OnDelete.RESTRICT
    )
    requester: fields.ForeignKeyNullableRelation[Requester] = fields.ForeignKeyField(
        "caseward.Requester", related_name=False, null=True, on_delete=OnDelete.RESTRICT
    )
    title: fields.ForeignKeyRelation[Content] = fields.ForeignKeyField(
        "caseward.Content", related_name=False, on_delete=OnDelete.RESTRICT
    )
    team: fields.ForeignKeyNullableRelation[Team] = fields.ForeignKeyField(
        "caseward.Team", related_name=False, null=True, on_delete=OnDelete.RESTRICT
    )
    assignee: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "caseward.Person", related_name=False, null=True, on_delete=OnDelete.RESTRICT
    )
    language = fields.CharField(max_length=16, null=True)
    resolution = fields.CharField(max_length=64, null=True)
    opened_at = fields.DatetimeField()
    first_replied_at: datetime | None = fields.DatetimeField(null=True)
    closed_at: datetime | None = fields.DatetimeField(null=True)
    origin = fields.CharEnumField(Origin, max_length=16)
    version = fields.BigIntField()
    updated_at = fields.DatetimeField()

    filed_by_id: UUID
    requester_id: UUID | None
    title_id: UUID
    team_id: UUID | None
    assignee_id: UUID | None

    class Meta:
        app = "caseward"
        table = "inquiry"
        unique_together = (("filed_by", "channel", "external_id"),)
        indexes = (
            Index(fields=("state", "opened_at", "id"), name="inquiry_state"),
            Index(fields=("opened_at", "id"), name="inquiry_opened"),
            Index(fields=("updated_at", "id"), name="inquiry_updated"),
            Index(fields=("requester_id",), name="inquiry_requester"),
        )


class InquiryMessage(Model):
    """One thing said in an inquiry: by the requester, to them, or among ourselves."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    inquiry: fields.ForeignKeyRelation[Inquiry] = fields.ForeignKeyField("caseward.Inquiry", related_name=False)
    direction = fields.CharEnumField(MessageDirection, max_length=16)
    author: fields.ForeignKeyNullableRelation[Principal] = fields.ForeignKeyField(
        "caseward.Principal", related_name=False, null=True, on_delete=OnDelete.RESTRICT
    )
    author_kind = fields.CharEnumField(ActorKind, max_length=16, null=True)
    body: fields.ForeignKeyRelation[Content] = fields.ForeignKeyField(
        "caseward.Content", related_name=False, on_delete=OnDelete.RESTRICT
    )
    external_id = fields.CharField(max_length=255, null=True)
    sent_at = fields.DatetimeField()

    inquiry_id: UUID
    author_id: UUID | None
    body_id: UUID

    class Meta:
        app = "caseward"
        table = "inquiry_message"
        unique_together = (("inquiry", "external_id"),)
        indexes = (Index(fields=("inquiry_id", "sent_at", "id"), name="inquiry_message_order"),)


class InquiryCase(Model):
    """An inquiry's place beside a case; many of either to one of the other."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    inquiry: fields.ForeignKeyRelation[Inquiry] = fields.ForeignKeyField("caseward.Inquiry", related_name=False)
    case: fields.ForeignKeyRelation[Case] = fields.ForeignKeyField("caseward.Case", related_name=False)
    relation = fields.CharEnumField(CaseRelation, max_length=16)
    linked_at = fields.DatetimeField()
    unlinked_at: datetime | None = fields.DatetimeField(null=True)

    case_id: UUID

    class Meta:
        app = "caseward"
        table = "inquiry_case"
        indexes = (Index(fields=("case_id",), name="inquiry_case_case"),)
