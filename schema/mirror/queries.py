"""Finding out how the mirror does."""

import strawberry

from schema import reads
from schema.mirror.types import MirrorConflict, MirrorConnection, MirrorOperation


def _health() -> list[MirrorConnection]:
    return reads.select(MirrorConnection).order("key").list(limit=50)


@strawberry.type
class MirrorQueries:
    mirror_operations: reads.Connection[MirrorOperation] = reads.root_connection(
        MirrorOperation, description="What was and is to be done in trackers. Empty without the permission mirror.read."
    )
    mirror_conflicts: reads.Connection[MirrorConflict] = reads.root_connection(
        MirrorConflict, description="What both sides disagreed on. Empty without the permission mirror.read."
    )

    mirror_health: list[MirrorConnection] = strawberry.field(
        resolver=_health, description="How every tracker does, by key. Empty without the permission mirror.read."
    )
