"""Saved views. Each version's definition is a text of its own."""

from datetime import datetime
from uuid import UUID

from tortoise import fields
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.models import Model

from domain.core.ids import new_id
from domain.core.models import Content
from domain.people.models import Person, Team
from domain.views.states import ViewOf, ViewSharing


class SavedView(Model):
    """A named filter with an order. ``definition`` is JSON: name, filter, order."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    of = fields.CharEnumField(ViewOf, max_length=16)
    owner: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField(
        "caseward.Person", related_name=False, on_delete=OnDelete.RESTRICT
    )
    sharing = fields.CharEnumField(ViewSharing, max_length=16)
    team: fields.ForeignKeyNullableRelation[Team] = fields.ForeignKeyField(
        "caseward.Team", related_name=False, null=True, on_delete=OnDelete.RESTRICT
    )
    definition: fields.ForeignKeyRelation[Content] = fields.ForeignKeyField(
        "caseward.Content", related_name=False, on_delete=OnDelete.RESTRICT
    )
    version = fields.BigIntField()
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()
    deleted_at: datetime | None = fields.DatetimeField(null=True)

    owner_id: UUID
    team_id: UUID | None
    definition_id: UUID

    class Meta:
        app = "caseward"
        table = "saved_view"
        indexes = (
            Index(fields=("owner_id",), name="saved_view_owner"),
            Index(fields=("team_id",), name="saved_view_team"),
            Index(fields=("updated_at", "id"), name="saved_view_updated"),
        )
