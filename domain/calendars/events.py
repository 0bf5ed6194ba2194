"""What happens to calendars."""

from datetime import datetime
from uuid import UUID

from domain.core.events import Event


class CalendarPublished(Event):
    key: str
    version_id: UUID
    rev: int
    effective_from: datetime
