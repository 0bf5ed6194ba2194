"""The shapes every list and entity shares in the contract."""

from datetime import timedelta
from enum import Enum
from typing import Generic, TypeVar

import strawberry

from schema.reads.sources import SOURCE, Identity

T = TypeVar("T")


@strawberry.interface(description="Anything with an id.")
class Node:
    id: strawberry.ID = strawberry.field(
        metadata={SOURCE: Identity()},
        description="Opaque and stable: the type's prefix, an underscore, 32 hexadecimal digits.",
    )


@strawberry.enum(description="Whether a count was taken to the end.")
class CountRelation(Enum):
    EXACT = strawberry.enum_value("EXACT", description="The count is exact.")
    AT_LEAST = strawberry.enum_value("AT_LEAST", description="Counting stopped there; there may be more.")


@strawberry.type(description="How many there are that you can see.")
class TotalCount:
    value: int = strawberry.field(description="The count, at most 10000.")
    relation: CountRelation = strawberry.field(description="Whether the count is exact.")


@strawberry.type(description="Where a page lies in its list.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether something follows this page.")
    has_previous_page: bool = strawberry.field(description="Whether something comes before this page.")
    start_cursor: str | None = strawberry.field(description="The cursor of the first item; null on an empty page.")
    end_cursor: str | None = strawberry.field(description="The cursor of the last item; null on an empty page.")


@strawberry.type(description="One item of a page with its place in the list.")
class Edge(Generic[T]):
    cursor: str = strawberry.field(description="Give it to after or before, with the same filter and order.")
    node: T = strawberry.field(description="The item.")


@strawberry.type(description="A page of a list.")
class Connection(Generic[T]):
    nodes: list[T] = strawberry.field(description="The items of this page.")
    edges: list[Edge[T]] = strawberry.field(description="The items of this page with their cursors.")
    page_info: PageInfo = strawberry.field(description="Where this page lies in the list.")
    total_count: TotalCount = strawberry.field(description="How many items the whole list has.")


@strawberry.type
class Spread(Generic[T]):
    count: int = strawberry.field(description="How many have a value, of those you can see.")
    minimum: T | None = strawberry.field(description="The least.")
    maximum: T | None = strawberry.field(description="The greatest.")
    average: T | None = strawberry.field(description="The mean.")
    p50: T | None = strawberry.field(description="Half of them lie below: the median, interpolated.")
    p90: T | None = strawberry.field(description="Nine in ten lie below, interpolated.")
    p99: T | None = strawberry.field(description="Ninety-nine in a hundred lie below, interpolated.")


@strawberry.type(description="How the durations of many things are spread; null where there is none to tell of.")
class DurationSpread(Spread[timedelta]):
    pass


@strawberry.type(description="How the numbers of many things are spread; null where there is none to tell of.")
class NumberSpread(Spread[float]):
    pass


@strawberry.type(description="How many things have one value.")
class Tally(Generic[T]):
    value: T = strawberry.field(description="The value.")
    count: int = strawberry.field(description="How many have it, of those you can see.")


@strawberry.enum(description="Which way a list is ordered.")
class OrderDirection(Enum):
    ASC = strawberry.enum_value("ASC", description="Smallest or oldest first.")
    DESC = strawberry.enum_value("DESC", description="Largest or newest first.")


@strawberry.enum(description="Where items without the value go.")
class NullsOrder(Enum):
    FIRST = strawberry.enum_value("FIRST", description="Before all others.")
    LAST = strawberry.enum_value("LAST", description="After all others.")
