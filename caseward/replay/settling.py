"""What a replay needs to find in place: its calendars and policies, and the people cases belong to."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from caseward.replay.mapping import LogMapping
from caseward.replay.placing import Placed
from domain.calendars import actions as calendars
from domain.core import versions
from domain.core.actor import Actor
from domain.core.versions import ConfigKind
from domain.people import actions as people
from domain.people.actions import Newcomer
from domain.sla import actions as sla
from domain.sla.policies import Policy

NOTE = "Published with the mapping of a replay."
CROWD = 500


async def publish(mapping: LogMapping, *, by: Actor) -> None:
    """Publishes what stands otherwise or not at all; nothing where all is as the mapping says."""
    for key, spec in mapping.calendars.items():
        latest = await versions.latest(ConfigKind.CALENDAR, key)
        if latest is None or latest.body != spec:
            since = _since(mapping, first=latest is None)
            await calendars.publish_calendar(key, by=by, spec=spec, note=NOTE, effective_from=since)
    for key, spec in mapping.policies.items():
        latest = await versions.latest(ConfigKind.SLA_POLICY, key)
        if latest is None or Policy.model_validate(latest.body) != Policy.model_validate({**spec, "key": key}):
            since = _since(mapping, first=latest is None)
            await sla.publish_policy(key, by=by, spec=spec, note=NOTE, effective_from=since)


async def meet(placed: Iterable[Placed], *, by: Actor) -> dict[str, UUID]:
    """The ids of everybody a case belongs to, by address; who is not there yet is added."""
    wanted = sorted({fact.assignee for one in placed for fact in one.facts if fact.assignee is not None})
    met: dict[str, UUID] = {}
    for start in range(0, len(wanted), CROWD):
        crowd = wanted[start : start + CROWD]
        ids = await people.add_people([Newcomer(email.partition("@")[0], email) for email in crowd], by=by)
        met |= {email: ids[email.lower()] for email in crowd}
    return met


def _since(mapping: LogMapping, *, first: bool) -> datetime | None:
    """A later version holds from now on: verdicts given by the first one stay."""
    return mapping.effective_from if first else None
