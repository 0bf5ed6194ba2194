"""The stored form of a calendar: its written form, or ``{"union": [...]}`` of several."""

from collections.abc import Mapping, Sequence
from typing import Any

from domain.calendars.business_time import Calendar, Hours, union
from domain.calendars.spec import CalendarSpecError


def hours_of(body: Mapping[str, Any]) -> Hours:
    """The hours a stored form means. Refuses with ``CalendarSpecError``, which names the path of what is wrong."""
    if "union" not in body:
        return Calendar.from_spec(body)
    members = body["union"]
    if len(body) > 1 or not isinstance(members, Sequence) or isinstance(members, str) or not members:
        raise CalendarSpecError("union", "give a list of calendars, and nothing beside it")
    return union(*(_member(member, number) for number, member in enumerate(members)))


def _member(body: Any, number: int) -> Hours:
    path = f"union[{number}]"
    if not isinstance(body, Mapping):
        raise CalendarSpecError(path, "write a calendar here")
    try:
        return Calendar.from_spec(body)
    except CalendarSpecError as error:
        raise CalendarSpecError(f"{path}.{error.path}", error.reason) from None
