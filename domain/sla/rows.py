"""Folded clocks as rows of their tables: the same rows, with the same ids, from every fold. Pure."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

import orjson

from domain.core.transaction import Ref
from domain.sla.book import PolicyBook
from domain.sla.clocks import Clock
from domain.sla.folding import Folded
from domain.sla.metrics import GoalUnit
from domain.sla.policies import Goal

_CLOCKS = UUID("6f1d3c0a-8f5b-5a0e-9b0d-2f6a2d1c7e11")
_LONGEST = 255
_MICROSECOND = timedelta(microseconds=1)

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ClockRows:
    """What one clock is in the tables."""

    id: UUID
    digest: str
    clock: Row
    segments: tuple[Row, ...]
    transitions: tuple[Row, ...]


def clock_id(ref: Ref, clock: Clock) -> UUID:
    """The same for every fold of the same cycle of the same promise."""
    name = (ref.type, ref.id.hex, clock.kind, clock.metric, clock.holder or "", str(clock.cycle))
    return uuid5(_CLOCKS, "/".join(name))


def goal_unit(goal: Goal) -> GoalUnit:
    """How the goal was written."""
    if goal.business_days is not None:
        return GoalUnit.WORKING_DAYS
    return GoalUnit.PLAIN_TIME if goal.calendar_seconds is not None else GoalUnit.OPEN_TIME


def rows_of(ref: Ref, folded: Folded, book: PolicyBook) -> list[ClockRows]:
    """The rows of every clock of a subject."""
    others = {found.policy.key: found.others for found in folded.coverage}
    return [_rows(ref, clock, book, others.get(clock.policy_key, ())) for clock in folded.clocks]


def _rows(ref: Ref, clock: Clock, book: PolicyBook, others: tuple[str, ...]) -> ClockRows:
    id = clock_id(ref, clock)  # noqa: A001 - the field's word
    target = book.terms_of(clock.policy_key, clock.policy_rev, clock.target_key).target
    row = {
        "id": id,
        "subject_type": ref.type,
        "subject_id": ref.id,
        "policy_kind": clock.kind,
        "metric": clock.metric,
        "holder": clock.holder,
        "cycle": clock.cycle,
        "policy_key": clock.policy_key,
        "policy_rev": clock.policy_rev,
        "target_key": clock.target_key,
        "instead_of": others,
        "calendar": None if target.goal.calendar_seconds else clock.calendar,
        "goal": clock.goal,
        "goal_unit": goal_unit(target.goal),
        "state": clock.state,
        "started_at": clock.started_at,
        "running_since": clock.running_since,
        "elapsed_base": clock.elapsed_base,
        "due_at": clock.due_at,
        "stopped_at": clock.stopped_at,
        "breached_at": clock.breached_at,
        "cancelled_at": clock.cancelled_at,
        "cancel_reason": _short(clock.cancel_reason),
        "revision": clock.revision,
    }
    segments, transitions = _segments(id, clock), _transitions(id, clock)
    digest = hashlib.blake2b(dumped([row, segments, transitions]).encode(), digest_size=16).hexdigest()
    return ClockRows(id, digest, row | {"digest": digest}, segments, transitions)


def _segments(id: UUID, clock: Clock) -> tuple[Row, ...]:  # noqa: A002
    return tuple(
        {
            "id": uuid5(id, f"segment/{number}"),
            "clock_id": id,
            "number": number,
            "started_at": segment.start,
            "ended_at": segment.end,
            "mode": segment.mode,
            "reason": _short(segment.reason),
            "team_id": _uuid(segment.team),
            "business": segment.business,
            "seq": segment.seq,
        }
        for number, segment in enumerate(clock.segments)
    )


def _transitions(id: UUID, clock: Clock) -> tuple[Row, ...]:  # noqa: A002
    return tuple(
        {
            "id": uuid5(id, f"transition/{number}"),
            "clock_id": id,
            "number": number,
            "type": step.type,
            "at": step.at,
            "detected_at": step.detected_at,
            "revision": step.revision,
            "cause": _short(step.cause),
            "seq": step.seq,
        }
        for number, step in enumerate(clock.transitions)
    )


def dumped(value: Any) -> str:
    """JSON as the tables read it: durations are whole microseconds."""
    return orjson.dumps(value, default=_plain).decode()


def _plain(value: Any) -> int | str:
    # The driver's own uuid is one, but not to orjson.
    return value // _MICROSECOND if isinstance(value, timedelta) else str(value)


def _short(text: str | None) -> str | None:
    return None if text is None else text[:_LONGEST]


def _uuid(text: str | None) -> UUID | None:
    try:
        return None if text is None else UUID(text)
    except ValueError:
        return None
