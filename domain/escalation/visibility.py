"""Who may see pages and escalation policies.

A page names what it is about, so it is there for whoever may see that; and for those it was sent to, and its owner:
they were told all it says already. For anybody else a page about a hidden case is one nobody has.
"""

from domain.cases.visibility import CASES
from domain.core import predicates as p
from domain.core.versions import ConfigKind
from domain.escalation.filters import PAGE, PAGE_EVENT, PAGE_RUN, POLICY
from domain.inquiries.visibility import DESK
from domain.notify.filters import NOTIFICATION

_PLAIN = PAGE["subject_type"].not_in(["case", "inquiry"])
_TOLD = PAGE.related("notifications").some(NOTIFICATION["person_id"].eq(p.viewer("person_id")))

PAGES = p.holds("page.read") & (
    _PLAIN
    | (PAGE["subject_type"].eq("case") & PAGE.related("case").that(CASES))
    | (PAGE["subject_type"].eq("inquiry") & DESK)
    | PAGE["owner_id"].eq(p.viewer("person_id"))
    | _TOLD
)
RUNS = PAGE_RUN.related("page").that(PAGES)
EVENTS = PAGE_EVENT.related("page").that(PAGES)
POLICIES = p.holds("page.read") & POLICY["kind"].eq(ConfigKind.ESCALATION_POLICY)
