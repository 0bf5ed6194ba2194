"""What the mutations of schedules take."""

from datetime import datetime

import strawberry
from strawberry.scalars import JSON

from domain.oncall.states import OverrideKind


@strawberry.input(description="A version of a schedule.")
class PublishScheduleInput:
    key: str = strawberry.field(description="Which schedule; an unknown key starts one.")
    spec: JSON = strawberry.field(
        description="tz and layers: key, position, mode, period, interval, anchor, participants (e-mail addresses or "
        "ids of people; null for nobody), restrictions."
    )
    note: str = strawberry.field(description="Why it is published.")
    effective_from: datetime | None = strawberry.field(default=None, description="From when; now unless given.")


@strawberry.input(description="Who is to be on call otherwise, and when.")
class CreateOverrideInput:
    schedule_key: str = strawberry.field(description="The schedule.")
    kind: OverrideKind = strawberry.field(description="How to change it.")
    starts_at: datetime = strawberry.field(description="From when.")
    ends_at: datetime = strawberry.field(description="Until before when, within a year of the start.")
    removed_id: strawberry.ID | None = strawberry.field(default=None, description="Who is to be off call.")
    added_id: strawberry.ID | None = strawberry.field(default=None, description="Who is to be on call.")
    layer: str | None = strawberry.field(
        default=None, description="Instead of removedId: the layer whose people are to be off call, whoever they are."
    )
    reason: str | None = strawberry.field(default=None, description="Why; needed where nobody would be on call.")


@strawberry.input(description="An override to withdraw.")
class WithdrawOverrideInput:
    id: strawberry.ID = strawberry.field(description="The override's id.")
