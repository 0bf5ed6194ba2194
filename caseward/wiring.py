"""Which projections run inside an action's transaction: the one place that joins capabilities that may not know
each other."""

from domain.core import transaction
from domain.sla import recording, worklist
from workers import kinds


def wire() -> None:
    """Called once by every process before it acts. Harmless to repeat."""
    kinds.load()
    transaction.project_immediately("case", worklist.project_all_with_clocks)
    transaction.project_immediately("inquiry", recording.project_all)
