"""Everything that can be done about batches and about actors that run wild: each one transaction, permission first."""

from domain.bulk.actions.actors import reinstate_actor, suspend_actor
from domain.bulk.actions.calling_back import cancel, let_go
from domain.bulk.actions.starting import start, undo, undo_by_actor
from domain.bulk.actions.working import work

__all__ = [
    "cancel",
    "let_go",
    "reinstate_actor",
    "start",
    "suspend_actor",
    "undo",
    "undo_by_actor",
    "work",
]
