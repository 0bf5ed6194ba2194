"""Who may see inquiries, and who is behind them."""

from domain.cases.visibility import CASES
from domain.core import predicates as p
from domain.inquiries.filters import INQUIRY_CASE

INQUIRIES = p.holds("inquiry.read")
MESSAGES = p.holds("inquiry.read")
LINKS = p.holds("inquiry.read") & INQUIRY_CASE["unlinked_at"].is_null() & INQUIRY_CASE.related("case").that(CASES)
REQUESTERS = p.holds("inquiry.read")
ADDRESSES = p.holds("inquiry.answer")
