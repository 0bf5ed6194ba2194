"""Which cases a viewer may see: by permission, and by the case's own sensitivity, whatever queue it lies in."""

from domain.cases.filters import CASE, CASE_EVENT, CASE_RANK, COMMENT, LEASE, SIGNAL, SUBJECT
from domain.cases.states import Sensitivity
from domain.core import predicates as p

CASES = p.holds("case.read") & (
    CASE["sensitivity"].eq(Sensitivity.STANDARD) | CASE["sensitivity"].is_in(p.viewer("clearances"))
    | p.holds("case.see_all")
)  # fmt: skip
RANKS = CASE_RANK.related("case").that(CASES)
COMMENTS = COMMENT.related("case").that(CASES)
LEASES = LEASE.related("case").that(CASES)
EVENTS = CASE_EVENT["subject_type"].eq("case") & CASE_EVENT.related("case").that(CASES)
SUBJECTS = p.holds("case.read") & (
    SUBJECT.related("cases").some(CASES) | SUBJECT.related("cases").none(p.EVERYONE)
)  # fmt: skip
"""One known only through cases the viewer may not see is not there for them; one without any case is."""
QUEUES = p.holds("case.read")
SIGNALS = SIGNAL.related("case").that(CASES) | SIGNAL["filed_by_id"].eq(p.viewer("id"))

SENSITIVE = CASE["sensitivity"].neq(Sensitivity.STANDARD)
"""Cases of which it is written down who was shown them."""
