"""What can be refused about schedules."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from domain.core.errors import Refused
from domain.core.ids import public_id


class OverrideConflict(Refused):
    """The same person would be taken off twice, or put on twice, at one time."""

    code = "OVERRIDE_CONFLICT"

    def __init__(self, other: UUID) -> None:
        named = public_id("override", other)
        super().__init__(f"{named} already says this of the same person in this time. Withdraw it, or choose another.")
        self.other = other


class OverrideLeavesGap(Refused):
    """Nobody would be on call, and nobody said why that is right."""

    code = "OVERRIDE_LEAVES_GAP"

    def __init__(self, gaps: Sequence[tuple[datetime, datetime]]) -> None:
        start, end = gaps[0]
        super().__init__(
            f"From {start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} UTC nobody would be on call."
            " Put somebody on, or give a reason."
        )
        self.gaps = tuple(gaps)
