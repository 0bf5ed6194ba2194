"""What is told of many rows at once, and that it is told of visible ones alone."""

import statistics
from typing import Any

from domain.core import predicates as p
from schema import reads
from schema.scalars import Long
from tests.schema.reads.conftest import KEEPER, NORTHERNER, STRANGER, Ask
from tests.schema.reads.test_verification import LAMP, Lamp, refusal


@reads.entity(Lamp, prefix="lit", filters=LAMP, visible=p.EVERYONE)
class Lit(reads.Node):
    """A lamp anybody may look at."""

    watts: int | None = reads.column(description="How bright.")


@reads.entity(Lamp, prefix="dim", filters=LAMP, visible=p.EVERYONE)
class Dim(reads.Node):
    """A lamp whose strength is nobody's business."""

    watts: int | None = reads.column(shown_if=p.NOBODY, description="How bright.")


WHOLE = """{ members { nodes { name held thinnest lastDue allPages worth meanWeight upperLength
  lengths { count minimum maximum average p50 p90 p99 } byState { value count } byLevel { value count } } } }"""
BENS = [n for n in range(1, 31) if n % 3 == 1]
"""Numbers of the books Ben holds; pages are ten times, the length one and a half seconds times the number."""


async def of(ask: Ask, name: str, viewer: Any = KEEPER, document: str = WHOLE) -> dict[str, Any]:
    members = (await ask(document, viewer))["members"]["nodes"]
    return next(member for member in members if member["name"].startswith(name))


def spoken(numbers: list[int], at: float) -> str:
    """The interpolated percentile of their lengths, as a Duration."""
    ordered = sorted(numbers)
    place = at * (len(ordered) - 1)
    below = int(place)
    above = ordered[min(below + 1, len(ordered) - 1)]
    seconds = 1.5 * (ordered[below] + (above - ordered[below]) * (place - below))
    return f"PT{seconds:g}S"


async def test_many_rows_are_told_in_one_number_each(ask: Ask):
    ben = await of(ask, "Ben")

    assert ben["held"] == len(BENS)
    assert ben["thinnest"] == 10
    assert ben["lastDue"] == "2026-01-10T00:00:00.000000Z"
    assert ben["allPages"] == 10 * sum(BENS)
    assert ben["worth"] == f"{3 * sum(BENS) + len(BENS)}.00"
    assert ben["upperLength"] == spoken(BENS, 0.75)


async def test_a_spread_is_told_in_one_pass(ask: Ask):
    ben = await of(ask, "Ben")

    assert ben["lengths"] == {
        "count": len(BENS),
        "minimum": "PT1.5S",
        "maximum": "PT42S",
        "average": f"PT{1.5 * statistics.mean(BENS):g}S",
        "p50": spoken(BENS, 0.5),
        "p90": spoken(BENS, 0.9),
        "p99": spoken(BENS, 0.99),
    }
    assert ask.statements[0].count("percentile_cont(0.9)") == 1
    assert len(ask.statements) == 1


async def test_a_tally_counts_by_value_the_most_first(ask: Ask):
    ben = await of(ask, "Ben")

    assert ben["byState"] == [{"value": "LENT", "count": len(BENS)}]
    assert [each["value"] for each in ben["byLevel"]] == ["EASY", "HARD"]
    assert sum(each["count"] for each in ben["byLevel"]) == len(BENS)


async def test_of_no_rows_a_sum_is_zero_and_the_rest_null(ask: Ask):
    ben = await of(ask, "Ben", STRANGER)

    nothing = {"minimum": None, "maximum": None, "average": None, "p50": None, "p90": None, "p99": None}
    assert ben["lengths"] == {"count": 0, **nothing}
    assert (ben["allPages"], ben["worth"], ben["held"]) == (0, "0", 0)
    assert [ben[name] for name in ("thinnest", "lastDue", "meanWeight", "upperLength")] == [None] * 4
    assert ben["byState"] == ben["byLevel"] == []


async def test_what_a_viewer_may_not_see_counts_in_no_aggregate(ask: Ask):
    seen = [n for n in BENS if n % 5 and n % 7]

    ben = await of(ask, "Ben", NORTHERNER)

    assert ben["held"] == ben["lengths"]["count"] == ben["byState"][0]["count"] == len(seen)
    assert ben["allPages"] == 10 * sum(seen)
    assert ben["lengths"]["p90"] == spoken(seen, 0.9)


async def test_members_of_a_spread_go_by_any_name_and_shape(ask: Ask):
    document = """{ members { nodes { name a: lengths { most: maximum __typename } b: lengths { __typename }
        byState { n: count __typename } } } }"""

    ben = await of(ask, "Ben", document=document)

    assert ben["a"] == {"most": "PT42S", "__typename": "DurationSpread"}
    assert ben["b"] == {"__typename": "DurationSpread"}
    assert ben["byState"] == [{"n": len(BENS), "__typename": "BookStateTally"}]


def problem(of: Any, source: Any) -> str:
    """What start-up says of an aggregate over lamps."""
    return refusal(told=(of, source), lit=(Lit | None, reads.reference()), dim=(Dim | None, reads.reference()))


def test_of_no_rows_there_is_no_least_so_its_type_allows_null():
    assert "Bulb.told: of no rows there is none" in problem(int, reads.minimum(Lit, "watts", "id"))


def test_a_mean_is_no_whole_number():
    assert "Bulb.told: a mean or a percentile is no Long" in problem(Long | None, reads.average(Lit, "watts", "id"))


def test_an_aggregate_is_over_a_column_that_exists():
    assert "has no column volts" in problem(int | None, reads.maximum(Lit, "volts", "id"))


def test_nothing_is_told_of_many_values_of_which_each_is_hidden_from_some():
    assert "Dim.watts is hidden from some" in problem(int | None, reads.maximum(Dim, "watts", "id"))


def test_nothing_is_told_of_a_type_the_contract_does_not_have():
    assert "Lit is no type of this schema" in refusal(told=(int | None, reads.maximum(Lit, "watts", "id")))


def test_a_spread_is_told_as_a_spread():
    assert "Bulb.told: a spread is told as" in problem(int | None, reads.spread(Lit, "watts", "id"))
    assert "Bulb.told: a spread is told as" in problem(reads.Tally[Long], reads.spread(Lit, "watts", "id"))
