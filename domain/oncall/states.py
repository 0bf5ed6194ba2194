"""What an override and an absence can be."""

from enum import StrEnum


class OverrideKind(StrEnum):
    """How an override changes who is on call."""

    REPLACE = "REPLACE"
    ADD = "ADD"
    REMOVE = "REMOVE"


class AbsenceKind(StrEnum):
    """Why a person cannot be on call."""

    VACATION = "VACATION"
    SICK = "SICK"
    OTHER = "OTHER"
