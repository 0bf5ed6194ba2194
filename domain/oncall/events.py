"""What happens to schedules and to the people on them."""

from datetime import datetime
from uuid import UUID

from domain.core.content import ContentRef
from domain.core.events import Event
from domain.oncall.states import AbsenceKind, OverrideKind


class SchedulePublished(Event):
    key: str
    version_id: UUID
    rev: int
    effective_from: datetime


class OverrideAdded(Event):
    override_id: UUID
    override_kind: OverrideKind
    removed_id: UUID | None
    added_id: UUID | None
    layer: str | None
    starts_at: datetime
    ends_at: datetime
    reason: ContentRef | None


class OverrideWithdrawn(Event):
    override_id: UUID


class AbsenceAdded(Event):
    absence_id: UUID
    absence_kind: AbsenceKind
    starts_at: datetime
    ends_at: datetime


class AbsenceWithdrawn(Event):
    absence_id: UUID
