"""How pressing a case is: more harm, haste, reach or news never lowers it, and a crowd never outweighs a flagger."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.cases import ranking
from domain.cases.ranking import FORMULAS, Components, Facts, Signals, in_effect
from domain.cases.states import Priority, Severity, SignalOrigin, SignalOutcome

PAGE = Path(__file__).parents[2] / "docs" / "ranking.md"
FORMULA = pytest.mark.parametrize("formula", FORMULAS, ids=lambda formula: f"version {formula.version}")

evidence = st.builds(
    Signals,
    origin=st.sampled_from(SignalOrigin),
    outcome=st.sampled_from(SignalOutcome),
    confidence=st.none() | st.floats(0, 1),
    agreed=st.integers(0, 100),
    disagreed=st.integers(0, 100),
    count=st.integers(1, 1000),
)
facts = st.builds(
    Facts,
    severity=st.sampled_from(Severity),
    priority=st.sampled_from(Priority),
    reach=st.integers(0, 2**62),
    live=st.booleans(),
    signals=st.lists(evidence, max_size=6).map(tuple),
)


def value(of: Facts, formula: Any) -> float:
    return ranking.rank(of, formula=formula).value


@FORMULA
@given(of=facts)
def test_a_rank_lies_between_0_and_100_and_is_the_sum_of_what_it_is_made_of(of: Facts, formula: Any) -> None:
    found = ranking.rank(of, formula=formula)

    assert 0 <= found.value <= 100
    assert found.value == found.components.total()
    assert found.formula_version == formula.version
    for name, most in formula.most.items():
        assert 0 <= getattr(found.components, name) <= most


@FORMULA
@given(of=facts, worse=st.sampled_from(Severity), sooner=st.sampled_from(Priority), further=st.integers(0, 2**62))
def test_more_harm_more_haste_and_more_reach_never_lower_it(
    of: Facts, worse: Severity, sooner: Priority, further: int, formula: Any
) -> None:
    before = value(of, formula)

    assert value(replace(of, severity=min(of.severity, worse)), formula) >= before
    assert value(replace(of, priority=min(of.priority, sooner)), formula) >= before
    assert value(replace(of, reach=of.reach + further), formula) >= before
    assert value(replace(of, live=True), formula) >= before


@FORMULA
@given(of=facts, dice=st.randoms(use_true_random=False))
def test_the_order_in_which_signals_came_does_not_matter(of: Facts, dice: random.Random, formula: Any) -> None:
    mixed = list(of.signals)
    dice.shuffle(mixed)

    assert value(replace(of, signals=mixed), formula) == value(of, formula)


@FORMULA
@given(of=facts, more=evidence)
def test_one_more_signal_never_lowers_it_nor_does_being_agreed_with(of: Facts, more: Signals, formula: Any) -> None:
    before = value(of, formula)
    joined = replace(of, signals=(*of.signals, more))
    agreed = replace(of, signals=(*of.signals, replace(more, outcome=SignalOutcome.AGREED)))

    assert value(joined, formula) >= before
    assert value(agreed, formula) >= value(joined, formula)


@FORMULA
@given(of=facts, refused=st.sampled_from(sorted(set(SignalOutcome) - ranking.COUNTED)), more=evidence)
def test_what_review_did_not_agree_with_counts_for_nothing(
    of: Facts, refused: SignalOutcome, more: Signals, formula: Any
) -> None:
    joined = replace(of, signals=(*of.signals, replace(more, outcome=refused)))

    assert value(joined, formula) == value(of, formula)


@FORMULA
@given(
    of=facts.map(lambda of: replace(of, signals=())),
    agreed=st.integers(0, 20),
    more=st.integers(0, 80),
    reports=st.integers(1, 30_000),
)
def test_30_000_reports_of_a_poor_record_move_a_case_less_than_one_trusted_flagger(
    of: Facts, agreed: int, more: int, reports: int, formula: Any
) -> None:
    poor = Signals(origin=SignalOrigin.USER_REPORT, agreed=agreed, disagreed=3 * agreed + 2 + more, count=reports)
    flagger = Signals(origin=SignalOrigin.TRUSTED_FLAGGER)

    moved = value(replace(of, signals=(poor,)), formula) - value(of, formula)

    assert moved == 0
    assert value(replace(of, signals=(flagger,)), formula) - value(of, formula) > 7


@FORMULA
@given(of=facts.map(lambda of: replace(of, signals=())), crowd=evidence)
def test_no_crowd_of_users_moves_a_case_as_far_as_one_trusted_flagger(of: Facts, crowd: Signals, formula: Any) -> None:
    crowd = replace(crowd, origin=SignalOrigin.USER_REPORT, count=30_000)
    flagger = Signals(origin=SignalOrigin.TRUSTED_FLAGGER)

    assert value(replace(of, signals=(crowd,)), formula) < value(replace(of, signals=(flagger,)), formula)


def test_alike_signals_count_the_same_whether_told_together_or_one_by_one() -> None:
    one = Signals(origin=SignalOrigin.USER_REPORT, agreed=3, disagreed=1)
    case = Facts(severity=Severity.SEV3, priority=Priority.P3)

    together = replace(case, signals=(replace(one, count=7),))
    apart = replace(case, signals=(one,) * 7)

    assert value(together, FORMULAS[0]) == value(apart, FORMULAS[0])


def test_version_1_is_frozen() -> None:
    scam = Facts(
        severity=Severity.SEV1,
        priority=Priority.P1,
        reach=1840,
        live=True,
        signals=(
            Signals(origin=SignalOrigin.TRUSTED_FLAGGER),
            Signals(origin=SignalOrigin.MODEL, confidence=0.92),
            Signals(origin=SignalOrigin.USER_REPORT, agreed=6, disagreed=1),
            Signals(origin=SignalOrigin.USER_REPORT, count=5),
            Signals(origin=SignalOrigin.USER_REPORT, agreed=1, disagreed=9, count=400),
        ),
    )

    assert ranking.rank(scam, formula=FORMULAS[0]).components == Components(
        severity=30.0, priority=20.0, reach=10.0, trusted=7.8, detected=2.45, reported=1.03
    )
    assert value(scam, FORMULAS[0]) == 71.28
    assert value(Facts(severity=Severity.SEV4, priority=Priority.P5), FORMULAS[0]) == 0
    assert value(Facts(severity=Severity.SEV0, priority=Priority.P1, reach=2**20, live=True), FORMULAS[0]) == 80


def test_a_version_holds_from_its_day_on_and_the_first_before_all() -> None:
    days = [each.effective_from for each in FORMULAS]

    assert days == sorted(days)
    assert [each.version for each in FORMULAS] == list(range(1, len(FORMULAS) + 1))
    assert [in_effect(day) for day in days] == list(FORMULAS)
    assert in_effect(datetime(1999, 1, 1, tzinfo=UTC)) is FORMULAS[0]
    assert in_effect(days[-1] + timedelta(days=9999)) is FORMULAS[-1]


@FORMULA
def test_the_guide_tells_every_component_as_the_formula_has_it(formula: Any) -> None:
    page = PAGE.read_text()

    assert f"## Version {formula.version}" in page
    for name, most in formula.most.items():
        assert f"| `{name}` | {most:g} |" in page
        assert formula.told[name] in page
    assert sum(formula.most.values()) == 100
