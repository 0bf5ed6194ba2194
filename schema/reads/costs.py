"""What an operation costs: the objects it may read at most, counted from its document and page sizes alone.

Every object costs 1. A page costs its size times what one of its objects costs; a list without pages counts as ten
(fewer where it never has as many), `nodes` as its ids. A count, `totalCount` or any other aggregate costs 10, a
computed field 1, a mutation 10 besides what it answers with. Columns, and parts of the same row, are free. Of the
members of a union or interface the dearest counts.
"""

from collections import OrderedDict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLObjectType,
    IntValueNode,
    ListValueNode,
    OperationType,
    VariableNode,
    is_list_type,
)

from schema.reads.catalog import Catalog, catalog_of
from schema.reads.hooks import CoreExecutor as Executor
from schema.reads.hooks import document_key, is_connection, root_fields, shaping_variables, variable
from schema.reads.pages import DEFAULT_SIZE, LARGEST_SIZE
from schema.reads.selection import Shape, Wanted, wanted_of
from schema.reads.sources import Among, Computed, Many, SameRow
from schema.reads.targets import unwrapped

LIST = 10
AGGREGATE = 10
COMPUTED = 1
MUTATION = 10
PRICES_KEPT = 1000
SHAPES_KEPT = 64
"""Of one document: with thirty directive variables it has a thousand million."""


@dataclass(frozen=True, slots=True)
class Size:
    """How many: what the first of ``variables`` that has a value says, else ``said``, which the document does."""

    said: int = DEFAULT_SIZE
    variables: tuple[str, ...] = ()

    def of(self, values: Mapping[str, Any]) -> int:
        found = next((values[name] for name in self.variables if values.get(name) is not None), self.said)
        return max(0, min(len(found) if isinstance(found, list) else found, LARGEST_SIZE))


@dataclass(frozen=True, slots=True)
class Price:
    """``fixed``, plus each of ``times`` (so often that price), plus the ``dearest`` of these."""

    fixed: int = 0
    times: tuple[tuple[Size, "Price"], ...] = ()
    dearest: tuple["Price", ...] = ()

    def of(self, values: Mapping[str, Any]) -> int:
        repeated = sum(size.of(values) * price.of(values) for size, price in self.times)
        return self.fixed + repeated + max((price.of(values) for price in self.dearest), default=0)

    @property
    def varies(self) -> bool:
        """Whether any variable decides it."""
        below = (*(price for _, price in self.times), *self.dearest)
        return any(size.variables for size, _ in self.times) or any(price.varies for price in below)

    def settled(self) -> "Price":
        """The same price with everything added up that no variable decides."""
        if not self.varies:
            return Price(self.of({}))
        times = tuple((size, price.settled()) for size, price in self.times)
        return Price(self.fixed, times, tuple(price.settled() for price in self.dearest))


class Prices:
    """Prices by document and directive variables; the longest unused are forgotten."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, tuple[tuple[str, ...], dict[tuple[Any, ...], Price]]] = OrderedDict()

    def cost(self, executor: Executor[Any]) -> int:
        """What the executor's operation costs with its variables; kept but for what depends on them."""
        key = (executor.schema, *document_key(executor))
        found = self._kept.get(key)
        if found is None:
            found = self._kept[key] = (shaping_variables(executor), {})
            if len(self._kept) > PRICES_KEPT:
                self._kept.popitem(last=False)
        else:
            self._kept.move_to_end(key)
        names, prices = found
        flags = tuple(variable(executor, name) for name in names)
        price = prices.get(flags)
        if price is None:
            price = prices[flags] = _operation(executor).settled()
            if len(prices) > SHAPES_KEPT:
                del prices[next(iter(prices))]
        return price.of(executor.variable_values.coerced)


def _operation(executor: Executor[Any]) -> Price:
    catalog = catalog_of(executor.schema)
    kind = executor.operation.operation
    root = executor.schema.get_root_type(kind)
    assert isinstance(root, GraphQLObjectType)  # noqa: S101 - the document was valid
    each = [
        _field(catalog, wanted_of(executor, catalog, root, key, details, []))
        for key, details in root_fields(executor, root).items()
        if not details[0].node.name.value.startswith("__")
    ]
    return _sum(each, MUTATION * len(each) if kind is OperationType.MUTATION else 0)


def _sum(prices: Iterable[Price], fixed: int = 0) -> Price:
    found = list(prices)
    times = tuple(each for price in found for each in price.times)
    # what depends on the member it turns out to be cannot be added up before: it stays a price of its own, once
    apart = tuple((Size(1), Price(dearest=price.dearest)) for price in found if price.dearest)
    return Price(fixed + sum(price.fixed for price in found), (*times, *apart))


def _field(catalog: Catalog, wanted: Wanted) -> Price:
    match wanted.source:
        case Among():
            return Price(AGGREGATE)
        case Computed():
            return Price(COMPUTED)
    shapes = wanted.value
    if not shapes:
        return Price()
    (shape, *others) = shapes.values()
    if not others and is_connection(shape.type):
        return _page(catalog, wanted, shape)
    below = _shapes(catalog, shapes)
    match wanted.source:
        case SameRow():
            return below
        case Many(limit=limit):
            return _times(Size(min(limit, LIST)), below)
    if is_list_type(unwrapped(wanted.field.type)):
        return _times(_size(wanted, ("ids",), LIST), below)
    return _sum([below], 1)


def _times(size: Size, below: Price) -> Price:
    return Price(times=((size, _sum([below], 1)),))


def _shapes(catalog: Catalog, shapes: Mapping[str, Shape]) -> Price:
    each = [_sum(_field(catalog, wanted) for wanted in shape.wanted) for shape in shapes.values()]
    distinct = tuple(dict.fromkeys(each))
    return distinct[0] if len(distinct) == 1 else Price(dearest=distinct)


def _page(catalog: Catalog, wanted: Wanted, shape: Shape) -> Price:
    size = _size(wanted, ("first", "last"), DEFAULT_SIZE)
    found = []
    for each in shape.wanted:
        match each.name:
            case "totalCount":
                found.append(Price(AGGREGATE))
            case "nodes":
                found.append(_times(size, _shapes(catalog, each.value or {})))
            case "edges":
                ((_, edge),) = (each.value or {}).items()
                nodes = [_shapes(catalog, node.value or {}) for node in edge.wanted if node.name == "node"]
                found.append(_times(size, _sum(nodes)))
    return _sum(found)


def _size(wanted: Wanted, names: tuple[str, ...], unsaid: int) -> Size:
    """What a field's arguments of these names say of how many there are."""
    said, variables = unsaid, []
    for argument in wanted.detail.node.arguments or ():
        if argument.name.value in names:
            match argument.value:
                case VariableNode():
                    variables.append(argument.value.name.value)
                case IntValueNode():
                    said = int(argument.value.value)
                case ListValueNode():
                    said = len(argument.value.values or ())
    return Size(said, tuple(variables))
