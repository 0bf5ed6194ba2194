"""A clock, the policies that set it, and how well they are kept."""

from schema.sla.types.attainment import SlaAttainment, SlaCount
from schema.sla.types.clock import SlaClock, SlaFiring, SlaSegment, SlaTransition
from schema.sla.types.policy import Calendar, SlaPolicy

__all__ = ["Calendar", "SlaAttainment", "SlaClock", "SlaCount", "SlaFiring", "SlaPolicy", "SlaSegment", "SlaTransition"]
