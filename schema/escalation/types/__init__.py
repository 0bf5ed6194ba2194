"""A page and what belongs to it."""

from schema.escalation.types.page import EscalationPolicy, Page, PageRun
from schema.escalation.types.timeline import EVENTS, PageEvent

__all__ = ["EVENTS", "EscalationPolicy", "Page", "PageEvent", "PageRun"]
