"""Who may see schedules."""

from domain.core import predicates as p
from domain.core.versions import ConfigKind
from domain.oncall.filters import SCHEDULE

SCHEDULES = p.holds("oncall.read") & SCHEDULE["kind"].eq(ConfigKind.SCHEDULE)
OVERRIDES = p.holds("oncall.read")
