"""Finding a way through a workflow nobody described to us. Pure.

A Jira tells only which transitions leave the status an issue is in right now. What was seen before, and what the
mapping says, is remembered as a graph, so that a status two or more steps away can be reached on purpose.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from domain.mirror.remote import RemoteStatus
from domain.mirror.written import ScreenField

MAX_HOPS: Final = 6


@dataclass(frozen=True, slots=True)
class Exit:
    """A transition that leaves the present status. `asks` are its screen's required fields without a default."""

    id: str
    to: RemoteStatus
    asks: tuple[ScreenField, ...] = ()
    offers: frozenset[str] = frozenset()

    def missing(self, have: Iterable[str]) -> tuple[ScreenField, ...]:
        """Required fields nobody has a value for."""
        known = set(have)
        return tuple(asked for asked in self.asks if asked.id not in known)


@dataclass
class WorkflowMap:
    """Which status leads to which, for one project and issue type; grows by observation."""

    seed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    observed: dict[str, frozenset[str]] = field(default_factory=dict)

    def observe(self, status: str, exits: Iterable[Exit]) -> None:
        """What is seen now replaces what was seen, and outranks the seed: administrators change workflows."""
        self.observed[status] = frozenset(leaving.to.id for leaving in exits)

    def next_from(self, status: str) -> frozenset[str]:
        return self.observed.get(status, frozenset(self.seed.get(status, ())))


def plan(
    graph: WorkflowMap,
    *,
    start: str,
    target: str,
    forbidden: frozenset[str] = frozenset(),
    closed: frozenset[tuple[str, str]] = frozenset(),
) -> tuple[str, ...] | None:
    """The shortest way as the statuses to pass, target last; () when there already; None when there is none.

    At most `MAX_HOPS` long, never through a forbidden status (not even as the target), never along a `closed` pair.
    Ties are broken by status id, so the same map gives the same plan.
    """
    if start == target:
        return ()
    ways: deque[tuple[str, ...]] = deque([(start,)])
    reached = {start}
    while ways:
        way = ways.popleft()
        if len(way) > MAX_HOPS:
            return None
        for status in sorted(graph.next_from(way[-1]) - reached - forbidden):
            if (way[-1], status) in closed:
                continue
            if status == target:
                return (*way[1:], status)
            reached.add(status)
            ways.append((*way, status))
    return None


def read_exits(raw: Mapping[str, Any]) -> tuple[Exit, ...]:
    """From the answer about transitions. Raises `KeyError` or `TypeError` when it has another shape."""
    return tuple(_exit(transition) for transition in raw["transitions"] if transition.get("isAvailable", True))


def _exit(transition: Mapping[str, Any]) -> Exit:
    screen = transition.get("fields") or {}
    asks = tuple(
        ScreenField(name, str(meta.get("name", name)), _allowed(meta))
        for name, meta in screen.items()
        if meta.get("required") and not meta.get("hasDefaultValue")
    )
    to = transition["to"]
    return Exit(str(transition["id"]), RemoteStatus(str(to["id"]), str(to["name"])), asks, frozenset(screen))


def _allowed(meta: Mapping[str, Any]) -> tuple[str, ...]:
    values = meta.get("allowedValues") or ()
    return tuple(str(value.get("name") or value.get("value") or value.get("id")) for value in values)[:50]
