"""What is promised, and when time counts: the versions in effect."""

from datetime import datetime

from strawberry.scalars import JSON

from domain.sla import visibility
from domain.sla.filters import CALENDAR, SLA_POLICY
from schema import reads


@reads.entity(
    "config_in_effect",
    prefix="slapolicy",
    filters=SLA_POLICY,
    visible=visibility.POLICIES,
    sorts=("key",),
    order="key",
)
class SlaPolicy(reads.Node):
    """What is promised for which cases and inquiries: the version in effect now."""

    key: str = reads.column(description="Short name, unique and stable.")
    rev: int = reads.column(description="Which version of it, from 1.")
    effective_from: datetime = reads.column(description="Since when it says so.")
    note: str = reads.column(description="Why it was published.")
    spec: JSON = reads.column("body", description="Its scope and targets.")


@reads.entity(
    "config_in_effect",
    prefix="calendar",
    filters=CALENDAR,
    visible=visibility.CALENDARS,
    sorts=("key",),
    order="key",
)
class Calendar(reads.Node):
    """When time counts: the version in effect now."""

    key: str = reads.column(description="Short name, unique and stable.")
    rev: int = reads.column(description="Which version of it, from 1.")
    effective_from: datetime = reads.column(description="Since when it says so.")
    note: str = reads.column(description="Why it was published.")
    spec: JSON = reads.column("body", description="Its zone, weekly windows and exceptions.")
