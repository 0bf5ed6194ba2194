"""Who may see pages and escalation policies."""

from domain.core import predicates as p
from domain.core.versions import ConfigKind
from domain.escalation.filters import POLICY

PAGES = p.holds("page.read")
POLICIES = p.holds("page.read") & POLICY["kind"].eq(ConfigKind.ESCALATION_POLICY)
