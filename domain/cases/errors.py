"""What can be refused about cases."""

from datetime import datetime

from domain.cases.states import CaseState
from domain.core.errors import Refused


class IllegalMove(Refused):
    """The workflow has no such move."""

    code = "ILLEGAL_MOVE"

    def __init__(self, origin: CaseState, target: CaseState, possible: list[str]) -> None:
        ways = ", ".join(possible) if possible else "nothing"
        super().__init__(f"A case that is {origin} cannot become {target}. From here it can become: {ways}.")


class LeaseHeld(Refused):
    """Somebody else is at work on the case."""

    code = "LEASE_HELD"
    retryable = True

    def __init__(self, holder: str, until: datetime) -> None:
        super().__init__(
            f"{holder} works on this case until {until:%H:%M:%S} UTC. Wait, or ask a lead to take it over."
        )


class LeaseLost(Refused):
    """The caller's lease has ended or belongs to an older claim; the draft is kept."""

    code = "LEASE_LOST"

    def __init__(self, *, newer: bool = False) -> None:
        super().__init__(
            "This token belongs to an older claim of yours: you have claimed the case again since, in another window"
            " perhaps. Go on there, or read lease { token } and repeat this."
            if newer
            else "Your claim on this case has ended. Your draft is kept: claim the case again and repeat this."
        )


class LeaseNeeded(Refused):
    """The move needs a living lease."""

    code = "LEASE_NEEDED"

    def __init__(self) -> None:
        super().__init__("Claim the case first: this needs its lease.")


class DecisionNeeded(Refused):
    """A review case is resolved by a decision only."""

    code = "DECISION_NEEDED"

    def __init__(self) -> None:
        super().__init__("A review case is resolved by a decision. Decide it: name policy, kind and reason.")


class CaseIsOver(Refused):
    """The case is merged, cancelled or otherwise finished."""

    code = "CASE_IS_OVER"

    def __init__(self, state: CaseState) -> None:
        super().__init__(f"This case is {state} and takes no more work. Reopen it first where that is possible.")
