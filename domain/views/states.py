"""What views are of, and who has them."""

from enum import StrEnum


class ViewOf(StrEnum):
    """What a view lists."""

    CASE = "CASE"
    INQUIRY = "INQUIRY"


class ViewSharing(StrEnum):
    """Who has a view beside its owner."""

    PRIVATE = "PRIVATE"
    TEAM = "TEAM"
