"""Who may see batches: who asked for them, and leads; of their rows those of the cases they may see."""

from domain.bulk.filters import BULK, ITEM
from domain.cases.visibility import CASES
from domain.core import predicates as p

OPERATIONS = p.holds("case.bulk") & (BULK["requested_by_id"].eq(p.viewer("id")) | p.holds("case.take_over"))
ITEMS = ITEM.related("operation").that(OPERATIONS) & (
    ITEM["case_id"].is_null() | ITEM.related("case").that(CASES)
)  # fmt: skip
