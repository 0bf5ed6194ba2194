"""The three-way merge of one field. Pure.

The two sides may write one value differently (a text normalised, a person the tracker does not know), so the base
holds both forms: a side has changed when it differs from its own form in the base. Every verdict says what the
base becomes once it is carried out; then merging again finds nothing to do.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from domain.mirror.remote import Field
from domain.mirror.states import MirrorWinner

Text = str | None


@dataclass(frozen=True, slots=True)
class Side:
    """One field on both sides, as canonical text; None is empty.

    `same` says that both mean one value; `readable` is false where theirs has no counterpart here.
    """

    ours: Text
    theirs: Text
    same: bool
    readable: bool = True


@dataclass(frozen=True, slots=True)
class Agreed:
    """Each side's form of the value when they last agreed."""

    ours: Text
    theirs: Text


class Way(StrEnum):
    """Which way a field goes, and what a change on the other side means.

    TWO_WAY: it is taken over. RESTORED: it is written over at once. LENIENT: it stays until ours changes.
    """

    TWO_WAY = "TWO_WAY"
    RESTORED = "RESTORED"
    LENIENT = "LENIENT"


class Step(StrEnum):
    """What to do about one field."""

    REST = "REST"
    PUSH = "PUSH"
    PULL = "PULL"
    WAIT = "WAIT"
    """A person has to decide; neither side is touched."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`clash` is set when a value of one side is given up or kept waiting: it belongs into a conflict record."""

    step: Step
    clash: bool = False


def merge(base: Agreed | None, side: Side, *, way: Way, winner: MirrorWinner = MirrorWinner.CASE) -> Verdict:
    """Decides one field. Without a base nothing is known of the past: the case's value counts."""
    if side.same:
        return Verdict(Step.REST)
    if base is None:
        return Verdict(Step.PUSH)
    ours_changed, theirs_changed = side.ours != base.ours, side.theirs != base.theirs
    if not theirs_changed:
        return Verdict(Step.PUSH if ours_changed else Step.REST)
    if way is Way.RESTORED:
        return Verdict(Step.PUSH)
    if way is Way.LENIENT:
        return Verdict(Step.PUSH, clash=True) if ours_changed else Verdict(Step.REST)
    if not side.readable:
        return Verdict(Step.PUSH if ours_changed else Step.WAIT, clash=True)
    if not ours_changed:
        return Verdict(Step.PULL)
    return {
        MirrorWinner.CASE: Verdict(Step.PUSH, clash=True),
        MirrorWinner.TRACKER: Verdict(Step.PULL, clash=True),
        MirrorWinner.NOBODY: Verdict(Step.WAIT, clash=True),
    }[winner]


WAYS: Mapping[Field, Way] = {
    Field.SUMMARY: Way.LENIENT,
    Field.DESCRIPTION: Way.LENIENT,
    Field.PRIORITY: Way.TWO_WAY,
    Field.ASSIGNEE: Way.TWO_WAY,
    Field.STATUS: Way.TWO_WAY,
    Field.DUE: Way.RESTORED,
    Field.CLOCK_STATE: Way.RESTORED,
    Field.RANK: Way.RESTORED,
    Field.LABELS: Way.RESTORED,
}
"""Fields that are not here are not mirrored by the merge."""
