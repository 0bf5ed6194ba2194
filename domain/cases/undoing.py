"""What a case would be if some of its events had never been. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from domain.cases import events as happened
from domain.cases import fold
from domain.cases.errors import CannotBeUndone, ChangedSince, NotPartOfIt
from domain.cases.states import CaseState
from domain.core.events import Event, Recorded

FOR_GOOD = {
    "CaseOpened": "Cancel the case instead.",
    "SignalAttached": "Judge the signal instead.",
    "CaseMoved": "Import the history anew instead.",
    "CaseDetailsChanged": "Import the history anew instead.",
    "EvidenceAdded": "Have the file erased instead.",
    "CaseFilesAttached": "Have the files erased instead.",
}
"""Kinds that have no undoing, with what to do instead."""

_NOTHING_OF_THE_CASE = {"version", "updated_at"}


@dataclass(frozen=True, slots=True)
class Told:
    """An event of the case, and whether it is among those to be undone."""

    recorded: Recorded
    event: Event
    mine: bool


@dataclass(frozen=True, slots=True)
class Undoing:
    """How to undo: the event to append, the leases that end with it, who is at work on the case then, and why some
    remains."""

    restored: happened.CaseRestored
    ended: frozenset[UUID]
    holder_id: UUID | None
    remaining: CannotBeUndone | None = None


def undone(restorations: Iterable[tuple[int, Sequence[int]]]) -> set[int]:
    """The seqs that count no more, by every restoration's own seq and those it undid: the latest word holds."""
    gone: set[int] = set()
    for seq, taken_back in sorted(restorations, reverse=True):
        if seq not in gone:
            gone.update(taken_back)
    return gone


def undo(history: Sequence[Told]) -> Undoing | None:
    """How to take back what is ``mine`` of a case's whole history; None where that is done already.

    Refuses what was built upon since, where there is nothing but what cannot be undone, and a case of which nothing is
    ``mine``. An opening has no undoing, nor has the way into its first queue, which is part of it.
    """
    gone = _undone(history)
    mine = [told for told in history if told.mine]
    if not mine:
        raise NotPartOfIt
    for_good = [told for told in mine if told.recorded.kind in FOR_GOOD]
    lasting = {told.recorded.seq for told in for_good} | _way_in(history)
    taking = [told for told in mine if told.recorded.seq not in gone | lasting]
    kept = for_good[0].recorded.kind if for_good else None
    remaining = CannotBeUndone(kept, FOR_GOOD[kept]) if kept else None
    if not taking:
        if remaining is not None and not any(told.recorded.seq in gone for told in mine):
            raise remaining
        return None
    _ensure_not_built_upon(history, taking, gone)
    seqs = {told.recorded.seq for told in taking}
    # Taking back a restoration lets count again what it had undone.
    as_if_gone = undone([*_restorations(history), (max(told.recorded.seq for told in history) + 1, sorted(seqs))])
    live = [told for told in history if told.recorded.seq not in as_if_gone]
    row, now = _folded(live), _folded(history, restored=True)
    restored = happened.CaseRestored(
        undone=tuple(sorted(seqs)),
        withdrawn_comments=tuple(t.event.comment_id for t in taking if isinstance(t.event, happened.CaseCommented)),
        restored=tuple(name for name in fold.RESTORED if row[name] != now[name]),
        **{name: row[name] for name in fold.RESTORED},
    )
    ended = frozenset(
        t.event.lease_id for t in taking if isinstance(t.event, happened.CaseClaimed | happened.LeaseTaken)
    )  # fmt: skip
    return Undoing(restored, ended, _holder(live) if row["state"] is CaseState.IN_REVIEW else None, remaining)


def _way_in(history: Sequence[Told]) -> set[int]:
    """The seq by which a case came into its first queue, where its opening is ``mine``."""
    if not isinstance(history[0].event, happened.CaseOpened) or not history[0].mine:
        return set()
    after = next((told for told in history[1:] if told.recorded.kind not in FOR_GOOD), None)
    return {after.recorded.seq} if after is not None and isinstance(after.event, happened.CaseQueued) else set()


def _restorations(history: Sequence[Told]) -> list[tuple[int, Sequence[int]]]:
    return [(t.recorded.seq, t.event.undone) for t in history if isinstance(t.event, happened.CaseRestored)]


def _undone(history: Sequence[Told]) -> set[int]:
    return undone(_restorations(history))


def _touched(told: Told) -> set[str]:
    if isinstance(told.event, happened.CaseRestored):
        return set()
    return set(fold.changes(told.event, told.recorded)) - _NOTHING_OF_THE_CASE


def _ensure_not_built_upon(history: Sequence[Told], taking: Sequence[Told], gone: set[int]) -> None:
    touched: set[str] = set()
    seqs = {told.recorded.seq for told in taking}
    if any(isinstance(told.event, happened.CaseRestored) for told in taking):
        touched.update(fold.RESTORED)
    since: list[str] = []
    for told in history:
        if told.recorded.seq in seqs:
            touched |= _touched(told)
        elif told.recorded.seq > min(seqs) and told.recorded.seq not in gone and touched & _touched(told):
            since.append(told.recorded.kind)
    if since:
        raise ChangedSince(list(dict.fromkeys(since)))


def _folded(live: Sequence[Told], *, restored: bool = False) -> Mapping[str, Any]:
    row: dict[str, Any] = {"reopen_count": 0, "tier": 0, "hold_until": None}
    for told in live:
        if isinstance(told.event, happened.CaseRestored) and not restored:
            continue
        row |= fold.changes(told.event, told.recorded)
        row["reopen_count"] += fold.reopens(told.event)
    return row


def _holder(live: Sequence[Told]) -> UUID | None:
    holders = [t.event.holder_id for t in live if isinstance(t.event, happened.CaseClaimed | happened.LeaseTaken)]
    return holders[-1] if holders else None
