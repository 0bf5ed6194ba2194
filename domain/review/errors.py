"""What can be refused about decisions, policies and enforcements."""

from collections.abc import Sequence

from domain.cases.states import SubjectKind
from domain.core.errors import Refused
from domain.review.states import Automation, EnforcementAction, EnforcementState


def spoken(word: str) -> str:
    """A constant as it stands in a sentence."""
    return word.replace("_", " ").lower()


class PolicyNeeded(Refused):
    """A violation is a violation of something."""

    code = "POLICY_NEEDED"

    def __init__(self) -> None:
        super().__init__("Name the policy that was violated: at least one key.", path=("policyKeys",))


class EnforcementWithoutViolation(Refused):
    """Nothing is enforced where nothing was violated."""

    code = "ENFORCEMENT_WITHOUT_VIOLATION"

    def __init__(self) -> None:
        super().__init__("Only a VIOLATION is enforced. Leave the actions out, or decide VIOLATION.", path=("actions",))


class ActionNotAllowed(Refused):
    """None of the named policies allows the action."""

    code = "ACTION_NOT_ALLOWED"

    def __init__(self, action: EnforcementAction, allowed: Sequence[EnforcementAction]) -> None:
        ways = ", ".join(allowed) if allowed else "no action"
        super().__init__(f"The policies you name do not allow {action}. They allow: {ways}.", path=("actions",))


class ActionUnfit(Refused):
    """What is asked for cannot be done to a thing of this kind."""

    code = "ACTION_UNFIT"

    def __init__(self, action: EnforcementAction, kind: SubjectKind, possible: Sequence[str], at: int) -> None:
        super().__init__(
            f"{action} cannot be done to a {spoken(kind)}. Name the actions yourself; possible are:"
            f" {', '.join(possible)}.",
            path=("actions", at),
        )


class ActionCannotLast(Refused):
    """The action is done once and for all: a term means nothing."""

    code = "ACTION_CANNOT_LAST"

    def __init__(self, action: EnforcementAction, path: Sequence[str | int]) -> None:
        super().__init__(f"{action} is done once and does not end by itself. Leave lasting out.", path=path)


class FourEyesNeeded(Refused):
    """The policy wants a second person, and approvals cannot be given yet."""

    code = "FOUR_EYES_NEEDED"

    def __init__(self, keys: Sequence[str]) -> None:
        super().__init__(
            f"A violation of {', '.join(keys)} needs a second person's approval, which cannot be given here yet. "
            "Escalate the case."
        )


class AutomationNotAllowed(Refused):
    """The policy wants a person."""

    code = "AUTOMATION_NOT_ALLOWED"

    def __init__(self, key: str, most: Automation) -> None:
        may = "in part at most, not fully" if most is Automation.PARTIALLY else "in no part"
        super().__init__(
            f"Decisions by {key} may be automated {may}. Have a person take this one, or say how much a person took.",
            path=("automation",),
        )


class SubjectNeeded(Refused):
    """There is nothing to enforce on."""

    code = "SUBJECT_NEEDED"

    def __init__(self) -> None:
        super().__init__("This case is about nothing on the platform, so nothing can be enforced. Leave actions empty.")


class EnforcementNotFailed(Refused):
    """Only what failed is retried or waived."""

    code = "ENFORCEMENT_NOT_FAILED"

    def __init__(self, state: EnforcementState) -> None:
        super().__init__(f"This enforcement is {state}, not FAILED: there is nothing to retry or to waive.")


class ReceiptContradicts(Refused):
    """A receipt says the opposite of what is settled."""

    code = "RECEIPT_CONTRADICTS"

    def __init__(self, state: EnforcementState) -> None:
        super().__init__(f"This enforcement is {state} already. Ask the platform which of its receipts is true.")
