"""A case and what belongs to it."""

from schema.cases.types.audit import SensitiveRead
from schema.cases.types.case import Case, CaseComment, Lease, Queue
from schema.cases.types.intake import Signal, Subject
from schema.cases.types.rank import CaseRank, RankFormula, rank_formulas
from schema.cases.types.timeline import EVENTS, CaseEvent

__all__ = [
    "EVENTS", "Case", "CaseComment", "CaseEvent", "CaseRank", "Lease", "Queue", "RankFormula",
    "SensitiveRead", "Signal", "Subject", "rank_formulas",
]  # fmt: skip
