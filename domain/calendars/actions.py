"""Publishing calendars."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from domain.calendars import queries
from domain.calendars.events import CalendarPublished
from domain.calendars.spec import CalendarSpecError
from domain.calendars.stored import hours_of
from domain.core import clock, events, versions
from domain.core.actor import Actor
from domain.core.errors import invalid
from domain.core.transaction import atomic
from domain.core.versions import ConfigKind, Version

KEY = re.compile(r"[a-z0-9][a-z0-9._-]{0,126}")


@atomic
async def publish_calendar(
    key: str, *, by: Actor, spec: Mapping[str, Any], note: str, effective_from: datetime | None = None
) -> Version:
    """The next version of a calendar. Time before ``effective_from`` stays counted by the versions before it.

    Only the first version may be dated back: otherwise hours already counted would change.
    """
    by.ensure("config.publish")
    if not KEY.fullmatch(key):
        raise invalid("key", "Use small letters, digits, dots, dashes and underscores: berlin-office, for example.")
    try:
        opened = hours_of(spec)
    except CalendarSpecError as error:
        path = ("spec", *re.findall(r"[^.\[\]]+", error.path))
        raise invalid(path, error.reason, code=CalendarSpecError.code) from None
    now = await clock.now()
    if opened.next_open(effective_from or now) is None:
        raise invalid("spec", "The calendar does not open within five years; give it a window.", code="NEVER_OPEN")
    version = await versions.publish(
        ConfigKind.CALENDAR, key, dict(spec), by=by, note=note, effective_from=effective_from
    )
    if version.rev > 1 and version.effective_from < now:
        raise invalid("effectiveFrom", "Later versions take effect now or in the future.", code="IN_THE_PAST")
    published = CalendarPublished(
        key=key, version_id=version.id, rev=version.rev, effective_from=version.effective_from
    )
    await events.append(queries.ref(key), published, by=by)
    return version
