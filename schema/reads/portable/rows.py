"""What resolvers walk: objects that hold an answer under each response key."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import strawberry

from schema.reads.catalog import Catalog
from schema.reads.portable.wanted import Wanted


@dataclass(frozen=True, slots=True)
class Later:
    """A value computed when its field is resolved: what the function raises is the error of that field."""

    compute: Callable[[Mapping[str, Any], Any], Any]
    row: Mapping[str, Any]
    viewer: Any


class Told:
    """One object of an answer."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}

    def tell(self, key: str) -> Any:
        found = self.values[key]
        return found.compute(found.row, found.viewer) if isinstance(found, Later) else found


def told(catalog: Catalog, type_name: str) -> Told:
    """An empty object of a GraphQL type, which interfaces and unions know it by."""
    classes = {of.name: cls for cls, of in catalog.of_class.items()}
    made = Told()
    cls = classes.get(type_name)
    return made if cls is None else strawberry.cast(cls, made)


def plain(wanted: Iterable[Wanted], **values: Any) -> Told:
    """An object whose values are known by the names of its fields."""
    made = Told()
    made.values = {each.key: values[each.name] for each in wanted}
    return made
