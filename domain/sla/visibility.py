"""A clock is seen by whoever sees what it runs on."""

from domain.cases.visibility import CASES
from domain.inquiries.visibility import INQUIRIES
from domain.sla.filters import SLA_CLOCK, SLA_FIRING, SLA_SEGMENT, SLA_TRANSITION

CLOCKS = (SLA_CLOCK["subject_type"].eq("case") & SLA_CLOCK.related("case").that(CASES)) | (
    SLA_CLOCK["subject_type"].eq("inquiry") & SLA_CLOCK.related("inquiry").that(INQUIRIES)
)
SEGMENTS = SLA_SEGMENT.related("clock").that(CLOCKS)
TRANSITIONS = SLA_TRANSITION.related("clock").that(CLOCKS)
FIRINGS = SLA_FIRING.related("clock").that(CLOCKS)
