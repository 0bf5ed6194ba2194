"""The two evaluators of a predicate agree on every row, and its document reads back to the same verdict."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.cases.filters import CASE
from domain.core import predicates as p
from domain.core.errors import IdRefused
from domain.core.predicates import Condition, Field, Keyed, Kind
from domain.core.predicates.sql import encode

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Colour(Enum):
    RED = "RED"
    GREEN = "GREEN"


class Size(Enum):
    SMALL = 1
    LARGE = 2


class Grade(Enum):
    GOOD = "A1"
    FAIR = "B1"
    POOR = "C1"


FIELDS = [
    p.ident("ref", prefix="ref", nullable=True),
    p.ident("shelf_id", prefix="shelf", key="SHELF", keyed_in="shelf", nullable=True),
    p.text("word", nullable=True, search=True),
    p.choice("colour", Colour, nullable=True),
    p.choice("size", Size, nullable=True, ordered=True),
    p.choice("grade", Grade, nullable=True, ordered=True),
    p.flag("open", nullable=True),
    p.integer("amount", nullable=True),
    p.number("ratio", nullable=True),
    p.decimal("price", nullable=True),
    p.moment("at", nullable=True),
    p.day("day", nullable=True),
    p.duration("took", nullable=True),
]
CHILD = p.Entity("child", table="child", fields=FIELDS)
PARENT = p.Entity(
    "parent",
    table="parent",
    fields=FIELDS,
    relations=[
        p.to_many("children", lambda: CHILD, column="parent_id"),
        p.to_one("favourite", lambda: CHILD, column="favourite_id"),
    ],
)
COLUMNS = """ref uuid, shelf_id uuid, word text, colour text, size smallint, grade text, open boolean, amount bigint,
    ratio double precision, price numeric, at timestamptz, day date, took bigint"""


@dataclass(frozen=True)
class Reader:
    person_id: UUID | None
    teams: frozenset[UUID]
    permissions: frozenset[str]


SHELVES = {1: UUID(int=1), 2: UUID(int=2)}


def named(key: Keyed) -> UUID | None:
    return SHELVES.get(key.number)


words = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=4) | st.sampled_from("aAbé")
ids = st.integers(0, 3).map(lambda n: UUID(int=n))
VALUES: dict[Kind, st.SearchStrategy[Any]] = {
    Kind.ID: ids,
    Kind.TEXT: words,
    Kind.BOOLEAN: st.booleans(),
    Kind.INTEGER: st.integers(-2, 2) | st.integers(-(2**63) + 1, 2**63 - 1),
    Kind.NUMBER: st.sampled_from([-1.5, 0.0, -0.0, 0.1, 1e300]) | st.floats(allow_nan=False, allow_infinity=False),
    Kind.DECIMAL: st.decimals(-5, 5, places=2) | st.sampled_from([Decimal("1.0"), Decimal("1.00"), Decimal("1E+20")]),
    Kind.MOMENT: st.integers(-3, 3).map(lambda n: NOW + timedelta(days=n))
    | st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    Kind.DAY: st.dates(date(2026, 1, 1), date(2026, 1, 5)),
    Kind.DURATION: st.integers(-3, 3).map(lambda n: timedelta(microseconds=n))
    | st.timedeltas(timedelta(-99), timedelta(99)),
}


def values(field: Field) -> st.SearchStrategy[Any]:
    return st.sampled_from(list(field.choices)) if field.choices else VALUES[field.kind]


def operands(field: Field, op: p.Op) -> st.SearchStrategy[Any]:
    many = op in {p.Op.IN, p.Op.NIN}
    found = st.lists(values(field), max_size=3).map(tuple) if many else values(field)
    if field.kind is Kind.MOMENT and not many:
        found |= st.integers(-3, 3).map(lambda n: p.Ago(timedelta(days=n)))
    if field.key and not many:
        found |= st.integers(0, 4).map(lambda number: Keyed(field.keyed_in, field.key, number))
    if field.kind is Kind.ID:
        found |= st.just(p.viewer("teams" if many else "person_id"))
    return found


def comparisons() -> st.SearchStrategy[Condition]:
    def compare(field: Field) -> st.SearchStrategy[Condition]:
        by_op = [operands(field, op).map(lambda operand, op=op: p.Compare(field, op, operand)) for op in field.ops]
        return st.one_of(*by_op, st.booleans().map(lambda expected: p.IsNull(field, expected)))

    return st.sampled_from(FIELDS).flatmap(compare)


def atoms() -> st.SearchStrategy[Condition]:
    return comparisons() | st.sampled_from([p.EVERYONE, p.NOBODY, p.holds("read"), p.holds("write")])


def compound(of: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    some = st.lists(of, max_size=3).map(tuple)
    return some.map(p.AllOf) | some.map(p.AnyOf) | of.map(p.Not)


of_child = st.recursive(atoms(), compound, max_leaves=4)
related = st.builds(
    lambda quantifier, of: p.Related(PARENT.related("children"), quantifier, of),
    st.sampled_from([p.Quantifier.SOME, p.Quantifier.NONE, p.Quantifier.EVERY]),
    of_child,
) | of_child.map(PARENT.related("favourite").that)
conditions = st.recursive(atoms() | related, compound, max_leaves=8)
rows = st.fixed_dictionaries({field.name: st.none() | values(field) for field in FIELDS})
families = rows.flatmap(
    lambda row: st.builds(
        lambda children, favourite: {**row, "children": children, "favourite": favourite},
        st.lists(rows, max_size=3),
        st.none() | rows,
    )
)
readers = st.builds(
    Reader, st.none() | ids, st.frozensets(ids, max_size=2), st.frozensets(st.sampled_from(["read", "x"]))
)


@pytest.fixture(scope="module")
async def connection(pool: asyncpg.Pool) -> AsyncIterator[asyncpg.Connection]:
    async with pool.acquire() as found:
        await found.execute(f"CREATE TEMP TABLE child (id uuid, parent_id uuid, {COLUMNS})")
        await found.execute(f"CREATE TEMP TABLE parent (id uuid, favourite_id uuid, {COLUMNS})")
        await found.execute("CREATE TEMP TABLE shelf (id uuid, number bigint)")
        await found.executemany("INSERT INTO shelf VALUES ($2, $1)", list(SHELVES.items()))
        yield found
        await found.execute("DROP TABLE child; DROP TABLE parent; DROP TABLE shelf")


async def insert(
    connection: asyncpg.Connection, table: str, keys: tuple[UUID, UUID | None], row: dict[str, Any]
) -> None:
    stored = [encode(field, row[field.name]) for field in FIELDS]
    places = ", ".join(f"${n}" for n in range(1, len(stored) + 3))
    await connection.execute(f"INSERT INTO {table} VALUES ({places})", *keys, *stored)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(family=families, asked=st.lists(conditions, min_size=1, max_size=8), reader=readers, seen=of_child)
async def test_sql_and_python_give_the_same_verdict(
    connection: asyncpg.Connection, family: dict[str, Any], asked: list[Condition], reader: Reader, seen: Condition
):
    veils = {"word": seen, "ref": seen, "colour": seen}
    parent, favourite = UUID(int=1), UUID(int=2)
    await connection.execute("TRUNCATE child, parent")
    await insert(connection, "parent", (parent, favourite), family)
    for number, child in enumerate(family["children"]):
        await insert(connection, "child", (UUID(int=10 + number), parent), child)
    if family["favourite"] is not None:
        await insert(connection, "child", (favourite, None), family["favourite"])

    for condition in asked:
        for guard, veil in ((None, None), (lambda _: seen, None), (None, lambda field: veils.get(field.name))):
            binds = p.Positional(reader)
            clock = f"'{NOW.isoformat()}'::timestamptz"
            sql = p.to_sql(condition, row="t", binds=binds, clock=clock, guard=guard, veil=veil)
            found = await connection.fetchval(f"SELECT count(*) FROM parent AS t WHERE {sql}", *binds.values)

            said = p.matches(condition, family, viewer=reader, now=NOW, guard=guard, veil=veil, named=named)
            assert (found == 1) is said, sql


SAMPLES: dict[Kind, list[Any]] = {
    Kind.ID: [UUID(int=n) for n in range(4)],
    Kind.TEXT: ["", "a", "A", "ab", "é", "z", "\U0001f600", "%", "_", "\\", "'"],
    Kind.BOOLEAN: [True, False],
    Kind.INTEGER: [-(2**63) + 1, -1, 0, 1, 2**63 - 1],
    Kind.NUMBER: [-1e300, -0.0, 0.0, 0.1, 1.5],
    Kind.DECIMAL: [Decimal(-1), Decimal("1.0"), Decimal("1.00"), Decimal("1E+20"), Decimal("0.1")],
    Kind.MOMENT: [NOW + timedelta(days=days) for days in (-400, -1, 0, 1)] + [NOW + timedelta(microseconds=1)],
    Kind.DAY: [date(2026, 1, day) for day in (1, 2, 3)],
    Kind.DURATION: [timedelta(microseconds=n) for n in (-1, 0, 1)] + [timedelta(days=3)],
}


def samples(field: Field) -> list[Any]:
    return list(field.choices) if field.choices else SAMPLES[field.kind]


def asked_of(field: Field) -> list[Condition]:
    """Every comparator of a field with every sample and every kind of operand, each also denied."""
    found: list[Condition] = [p.IsNull(field, expected) for expected in (True, False)]
    for op in field.ops:
        many = op in {p.Op.IN, p.Op.NIN}
        operands_: list[Any] = [(), tuple(samples(field)[:2]), tuple(samples(field))] if many else samples(field)
        if field.kind is Kind.ID:
            operands_ = [*operands_, p.viewer("teams" if many else "person_id")]
        if field.kind is Kind.MOMENT and not many:
            operands_ = [*operands_, p.ago(days=1), p.ago()]
        if field.key and not many:
            operands_ = [*operands_, *(Keyed(field.keyed_in, field.key, number) for number in (1, 9))]
        found += [p.Compare(field, op, operand) for operand in operands_]
    return found + [~condition for condition in found]


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: f"{field.kind} {field.name}")
async def test_every_comparator_of_every_kind_says_the_same_of_every_value(
    connection: asyncpg.Connection, field: Field
):
    rows_ = [None, *samples(field)]
    reader = Reader(UUID(int=1), frozenset({UUID(int=2)}), frozenset())
    await connection.execute("TRUNCATE child")
    for number, value in enumerate(rows_):
        blank = {other.name: None for other in FIELDS}
        await insert(connection, "child", (UUID(int=number), None), blank | {field.name: value})

    for condition in asked_of(field):
        binds = p.Positional(reader)
        sql = p.to_sql(condition, row="t", binds=binds, clock=f"'{NOW.isoformat()}'::timestamptz")
        found = await connection.fetch(f"SELECT id FROM child AS t WHERE {sql}", *binds.values)
        said = [
            number
            for number, value in enumerate(rows_)
            if p.matches(condition, {field.name: value}, viewer=reader, now=NOW, named=named)
        ]

        assert sorted(int(row["id"]) for row in found) == said, (condition, sql)


@settings(max_examples=150, deadline=None)
@given(family=families, condition=conditions, reader=readers)
def test_a_document_reads_back_to_the_same_verdict(family: dict[str, Any], condition: Condition, reader: Reader):
    document = orjson.loads(orjson.dumps(p.dump(condition)))

    again = p.parse(PARENT, document, trusted=True)

    assert p.dump(again) == p.dump(condition)
    for verdict in (condition, again):
        assert p.matches(verdict, family, viewer=reader, now=NOW) is p.matches(
            condition, family, viewer=reader, now=NOW
        )


@settings(max_examples=100, deadline=None)
@given(first=conditions, second=conditions)
def test_conditions_of_one_shape_share_their_text_and_bind_their_own_values(first: Condition, second: Condition):
    texts, bound = [], []
    for condition in (first, second):
        binds = p.Positional(Reader(None, frozenset(), frozenset()))
        texts.append(p.to_sql(condition, row="t", binds=binds))
        bound.append((binds.values, list(p.literals(condition))))

    if p.shape(first) == p.shape(second):
        assert texts[0] == texts[1]
    for values_, literals in bound:
        assert len(literals) <= len(values_)


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ({"nope": {}}, ("nope",)),
        ([], ()),
        ({"amount": 1}, ("amount",)),
        ({"amount": {"eq": True}}, ("amount", "eq")),
        ({"amount": {"eq": 2**70}}, ("amount", "eq")),
        ({"amount": {"contains": 1}}, ("amount", "contains")),
        ({"and": {"amount": {}}}, ("and",)),
        ({"or": [{}, {"word": {"eq": "a\0"}}]}, ("or", 1, "word", "eq")),
        ({"word": {"eq": "\ud800"}}, ("word", "eq")),
        ({"not": {"colour": {"in": ["RED", "BLUE"]}}}, ("not", "colour", "in", 1)),
        ({"colour": {"in": "RED"}}, ("colour", "in")),
        ({"at": {"gt": "2026-01-01T00:00:00"}}, ("at", "gt")),
        ({"at": {"gt": "-P1M"}}, ("at", "gt")),
        ({"at": {"in": ["-P1D"]}}, ("at", "in")),
        ({"ref": {"eq": "other_" + "0" * 32}}, ("ref", "eq")),
        ({"price": {"eq": "NaN"}}, ("price", "eq")),
        ({"price": {"eq": None}}, ("price", "eq")),
        ({"price": {"neq": "x"}}, ("price", "neq")),
        ({"amount": {"nin": [1, "x"]}}, ("amount", "nin", 1)),
        ({"amount": {"in": list(range(1001))}}, ("amount", "in")),
        ({"and": [{"amount": {"eq": n}} for n in range(1001)]}, ("and", 1000, "amount", "eq")),
        ({"colour": {"lt": "RED"}}, ("colour", "lt")),
        ({"shelfId": {"eq": "BOOK-1"}}, ("shelfId", "eq")),
        ({"at": {"gte": "P999999D"}}, ("at", "gte")),
        ({"took": {"gt": "P1Y"}}, ("took", "gt")),
        ({"favourite": {"some": {}}}, ("favourite", "some")),
        ({"children": {"every": {"at": {"lt": 5}}}}, ("children", "every", "at", "lt")),
        ({"open": {"isNull": "yes"}}, ("open", "isNull")),
        ({"children": {"any": {}}}, ("children", "any")),
        ({"children": {"some": {"word": {"like": "x"}}}}, ("children", "some", "word", "like")),
        ({"ref": {"eq": {"$viewer": "person_id"}}}, ("ref", "eq")),
        ({"$holds": ["permissions", "x"]}, ("$holds",)),
    ],
    ids=lambda value: str(value)[:80],
)
def test_a_wrong_document_is_refused_with_the_path_of_what_is_wrong(document: Any, path: tuple[str | int, ...]):
    with pytest.raises((p.PredicateRefused, IdRefused)) as refused:
        p.parse(PARENT, document)

    assert refused.value.path == path
    assert isinstance(refused.value, IdRefused) is (path[:1] in {("ref",), ("shelfId",)})


def test_a_filter_searches_a_few_times_and_no_more():
    p.parse(CASE, {"or": [{"text": {"search": "room"}}] * 4})

    with pytest.raises(p.PredicateRefused, match="At most 4 searches") as refused:
        p.parse(CASE, {"or": [{"text": {"search": "room"}}] * 5})

    assert refused.value.path == ("or", 4, "text", "search")


@given(value=st.timedeltas(timedelta(-9999), timedelta(9999)))
def test_a_duration_is_read_as_it_was_written(value: timedelta):
    assert p.parse_duration(p.format_duration(value)) == value
