"""What can be refused about the mirror."""

from domain.core.errors import Refused
from domain.mirror.states import MirrorOperationState


class OperationNotStuck(Refused):
    """Only what has stopped can be retried or skipped."""

    code = "OPERATION_NOT_STUCK"

    def __init__(self, state: MirrorOperationState) -> None:
        super().__init__(f"This operation is {state}. Only one that is BLOCKED or DEAD can be retried or skipped.")


class ConflictNotOpen(Refused):
    """The conflict is settled."""

    code = "CONFLICT_NOT_OPEN"

    def __init__(self) -> None:
        super().__init__("This conflict is not open any more. Change the field itself to change the outcome.")


class MirrorNotPaused(Refused):
    """Only a paused connection can be resumed."""

    code = "MIRROR_NOT_PAUSED"

    def __init__(self, key: str) -> None:
        super().__init__(f"The connection {key} is not paused.")


class ConnectionDiffers(Refused):
    """A connection keeps its address: links point at its issues."""

    code = "CONNECTION_DIFFERS"

    def __init__(self, key: str) -> None:
        super().__init__(f"The connection {key} goes to another tracker. Give the new one a key of its own.")
