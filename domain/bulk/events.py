"""What happens to batches, and to actors that are stopped."""

from datetime import datetime
from uuid import UUID

from domain.bulk.states import BulkAction, BulkState
from domain.core.content import ContentRef
from domain.core.events import Event


class BulkStarted(Event):
    """``texts`` are those it writes; ``effects_wait`` says that what follows outside can be called back."""

    action: BulkAction
    total: int
    dry_run: bool
    effects_wait: bool
    undoes: UUID | None = None
    undoes_actor: UUID | None = None
    texts: tuple[ContentRef, ...] = ()


class BulkAdvanced(Event):
    """Some more of its cases were done; the numbers are those of all so far."""

    applied: int
    unchanged: int
    skipped: int


class BulkEnded(Event):
    """Nothing more is done by it. ``effects_until``: until then it can be called back without a trace outside."""

    state: BulkState
    code: str | None = None
    effects_until: datetime | None = None


class BulkEffectsLetGo(Event):
    """What it does outside goes ahead."""


class ActorSuspended(Event):
    """An account does nothing more; ``stopped`` of its batches ended, ``held`` of its effects are set aside."""

    reason: ContentRef
    stopped: int
    held: int


class ActorReinstated(Event):
    """An account may act again, and what was held goes ahead."""

    let_go: int


class ActorCapped(Event):
    """An account asked for more rows in an hour than its token may change."""

    token_id: UUID | None
    asked: int
    most: int
    operation_id: UUID | None = None
