"""Locking a page, and writing what happened to it: the event first, then the row."""

from typing import Any
from uuid import UUID

from domain.core import events, timers
from domain.core.actor import Actor
from domain.core.errors import NotFound, ensure_version
from domain.core.events import Event, Recorded
from domain.core.judging import holds
from domain.core.models import ConfigVersion
from domain.core.transaction import Ref
from domain.escalation import fold
from domain.escalation.filters import PAGE
from domain.escalation.models import Page, PageRun
from domain.escalation.policies import EscalationPolicy
from domain.escalation.states import RunState
from domain.escalation.visibility import PAGES

STEP_DUE = "STEP_DUE"
HANDOFF = "HANDOFF"
ACK_TIMEOUT = "ACK_TIMEOUT"
"""Kinds of a page's timers."""


def ref(page_id: UUID) -> Ref:
    """The page as a subject of the log."""
    return Ref("page", page_id)


async def locked(page_id: UUID, by: Actor, *, expected_version: int | None = None) -> Page:
    """The page under its row lock. NOT_FOUND where the actor may not see it."""
    page = await Page.filter(id=page_id).select_for_update().first()
    if page is None or not await holds(PAGES, PAGE, page_id, viewer=by):
        raise NotFound("page", page_id)
    ensure_version("page", expected=expected_version, actual=page.version, subject_id=page.id)
    return page


async def active_run(page: Page) -> PageRun | None:
    """The run that still tells people; None once acknowledged, resolved or exhausted."""
    return await PageRun.filter(page_id=page.id, state=RunState.ACTIVE).select_for_update().first()


async def policy_of(run: PageRun) -> EscalationPolicy:
    """The version the run began with, whatever was published since."""
    version = await ConfigVersion.get(id=run.policy_version_id)
    return EscalationPolicy.model_validate(version.body)


async def disarm(page_id: UUID) -> None:
    """Forgets when its run moves on and when its people change."""
    for kind in (STEP_DUE, HANDOFF):
        await timers.disarm(kind, ref(page_id))


async def record(page: Page, *happened: Event, by: Actor) -> list[Recorded]:
    """Appends events about a page and brings its row to their fold."""
    recorded = await events.append(ref(page.id), *happened, by=by)
    columns: dict[str, Any] = {}
    for event, entry in zip(happened, recorded, strict=True):
        columns |= fold.changes(event, entry)
    page.update_from_dict(columns)
    await page.save(update_fields=list(columns))
    return recorded
