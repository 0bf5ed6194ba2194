"""What a timer's firing means. Runs inside the transaction that took the timer: it fires once, or is there again."""

from collections.abc import Awaitable, Callable

from domain.bulk.execution import GATE_TIMER
from domain.cases import actions as cases
from domain.core.actor import system
from domain.core.timers import Due
from domain.escalation import actions as pages
from domain.files import actions as files
from domain.files.record import UNSTORED_TIMER, UNUSED_TIMER
from domain.mirror import lane, polling
from domain.mirror.opening import POLL
from domain.sla.actions import CHANGE_TIMER
from domain.sla.recording import TIMER as CLOCK_TIMER
from workers import batches, following

Firing = Callable[[Due], Awaitable[None]]


async def _lease_ran_out(due: Due) -> None:
    await cases.expire_lease(due.ref.id, by=system())


async def _hold_ran_out(due: Due) -> None:
    await cases.end_hold(due.ref.id, by=system())


async def _step_is_due(due: Due) -> None:
    await pages.advance(due.ref.id, by=system())


async def _shift_changes(due: Due) -> None:
    await pages.hand_over(due.ref.id, by=system())


async def _acknowledgement_lapsed(due: Due) -> None:
    await pages.lapse(due.ref.id, by=system())


async def _file_unused(due: Due) -> None:
    await files.forget_unused(due.ref.id, by=system())


async def _blob_unstored(due: Due) -> None:
    await files.forget_unstored(due.ref.id, by=system())


TIMERS: dict[str, Firing] = {
    "LEASE": _lease_ran_out,
    GATE_TIMER: batches.effects_wait_no_longer,
    "HOLD": _hold_ran_out,
    UNUSED_TIMER: _file_unused,
    UNSTORED_TIMER: _blob_unstored,
    lane.TIMER: lane.ring,
    POLL: polling.ring,
    "STEP_DUE": _step_is_due,
    "HANDOFF": _shift_changes,
    "ACK_TIMEOUT": _acknowledgement_lapsed,
    CLOCK_TIMER: following.clock_is_due,
    CHANGE_TIMER: following.configuration_sets_in,
}
