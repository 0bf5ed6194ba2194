"""What follows from a clock: pages by the policies its thresholds name, and their end with the clock's."""

from uuid import UUID

from tortoise import connections

from domain.core.actor import system
from domain.core.events import Recorded
from domain.core.timers import Due
from domain.core.transaction import Ref
from domain.escalation import actions as pages
from domain.escalation.models import Page
from domain.escalation.states import PageStatus
from domain.notify.states import Urgency
from domain.sla import actions as sla
from domain.sla import enforcing

_PREFIX = {"case": "CASE", "inquiry": "INQ"}
_SAYS = {"SlaWarned": "is soon due", "SlaBreached": "is late", "SlaOverran": "is still late"}


async def clock_is_due(due: Due) -> None:
    """Acts on the alarms of a subject's clocks."""
    await enforcing.enforce(due.ref, by=system())


async def configuration_sets_in(_due: Due) -> None:
    """A version published for this moment holds from now on."""
    await sla.refold_open(by=system())


async def configuration_changed(happened: Recorded) -> None:
    """A policy or a calendar has a new version."""
    await sla.refold_open(by=system().caused_by(happened.id))


async def clock_alarmed(happened: Recorded) -> None:
    """Pages as the threshold says: one page per clock and escalation policy, until the clock stops."""
    told = happened.payload
    if told["superseded"]:
        return
    for action in told["actions"]:
        urgency = action.get("urgency")
        await pages.page(
            action["page"],
            by=system().caused_by(happened.id),
            subject=Ref(told["subject_type"], UUID(told["subject_id"])),
            dedup_key=f"{_pages_of(happened.ref)}{action['page']}",
            title=f"{await _key(told['subject_type'], told['subject_id'])} {told['metric']} {_SAYS[happened.kind]}",
            urgency=Urgency(urgency) if urgency else None,
        )


async def clock_ended(happened: Recorded) -> None:
    """Nobody need hurry any more: the pages of a clock that stopped, or was never late, are resolved."""
    raised = await Page.filter(dedup_key__startswith=_pages_of(happened.ref)).exclude(status=PageStatus.RESOLVED)
    for page in raised:
        await pages.resolve(page.id, by=system().caused_by(happened.id))


def _pages_of(clock: Ref) -> str:
    return f"sla/{clock.id.hex}/"


async def _key(subject_type: str, subject_id: str) -> str:
    rows = await connections.get("default").execute_query_dict(
        f'SELECT number FROM "{subject_type}" WHERE id = $1',
        [UUID(subject_id)],
    ) if subject_type in _PREFIX else []  # fmt: skip
    return f"{_PREFIX[subject_type]}-{rows[0]['number']}" if rows else subject_type
