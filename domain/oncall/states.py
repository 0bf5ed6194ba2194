"""What an override and an absence can be."""

from enum import StrEnum


class OverrideKind(StrEnum):
    """What an override does to who is on call."""

    ADD = "ADD"
    REMOVE = "REMOVE"
    REPLACE = "REPLACE"


class AbsenceKind(StrEnum):
    """Why a person cannot be on call."""

    VACATION = "VACATION"
    SICK = "SICK"
    OTHER = "OTHER"
