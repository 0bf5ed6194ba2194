"""The merge of one field, proven over everything two sides can do to it."""

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from domain.mirror.merge import Agreed, Side, Step, Way, merge
from domain.mirror.states import MirrorWinner

TEXTS = st.sampled_from(["a", "b", "c", None])


def normalised(text: str | None) -> str | None:
    """A tracker that keeps values in its own form."""
    return None if text is None else f"<{text}>"


@dataclass
class Two:
    """One field on both sides; `form` is how the tracker keeps ours."""

    ours: str | None
    theirs: str | None
    base: Agreed | None

    def side(self) -> Side:
        return Side(self.ours, self.theirs, same=self.theirs == normalised(self.ours))

    def carry_out(self, step: Step) -> None:
        """What the mirror does with a verdict; the base is what was read back."""
        if step is Step.PUSH:
            self.theirs = normalised(self.ours)
        if step is Step.PULL:
            self.ours = self.theirs.strip("<>") if self.theirs else None
        if step in {Step.PUSH, Step.PULL} or self.side().same:
            self.base = Agreed(self.ours, self.theirs)


SIDES = st.builds(
    lambda ours, theirs, base: Two(ours, normalised(theirs), base and Agreed(base[0], normalised(base[1]))),
    TEXTS, TEXTS, st.none() | st.tuples(TEXTS, TEXTS),
)  # fmt: skip
WAYS, WINNERS = st.sampled_from(Way), st.sampled_from(MirrorWinner)


@given(SIDES, WAYS, WINNERS)
def test_after_a_verdict_is_carried_out_the_next_one_rests_or_waits(two: Two, way: Way, winner: MirrorWinner) -> None:
    two.carry_out(merge(two.base, two.side(), way=way, winner=winner).step)

    assert merge(two.base, two.side(), way=way, winner=winner).step in {Step.REST, Step.WAIT}


@given(SIDES, WINNERS)
def test_a_change_of_one_side_alone_reaches_the_other(two: Two, winner: MirrorWinner) -> None:
    two.base = Agreed(two.ours, normalised(two.ours))
    before = two.theirs

    verdict = merge(two.base, two.side(), way=Way.TWO_WAY, winner=winner)
    two.carry_out(verdict.step)

    assert (two.theirs, verdict.clash) == (before, False)
    assert two.side().same


@given(SIDES, WAYS, WINNERS)
def test_no_value_is_given_up_without_a_clash(two: Two, way: Way, winner: MirrorWinner) -> None:
    base, side = two.base, two.side()

    verdict = merge(base, side, way=way, winner=winner)

    lost = base is not None and (
        (verdict.step is Step.PUSH and side.theirs != base.theirs)
        or (verdict.step is Step.PULL and side.ours != base.ours)
    )
    assert not lost or verdict.clash or way is Way.RESTORED


@given(SIDES, WINNERS)
def test_only_two_way_fields_are_ever_taken_over(two: Two, winner: MirrorWinner) -> None:
    for way in (Way.RESTORED, Way.LENIENT):
        assert merge(two.base, two.side(), way=way, winner=winner).step not in {Step.PULL, Step.WAIT}


@given(SIDES, WAYS, WINNERS)
def test_what_has_no_counterpart_here_is_never_taken_over(two: Two, way: Way, winner: MirrorWinner) -> None:
    side = Side(two.ours, two.theirs, same=False, readable=False)

    assert merge(two.base, side, way=way, winner=winner).step is not Step.PULL


@given(TEXTS, TEXTS)
def test_a_value_the_tracker_would_not_take_is_sent_once(ours: str | None, kept: str | None) -> None:
    base = Agreed(ours, kept)

    assert merge(base, Side(ours, kept, same=False), way=Way.TWO_WAY).step is Step.REST
