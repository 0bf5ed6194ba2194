"""What can be refused about pages."""

from domain.core.errors import Refused
from domain.escalation.states import PageStatus


class PageIsResolved(Refused):
    """Nothing is left to acknowledge."""

    code = "PAGE_IS_RESOLVED"

    def __init__(self) -> None:
        super().__init__("This page is resolved. If it happens again, a new page is raised.")


class PageNotWaiting(Refused):
    """The page waits for nobody, so there is no step to move on from."""

    code = "PAGE_NOT_WAITING"

    def __init__(self, status: PageStatus) -> None:
        super().__init__(f"This page is {status} and waits for nobody. Talk to its owner.")


class AlreadyEscalated(Refused):
    """The page has moved on since the caller looked."""

    code = "ALREADY_ESCALATED"

    def __init__(self) -> None:
        super().__init__("This page has been escalated already. Look again before you escalate it further.")
