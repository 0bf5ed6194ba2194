"""What a row that changed means for a list: the fast verdict is the slow one's, and who held it hears of it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.core import predicates as p
from domain.core.predicates import AllOf, AnyOf, Condition, Not
from schema.lists import Look
from schema.sieving import Columns
from schema.verdicts import always, verdict

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
IDS = [UUID(int=number) for number in range(3)]


class Colour(Enum):
    RED = "RED"
    GREEN = "GREEN"


@dataclass(frozen=True)
class Person:
    """Whoever asks."""

    id: UUID
    permissions: frozenset[str]
    clearances: frozenset[str]


THING = p.Entity(
    "thing",
    table="thing",
    fields=[
        p.ident("owner_id", prefix="owner", nullable=True),
        p.text("word", nullable=True),
        p.choice("colour", Colour, nullable=True),
        p.flag("open", nullable=True),
        p.integer("amount", nullable=True),
        p.moment("at", nullable=True),
    ],
)
moments = st.integers(-3, 3).map(lambda hours: NOW + timedelta(hours=hours))
values: dict[str, st.SearchStrategy[Any]] = {
    "owner_id": st.sampled_from(IDS),
    "word": st.sampled_from(["", "a", "RED"]),
    "colour": st.sampled_from(["RED", "GREEN"]),
    "open": st.booleans(),
    "amount": st.integers(-2, 2),
    "at": moments,
}
rows = st.fixed_dictionaries({name: st.none() | each for name, each in values.items()})
persons = st.builds(
    Person,
    id=st.sampled_from(IDS),
    permissions=st.frozensets(st.sampled_from(["x", "y"])),
    clearances=st.frozensets(st.sampled_from(["", "a"])),
)


def compared(name: str) -> st.SearchStrategy[Condition]:
    """This field with what it may be compared with."""
    field, value = THING[name], values[name]
    several = st.lists(value, max_size=3).map(tuple)
    found = [value.map(field.eq), value.map(field.neq), several.map(field.is_in)]
    found += [several.map(lambda many: ~field.is_in(many)), st.sampled_from([field.is_null(), ~field.is_null()])]
    if name in {"amount", "at"}:
        found += [value.map(field.lt), value.map(field.lte), value.map(field.gt), value.map(field.gte)]
    return st.one_of(found)


leaves: st.SearchStrategy[Condition] = st.one_of(
    *map(compared, values),
    st.sampled_from(
        [
            p.EVERYONE,
            p.NOBODY,
            p.holds("x"),
            THING["owner_id"].eq(p.viewer("id")),
            THING["word"].is_in(p.viewer("clearances")),
            THING["at"].gte(p.ago(hours=1)),
            THING["colour"].eq(Colour.RED),
            THING["colour"].is_in((Colour.RED,)),
        ]
    ),
)
conditions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        inner.map(Not),
        st.lists(inner, max_size=3).map(tuple).map(AllOf),
        st.lists(inner, max_size=3).map(tuple).map(AnyOf),
    ),
    max_leaves=6,
)


@given(condition=conditions, row=rows, viewer=persons)
def test_the_fast_verdict_is_the_one_every_row_gets(
    condition: Condition, row: Mapping[str, Any], viewer: Person
) -> None:
    assert verdict(condition, viewer)(row, NOW) is p.matches(condition, row, viewer=viewer, now=NOW)


def test_what_more_than_the_columns_decides_gets_no_fast_verdict() -> None:
    with pytest.raises(TypeError):
        verdict(p.Compare(THING["word"], p.Op.CONTAINS, "a"), None)


@pytest.mark.parametrize(
    ("amount", "held", "waiting", "concerned"),
    [(1, [], [], True), (9, [], [], None), (9, IDS[:1], [], False), (9, [], IDS[:1], False), (1, IDS[:1], [], True)],
)
def test_a_row_concerns_the_list_it_is_in_was_in_or_may_be_said_to_be_in(
    amount: int, held: Collection[UUID], waiting: Collection[UUID], *, concerned: bool | None
) -> None:
    sieve = Columns(None, THING, {"thing": None}, held, verdict(THING["amount"].lt(5), None), always, None)

    found = sieve.concerned(Look({IDS[0]: 7}, {IDS[0]: {"amount": amount}}, NOW), waiting)

    assert found == ({} if concerned is None else {IDS[0]: (7, concerned)})


def test_a_row_that_is_gone_has_left_the_list_that_held_it() -> None:
    sieve = Columns(None, THING, {"thing": None}, {IDS[0]}, always, always, None)

    assert sieve.concerned(Look({IDS[0]: 7, IDS[1]: 8}, {IDS[0]: None, IDS[1]: None}, NOW), ()) == {IDS[0]: (7, False)}
