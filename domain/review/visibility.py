"""Who may see decisions and enforcements: whoever may see their case. Policies are for everybody at the desk."""

from domain.cases.visibility import CASES
from domain.core import predicates as p
from domain.core.versions import ConfigKind
from domain.review.filters import CONTENT_POLICY, DECISION, ENFORCEMENT

CONTENT_POLICIES = p.holds("case.read") & CONTENT_POLICY["config_kind"].eq(ConfigKind.CONTENT_POLICY)
DECISIONS = DECISION.related("case").that(CASES)
ENFORCEMENTS = ENFORCEMENT.related("case").that(CASES)
