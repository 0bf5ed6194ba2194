"""What can be refused about cases."""

from collections.abc import Sequence
from datetime import datetime

from domain.cases.states import CaseState, SignalOrigin
from domain.core.errors import Refused


def spoken(state: CaseState) -> str:
    """A state as it stands in a sentence: on hold."""
    return state.value.replace("_", " ").lower()


class IllegalMove(Refused):
    """The workflow has no such move."""

    code = "ILLEGAL_MOVE"

    def __init__(self, origin: CaseState, target: CaseState, possible: list[str]) -> None:
        ways = ", ".join(map(spoken, map(CaseState, possible))) if possible else "nothing"
        super().__init__(
            f"A case that is {spoken(origin)} cannot become {spoken(target)}. From here it can become: {ways}."
        )


class LeaseHeld(Refused):
    """Somebody else is at work on the case."""

    code = "LEASE_HELD"
    retryable = True

    def __init__(self, holder: str, until: datetime) -> None:
        super().__init__(
            f"{holder} works on this case until {until:%H:%M:%S} UTC. Wait, or ask a lead of the case's team to take it"
            " over."
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
        super().__init__(
            "A review case is resolved by a decision: claim it, then decide it, naming kind, reasoning and policies."
        )


class CaseIsOver(Refused):
    """The case is merged, cancelled or otherwise finished."""

    code = "CASE_IS_OVER"

    def __init__(self, state: CaseState) -> None:
        over = state in {CaseState.MERGED, CaseState.CANCELLED}
        said = "is over for good: work on another case." if over else "takes no more work. Reopen it first."
        super().__init__(f"This case is {spoken(state)} and {said}")


class AlreadyThere(Refused):
    """The case is where it was to be put."""

    code = "ALREADY_THERE"

    def __init__(self, state: CaseState) -> None:
        super().__init__(f"This case is {spoken(state)} already: there is nothing to do.")


class NothingToReopen(Refused):
    """Only what is finished can be reopened."""

    code = "NOTHING_TO_REOPEN"

    def __init__(self, state: CaseState) -> None:
        super().__init__(f"This case is {spoken(state)}, not finished: there is nothing to reopen.")


class NotOnHold(Refused):
    """Only what is on hold can be resumed."""

    code = "NOT_ON_HOLD"

    def __init__(self, state: CaseState) -> None:
        super().__init__(f"This case is {spoken(state)}, not on hold: there is nothing to resume.")


class OriginNotYours(Refused):
    """A signal was said to come from where its sender does not."""

    code = "ORIGIN_NOT_YOURS"

    def __init__(self, origin: SignalOrigin, possible: Sequence[SignalOrigin]) -> None:
        yours = f"Yours may come from: {', '.join(possible)}." if possible else "Ask a manager for a role that may."
        super().__init__(f"You file no signals of {origin}. {yours}", path=("origin",))


class JudgementNotYours(Refused):
    """How much harm something does, or who may see it, was said by somebody who does not judge that."""

    code = "JUDGEMENT_NOT_YOURS"

    def __init__(self, field: str, instead: str) -> None:
        super().__init__(f"Your account does not judge the {field}. {instead}", path=(field,))


class DedupeKeyReused(Refused):
    """The same sender used the key before, for something else."""

    code = "DEDUPE_KEY_REUSED"

    def __init__(self, key: str, changed: Sequence[str]) -> None:
        super().__init__(
            f"This key was used before, with another {', '.join(changed)}. Send what is new under a key of its own; a"
            " repeat must say the same.",
            path=(key,),
        )


class ChangedSince(Refused):
    """What was to be undone has been built upon: somebody changed the same of the case since."""

    code = "CHANGED_SINCE"

    def __init__(self, kinds: Sequence[str]) -> None:
        super().__init__(f"Something else happened since: {', '.join(kinds)}. Look at the case and change it by hand.")


class NotPartOfIt(Refused):
    """The case was not changed by what is to be undone."""

    code = "NOT_PART_OF_IT"

    def __init__(self) -> None:
        super().__init__("Nothing of this case was changed by what is to be undone.")


class CannotBeUndone(Refused):
    """Something that has no undoing."""

    code = "CANNOT_BE_UNDONE"

    def __init__(self, what: str, instead: str) -> None:
        super().__init__(f"{what} cannot be undone. {instead}")
