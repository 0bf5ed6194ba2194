"""Who may see inquiries, and who is behind them.

Those who file may see what they filed, as whoever wrote it would: what was said to and by the requester, and where it
stands. What the desk says among itself, whose it is by which promise, and which cases it stands beside is the desk's.
"""

from domain.cases.visibility import CASES
from domain.core import predicates as p
from domain.inquiries.filters import INQUIRY, INQUIRY_CASE, MESSAGE
from domain.inquiries.states import MessageDirection

DESK = p.holds("inquiry.read")
OWN = (p.holds("inquiry.read_own") | p.holds("inquiry.file")) & INQUIRY["filed_by_id"].eq(p.viewer("id"))
INQUIRIES = DESK | OWN
MESSAGES = DESK | (MESSAGE["direction"].neq(MessageDirection.NOTE) & MESSAGE.related("inquiry").that(OWN))
LINKS = DESK & INQUIRY_CASE["unlinked_at"].is_null() & INQUIRY_CASE.related("case").that(CASES)
REQUESTERS = DESK
ADDRESSES = p.holds("inquiry.answer")
