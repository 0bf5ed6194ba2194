"""What people did to the mirror, and which issues it made."""

from uuid import UUID

from domain.core.events import Event
from domain.mirror.states import MirrorPause


class MirrorConnected(Event):
    key: str
    tracker_kind: str
    base_url: str


class MirrorMappingPublished(Event):
    version_id: UUID
    rev: int


class MirrorPaused(Event):
    reason: MirrorPause
    epoch: int


class MirrorResumed(Event):
    epoch: int


class MirrorLinked(Event):
    case_id: UUID
    remote_id: str
    remote_key: str
    found_again: bool = False


class MirrorOperationRetried(Event):
    operation_id: UUID


class MirrorOperationSkipped(Event):
    operation_id: UUID


class MirrorConflictResolved(Event):
    conflict_id: UUID
    kept: str
