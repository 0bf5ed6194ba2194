"""What can be refused about batches."""

from domain.core.errors import Refused


class CountDiffers(Refused):
    """The filter finds another number of cases than the caller expects."""

    code = "EXPECTED_COUNT_DIFFERS"

    def __init__(self, *, expected: int, actual: int) -> None:
        found = f"{actual} case" if actual == 1 else f"{actual} cases"
        super().__init__(
            f"This finds {found}, you expected {expected}. Look at what it finds, then send expectedCount: {actual}.",
            path=("expectedCount",),
        )
        self.expected = expected
        self.actual = actual


class TooManyCases(Refused):
    """A batch has an end."""

    code = "TOO_MANY_CASES"

    def __init__(self, most: int, hint: str, *, path: str) -> None:
        super().__init__(f"A batch takes at most {most:,} cases{hint}. Divide it.", path=(path,))


class BulkOver(Refused):
    """The batch is done, or was stopped before: there is nothing to cancel."""

    code = "BULK_IS_OVER"

    def __init__(self) -> None:
        super().__init__("This batch is over and what it did outside is done. Undo it instead.")


class EnforcementSent(Refused):
    """The platform has been told already."""

    code = "ENFORCEMENT_SENT"

    def __init__(self) -> None:
        super().__init__("The platform was told already. Decide the case anew, or reverse what was enforced.")


class ActorIsYou(Refused):
    """Nobody suspends themselves."""

    code = "ACTOR_IS_YOU"

    def __init__(self) -> None:
        super().__init__("This is you. Ask somebody else with the permission actor.suspend.")
