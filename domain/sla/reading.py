"""The one place that says how events of the log become events of a clock. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.core.actor import Origin
from domain.sla.timeline import ClockEvent

ON_HOLD = "ON_HOLD"
RESTORATIONS = frozenset({"CaseRestored"})
"""Kinds of events that take back others of their subject, by the seqs in ``undone``."""


@dataclass(frozen=True, slots=True)
class Undoing:
    """Some events were taken back: when, by which event, and what counted until then."""

    at: datetime
    seq: int
    before: tuple[ClockEvent, ...]


@dataclass(frozen=True, slots=True)
class Story:
    """A subject's events as clocks see them. ``live_from``: when it began to happen here; None while all is imported.

    What passed before ``live_from`` has a verdict like anything else, but nobody is told of it.
    """

    events: tuple[ClockEvent, ...]
    live_from: datetime | None
    undoings: tuple[Undoing, ...] = ()


def story(rows: list[Mapping[str, Any]]) -> Story:
    """Rows of the log, in any order, instants as ISO text."""
    ordered = sorted(rows, key=lambda row: int(row["seq"]))
    live = next((row for row in ordered if row["origin"] == Origin.LIVE), None)
    began = None if live is None else datetime.fromisoformat(live["occurred_at"])
    undoings = tuple(
        Undoing(
            min(datetime.fromisoformat(row["occurred_at"]), datetime.fromisoformat(row["recorded_at"])),
            row["seq"],
            _counting(ordered[:place]),
        )
        for place, row in enumerate(ordered)
        if row["kind"] in RESTORATIONS
    )
    return Story(_counting(ordered), began, undoings)


def _counting(ordered: Sequence[Mapping[str, Any]]) -> tuple[ClockEvent, ...]:
    """The events that count: those taken back never were, and what takes back tells nothing."""
    gone: set[int] = set()
    for row in reversed(ordered):
        if row["kind"] in RESTORATIONS and row["seq"] not in gone:
            gone.update(row["payload"]["undone"])
    return tuple(
        clock_event(row) for row in ordered if row["seq"] not in gone and row["kind"] not in RESTORATIONS
    )  # fmt: skip


def clock_event(row: Mapping[str, Any]) -> ClockEvent:
    """One row of the log. A date after its recording is the recording's; ``details`` are attributes of their own."""
    occurred, recorded = datetime.fromisoformat(row["occurred_at"]), datetime.fromisoformat(row["recorded_at"])
    return ClockEvent(row["seq"], min(occurred, recorded), row["kind"], facts_of(row["payload"]))


def facts_of(payload: Mapping[str, Any]) -> Mapping[str, Any]:
    """What an event tells. Leaving a hold ends its reason; ``details.x`` can be asked for in a policy's scope."""
    facts = dict(payload)
    details = facts.pop("details", None)
    if isinstance(details, Mapping):
        facts |= {f"details.{name}": value for name, value in details.items()}
    if facts.get("from_state") == ON_HOLD and facts.get("to_state") != ON_HOLD:
        facts.setdefault("hold_reason", None)
    return facts
