"""What a receipt changes, what policies ask for together, and whose key it is."""

from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.core.ids import new_id
from domain.review.errors import ReceiptContradicts
from domain.review.policies import Measure, PolicySpec, PolicyVersion, default_measures
from domain.review.rules import code_of, enforcement_of, is_terminal, key_of, receipt_changes
from domain.review.states import EnforcementAction, EnforcementState, ReceiptState

MEASURES = st.builds(
    Measure,
    action=st.sampled_from(EnforcementAction),
    lasting=st.none() | st.integers(1, 10_000).map(lambda hours: timedelta(hours=hours)),
)


def a_policy(measures: list[Measure]) -> PolicyVersion:
    spec = PolicySpec(title="X", allowed_actions=tuple(EnforcementAction), default_actions=tuple(measures))
    return PolicyVersion(new_id(), "x", 1, spec)


@given(st.lists(st.lists(MEASURES, max_size=4), max_size=3))
def test_policies_together_ask_for_each_action_once_and_for_its_longest_term(asked: list[list[Measure]]) -> None:
    together = {measure.action: measure.lasting for measure in default_measures([a_policy(one) for one in asked])}

    every = [measure for one in asked for measure in one]
    assert set(together) == {measure.action for measure in every}
    for action, lasting in together.items():
        terms = [measure.lasting for measure in every if measure.action is action]
        longest = None if None in terms else max(term for term in terms if term is not None)
        assert lasting == longest


@given(st.sampled_from(EnforcementState), st.sampled_from(ReceiptState), st.booleans())
def test_a_receipt_told_twice_is_news_once(now: EnforcementState, told: ReceiptState, current: bool) -> None:
    try:
        news = receipt_changes(now, told, current=current)
    except ReceiptContradicts:
        assert now not in {EnforcementState.PLANNED, EnforcementState.DISPATCHED, EnforcementState.FAILED}
        return

    after = EnforcementState(told.value) if news else now
    assert not receipt_changes(after, told, current=current)
    assert not news or not is_terminal(now, waived=False)


@given(st.uuids(), st.integers(1, 99))
def test_a_key_names_its_enforcement(enforcement_id: UUID, number: int) -> None:
    assert enforcement_of(key_of(enforcement_id, number)) == enforcement_id


@pytest.mark.parametrize("text", ["", "enforcement_1.1", f"enforcement_{'a' * 32}.0", f"x_{'a' * 32}.1"])
def test_what_is_no_key_of_ours_names_nothing(text: str) -> None:
    assert enforcement_of(text) is None


@given(st.text(max_size=200))
def test_a_foreign_code_becomes_one_that_may_stand_in_the_log(text: str) -> None:
    code = code_of(text)

    assert 1 <= len(code) <= 64
    assert code == code_of(code)
    assert set(code) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")
