"""Where calendars stand in the log."""

from uuid import UUID, uuid5

from domain.core.transaction import Ref

_CALENDARS = UUID("4b2f4a3e-51d0-5f0c-9a53-64f1a9f2c6d1")


def ref(key: str) -> Ref:
    """The calendar as a subject of the log: its id follows from its key."""
    return Ref("calendar", uuid5(_CALENDARS, key))
