"""A clock is seen by whoever sees what it runs on."""

from domain.cases.visibility import CASES
from domain.core import predicates as p
from domain.core.versions import ConfigKind
from domain.inquiries.visibility import DESK
from domain.sla.filters import CALENDAR, SLA_CLOCK, SLA_FIRING, SLA_POLICY, SLA_SEGMENT, SLA_TRANSITION

CLOCKS = (SLA_CLOCK["subject_type"].eq("case") & SLA_CLOCK.related("case").that(CASES)) | (
    SLA_CLOCK["subject_type"].eq("inquiry") & DESK
)
SEGMENTS = SLA_SEGMENT.related("clock").that(CLOCKS)
TRANSITIONS = SLA_TRANSITION.related("clock").that(CLOCKS)
FIRINGS = SLA_FIRING.related("clock").that(CLOCKS)
POLICIES = p.holds("sla.read") & SLA_POLICY["kind"].eq(ConfigKind.SLA_POLICY)
CALENDARS = p.holds("sla.read") & CALENDAR["kind"].eq(ConfigKind.CALENDAR)
