"""What happens to clocks, and to the policies that set them. Kept on the clock, never on the subject it runs on."""

from datetime import datetime
from typing import Any
from uuid import UUID

from domain.core.events import Event


class SlaPolicyPublished(Event):
    key: str
    version_id: UUID
    rev: int
    effective_from: datetime


class ClockFact(Event):
    """Base of what happens to a clock: whose clock it is and of which promise."""

    subject_type: str
    subject_id: UUID
    policy_kind: str
    metric: str
    cycle: int
    holder: str | None = None
    revision: int


class Alarmed(ClockFact):
    """Base of what a threshold says. ``at`` is when it was reached, whenever that came to light.

    ``superseded``: a later threshold of the clock had passed too by then, so nobody need be told of this one.
    """

    policy_key: str
    policy_rev: int
    target_key: str
    threshold: int
    at: datetime
    due_at: datetime | None
    actions: list[dict[str, Any]]
    superseded: bool = False


class SlaWarned(Alarmed):
    """A threshold before the due was reached."""


class SlaBreached(Alarmed):
    """The due passed, or a changed promise had been due already."""


class SlaOverran(Alarmed):
    """A threshold past the due was reached."""


class SlaVoided(ClockFact):
    """News showed that a breach already acted on never was: both stay on record."""

    threshold: int


class SlaStopped(ClockFact):
    """A clock that somebody was told about came to its end: met, breached or cancelled."""

    state: str
