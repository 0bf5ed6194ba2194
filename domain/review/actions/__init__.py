"""Everything that can be done about policies, decisions and enforcements: each one transaction, permission first."""

from domain.review.actions.deciding import decide
from domain.review.actions.enforcing import (
    Dispatch,
    begin_dispatch,
    record_accepted,
    record_receipt,
)
from domain.review.actions.operating import retry_enforcement, waive_enforcement
from domain.review.actions.publishing import publish_policy

__all__ = [
    "Dispatch",
    "begin_dispatch",
    "decide",
    "publish_policy",
    "record_accepted",
    "record_receipt",
    "retry_enforcement",
    "waive_enforcement",
]
