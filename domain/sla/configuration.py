"""The policies and calendars of this installation, read once and kept until one is published."""

from collections.abc import Iterable

from domain.calendars.stored import hours_of
from domain.core import versions
from domain.core.versions import ConfigKind, Version
from domain.sla.book import PolicyBook
from domain.sla.measures import CalendarVersion
from domain.sla.policies import Policy, PolicyVersion

STAMP = "sla_stamp()"
"""Tells whether any version was added: what a book is kept by."""
_KEPT = 8
_books: dict[str, PolicyBook] = {}


async def book(stamp: str) -> PolicyBook:
    """The book as of a ``STAMP``; a process reads each once. Two round trips where it is new."""
    found = _books.get(stamp)
    if found is None:
        while len(_books) >= _KEPT:
            _books.pop(next(iter(_books)))
        found = _books[stamp] = book_of(
            await versions.history(ConfigKind.SLA_POLICY), await versions.history(ConfigKind.CALENDAR)
        )
    return found


def book_of(policies: Iterable[Version], calendars: Iterable[Version]) -> PolicyBook:
    """The book of these versions. Pure."""
    hours: dict[str, list[CalendarVersion]] = {}
    for version in calendars:
        hours.setdefault(version.key, []).append(CalendarVersion(version.effective_from, hours_of(version.body)))
    return PolicyBook(
        [PolicyVersion(Policy.model_validate(found.body), found.rev, found.effective_from) for found in policies],
        hours,
    )
