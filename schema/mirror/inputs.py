"""What the mirror's mutations take."""

import strawberry

from domain.mirror.states import MirrorWinner


@strawberry.input(description="An operation of the mirror that stopped.")
class MirrorOperationInput:
    id: strawberry.ID = strawberry.field(description="Its id.")


@strawberry.input(description="A tracker.")
class MirrorConnectionInput:
    id: strawberry.ID = strawberry.field(description="The connection's id.")


@strawberry.input(description="A conflict and its outcome.")
class ResolveMirrorConflictInput:
    id: strawberry.ID = strawberry.field(description="The conflict's id.")
    keep: MirrorWinner = strawberry.field(description="Whose value stays: CASE or TRACKER.")
