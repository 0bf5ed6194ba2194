"""How many rows a statement says it wants: written where a kept plan serves every value, bound where values decide."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.core import predicates as p
from schema.reads.pages import LARGEST_SIZE, Page

ROOM = p.Entity("room", table="room", fields=[p.text("city"), p.integer("beds"), p.moment("built_at", nullable=True)])


def page(size: int, condition: p.Condition | None = None) -> Page:
    return Page(size, backward=False, order=(), condition=condition, edge=None, scope=b"")


@given(st.integers(0, LARGEST_SIZE))
def test_the_page_and_the_row_after_it_are_within_the_bound(size: int) -> None:
    bound = page(size).bound

    assert bound is not None
    assert size + 1 <= bound <= 2 * (size + 1)


@pytest.mark.parametrize(
    "condition", [ROOM["city"].eq("Oslo") & ROOM["beds"].is_in([1, 2]), ROOM["built_at"].is_null() | ROOM["beds"].eq(2)]
)
def test_equalities_keep_one_plan(condition: p.Condition) -> None:
    assert page(50, condition).bound == 64


@pytest.mark.parametrize(
    "condition", [ROOM["beds"].gte(3), ROOM["city"].eq("Oslo") & ~ROOM["beds"].eq(3), ROOM["city"].contains("o")]
)
def test_what_may_match_all_or_nothing_is_planned_for_its_values(condition: p.Condition) -> None:
    assert page(50, condition).bound is None


def test_a_list_narrowed_by_a_range_is_planned_for_its_values_too() -> None:
    assert replace(page(50), ranged=True).bound is None
