"""Locking a case, and writing what happened to it: the event first, then the row as the event's fold."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.cases import fold
from domain.cases.models import Case, Lease
from domain.cases.rules import CaseFacts, LeaseFacts
from domain.cases.states import CaseState
from domain.cases.steps import LeaseFate, Outcome, Step
from domain.cases.visibility import CASES
from domain.core import content, events, timers, transaction
from domain.core import predicates as p
from domain.core.actor import Actor
from domain.core.errors import NotFound, ensure_version
from domain.core.events import Event, Recorded, Source
from domain.core.transaction import Ref

LEASE_TIMER = "LEASE"
HOLD_TIMER = "HOLD"

_OF_LEASE = ("holder_id", "holder_name", "token", "expires_at")
_LOCKED = "SELECT (f.held).*, f.now, f.holder_id, f.holder_name, f.token, f.expires_at FROM lock_case($1) f"


def ref(case_id: UUID) -> Ref:
    """The case as a subject of the log."""
    return Ref("case", case_id)


async def locked(case_id: UUID, by: Actor, *, expected_version: int | None = None) -> tuple[Case, CaseFacts]:
    """The case under its row lock, with what the rules need, in one round trip. NOT_FOUND where the actor may not
    see it."""
    rows = await transaction.current().connection.execute_query_dict(_LOCKED, [case_id])
    if not rows:
        raise NotFound("case", case_id)
    (row,) = rows
    case = Case._init_from_db(**row)  # noqa: SLF001 - as Tortoise makes it of its own rows
    if not is_visible(case, by):
        raise NotFound("case", case_id)
    ensure_version("case", expected=expected_version, actual=case.version, subject_id=case.id)
    lease = LeaseFacts(**{name: row[name] for name in _OF_LEASE}) if row["holder_id"] is not None else None
    return case, facts(case, lease, row["now"])


def is_visible(case: Case, by: Actor) -> bool:
    """Whether the actor may know of the case at all."""
    return p.matches(CASES, {"sensitivity": case.sensitivity}, viewer=by, now=case.opened_at)


async def ensure_visible(
    case_id: UUID, by: Actor, *, said: object = None, path: Sequence[str] = ("id",), what: str = "case"
) -> None:
    """Refuses with NOT_FOUND what the actor may not see, in the words used for what is not there: ``said`` is what
    they called it, ``what`` the thing of the case they asked for."""
    case = await Case.filter(id=case_id).only("id", "sensitivity", "opened_at").first()
    if case is None or not is_visible(case, by):
        raise NotFound(what, said or case_id, path=path)


def facts(case: Case, lease: LeaseFacts | None, now: datetime) -> CaseFacts:
    """A case's row and lease as the rules see them."""
    return CaseFacts(
        workflow=case.workflow,
        state=case.state,
        team_id=case.team_id,
        assignee_id=case.assignee_id,
        lease=lease,
        now=now,
        queue_id=case.queue_id,
        tier=case.tier,
        severity=case.severity,
        priority=case.priority,
    )


async def take(case_id: UUID, step: Step, *, by: Actor, expected_version: int | None = None) -> Case:
    """Does one thing to one case: what the step says under the row lock, or its refusal."""
    by.ensure(step.permission)
    case, found = await locked(case_id, by, expected_version=expected_version)
    await carry_out(case, step.judge(found, by), by=by, found=found)
    return case


async def carry_out(case: Case, outcome: Outcome, *, by: Actor, found: CaseFacts) -> None:
    """Writes what a step came to for a locked case: its text, its lease, its event, and when its hold ends."""
    if outcome.event is None:
        return
    if outcome.said is not None:
        await content.keep([(outcome.said.ref, outcome.said.text, ref(case.id) if outcome.said.found else None)])
    if outcome.lease is not LeaseFate.KEPT and found.lease is not None:
        await end_lease(case, found.now)
    held = case.state is CaseState.ON_HOLD
    await record(case, outcome.event, by=by)
    if held or case.state is CaseState.ON_HOLD:
        await timers.set_next(HOLD_TIMER, ref(case.id), case.hold_until)


async def record(
    case: Case, *happened: Event, by: Actor, occurred_at: datetime | None = None, source: Source | None = None
) -> list[Recorded]:
    """Appends events about a case and brings its row to their fold."""
    recorded = await events.append(ref(case.id), *happened, by=by, occurred_at=occurred_at, source=source)
    columns = folded(case, zip(happened, recorded, strict=True))
    await case.save(update_fields=list(columns))
    return recorded


def folded(case: Case, happened: Iterable[tuple[Event, Recorded]]) -> dict[str, Any]:
    """Brings a row to the fold of these events; the columns they set, still to be saved."""
    columns: dict[str, Any] = {}
    for event, entry in happened:
        columns |= fold.changes(event, entry)
        if reopened := fold.reopens(event):
            columns["reopen_count"] = case.reopen_count = case.reopen_count + reopened
    case.update_from_dict(columns)
    return columns


async def end_lease(case: Case, now: datetime) -> None:
    """Releases the living lease, if there is one, and its timer."""
    if await Lease.filter(case_id=case.id, released_at=None).update(released_at=now):
        await timers.disarm(LEASE_TIMER, ref(case.id))
