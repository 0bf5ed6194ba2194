"""What is wrong with a declaration is said at start-up, by name."""

from datetime import timedelta

import pytest
import strawberry
from strawberry.schema.config import StrawberryConfig
from tortoise import Model, fields

from domain.core import predicates as p
from schema import reads
from schema.reads.errors import MisdeclaredRead
from schema.scalars import SCALARS
from tests.schema.reads.library import Member, schema


class Lamp(Model):
    id = fields.UUIDField(primary_key=True)
    watts = fields.IntField(null=True)

    class Meta:
        table = "lamp"


LAMP = p.Entity("lamp", table="lamp", fields=[p.ident("id", prefix="lamp"), p.integer("watts", nullable=True)])
UNSEEN = p.Entity("unseen", table="unseen", fields=[p.ident("id")])
OUTER = p.Entity(
    "outer", table="lamp", fields=[p.ident("id")], relations=[p.to_one("unseen", lambda: UNSEEN, column="watts")]
)


def refusal(**declared: object) -> str:
    """What start-up says of a lamp with these annotations and sources."""
    annotations = {name: of for name, (of, _) in declared.items()}
    body = {name: source for name, (_, source) in declared.items()}
    cls = type("Bulb", (reads.Node,), {"__annotations__": annotations, **body})
    bulb = reads.entity(Lamp, prefix="lamp", filters=LAMP, visible=p.holds("see"))(cls)

    @strawberry.type
    class Query:
        lamp: bulb | None = reads.root_one(bulb)  # type: ignore[valid-type]

    made = strawberry.Schema(Query, config=StrawberryConfig(scalar_map=SCALARS))
    with pytest.raises(MisdeclaredRead) as refused:
        reads.verify(made)
    return str(refused.value)


def test_a_sound_schema_is_accepted():
    reads.verify(schema)


def test_a_type_without_visibility_cannot_be_declared():
    with pytest.raises(TypeError, match="visible"):
        reads.entity(Lamp)  # type: ignore[call-arg]


def test_a_field_must_say_where_its_value_comes_from():
    assert "Bulb.colour does not say where" in refusal(colour=(str, strawberry.field()))


def test_a_column_must_exist():
    assert "Bulb: Lamp has no column volts" in refusal(volts=(int | None, reads.column()))


def test_a_column_that_may_be_null_has_a_type_that_may_be_null():
    assert "Bulb.watts: the column may be null" in refusal(watts=(int, reads.column()))


def test_a_value_hidden_from_some_has_a_type_that_may_be_null():
    source = reads.expression("1", shown_if=p.NOBODY)

    assert "Bulb.one is hidden from some" in refusal(one=(int, source))


def test_a_list_that_one_column_cannot_hold_is_refused():
    assert "Bulb.times: a list of Duration" in refusal(times=(list[timedelta], reads.expression("1")))


def test_a_computed_field_needs_columns_that_exist():
    source = reads.computed(needs=("volts",), compute=lambda row, _: row["volts"])

    assert "has no column volts" in refusal(power=(int | None, source))


def test_what_may_point_at_anything_may_point_at_nothing():
    source = reads.one_of({"lamp": Member}, kind="watts", id="id")

    assert "Bulb.what: it may point at nothing" in refusal(what=(Member, source))


def test_a_filter_may_not_reach_rows_of_unknown_visibility():
    @reads.entity("lamp", filters=OUTER, visible=p.EVERYONE)
    class Outer:
        """Has a filter that reaches too far."""

        id: int = reads.column()

    @strawberry.type
    class Query:
        all: reads.Connection[Outer] = reads.root_connection(Outer)

    with pytest.raises(MisdeclaredRead, match="unseen"):
        reads.verify(strawberry.Schema(Query, config=StrawberryConfig(scalar_map=SCALARS)))


def test_a_sort_must_be_a_field_of_the_filters():
    with pytest.raises(MisdeclaredRead, match="the sort volts"):
        reads.entity(Lamp, filters=LAMP, visible=p.EVERYONE, sorts=("volts",))(type("Bulb2", (reads.Node,), {}))


def test_a_value_hidden_from_some_is_no_sort():
    body = {"__annotations__": {"watts": int | None}, "watts": reads.column(shown_if=p.NOBODY)}
    dim = reads.entity(Lamp, prefix="lamp", filters=LAMP, visible=p.EVERYONE, sorts=("watts",))(
        type("Dim", (reads.Node,), body)
    )

    @strawberry.type
    class Query:
        lamp: dim | None = reads.root_one(dim)  # type: ignore[valid-type]

    with pytest.raises(MisdeclaredRead, match=r"Dim\.watts is hidden from some"):
        reads.verify(strawberry.Schema(Query, config=StrawberryConfig(scalar_map=SCALARS)))


def test_one_filter_may_not_belong_to_types_of_unlike_visibility():
    one = reads.entity(Lamp, prefix="lamp", filters=LAMP, visible=p.EVERYONE)(type("One", (reads.Node,), {}))
    two = reads.entity(Lamp, prefix="lamp", filters=LAMP, visible=p.NOBODY)(type("Two", (reads.Node,), {}))

    @strawberry.type
    class Query:
        one_: one | None = reads.root_one(one)  # type: ignore[valid-type]
        two_: two | None = reads.root_one(two)  # type: ignore[valid-type]

    with pytest.raises(MisdeclaredRead, match="different visibility"):
        reads.verify(strawberry.Schema(Query, config=StrawberryConfig(scalar_map=SCALARS)))
