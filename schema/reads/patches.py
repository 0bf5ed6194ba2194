"""Answers that need more than the statement could say: computed values are put in their places, and where a promised
value is missing the nearest nullable place above becomes null. The answer is read once, and written again.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from graphql import GraphQLError, get_nullable_type, is_leaf_type, is_list_type, is_non_null_type

from schema.reads.catalog import Catalog
from schema.reads.declarations import Declaration
from schema.reads.errors import NullInAnswer
from schema.reads.needs import decode_needs
from schema.reads.promises import is_missing
from schema.reads.selection import Shape, Wanted
from schema.reads.sources import Computed
from schema.reads.writer import TAG

Place = tuple[str | int, ...]
"""Response keys and list positions below the entry field."""
Report = Callable[[Exception, Place, Place], None]
Shapes = Mapping[str, Shape]


class Missing(Exception):
    """A promised value is missing at ``at``: the nearest nullable place above becomes null."""

    def __init__(self, cause: Exception, at: Place) -> None:
        super().__init__(str(cause))
        self.cause = cause
        self.at = at


class Patcher:
    """Patches one answer. ``report`` takes what went wrong, where it did, and which place is null for it.

    ``marked``: the statement marked promised values as missing, so every place is looked at.
    """

    def __init__(self, catalog: Catalog, viewer: object, report: Report, *, marked: bool) -> None:
        self._catalog = catalog
        self._viewer = viewer
        self._report = report
        self._marked = marked

    def patch(self, value: Any, of: Any, shapes: Shapes) -> Any:
        """The patched value; Missing where the entry itself promises one and cannot have it."""
        return self._value(value, of, list(shapes.values()), None, ())

    def _value(self, value: Any, of: Any, shapes: Sequence[Shape], row_of: Declaration | None, at: Place) -> Any:
        try:
            if value is None or is_missing(value, of):
                return self._absent(of, at)
            bare = get_nullable_type(of)
            if is_list_type(bare):
                items = enumerate(value)
                return [self._value(item, bare.of_type, shapes, row_of, (*at, index)) for index, item in items]
            return self._object(value, bare, shapes, row_of, at)
        except Missing as missing:
            if is_non_null_type(of):
                raise
            self._report(missing.cause, missing.at, at)
            return None

    def _absent(self, of: Any, at: Place) -> None:
        if is_non_null_type(of):
            raise Missing(NullInAnswer(f"{at[-1] if at else 'This'} has no value, though its type promises one."), at)

    def _object(self, value: dict[str, Any], of: Any, shapes: Sequence[Shape], row_of: Any, at: Place) -> Any:
        tag = value.pop(TAG, None)
        if tag is not None:
            shapes = [shape for shape in shapes if shape.type.name == tag]
        if not (self._marked or any(shape.patched for shape in shapes)):
            return value
        declarations = self._catalog.declarations
        row_of = declarations.get(shapes[0].type.name) or declarations.get(of.name) or row_of
        for wanted, below in _selected(shapes, value):
            here = (*at, wanted.key)
            found = value[wanted.key]
            if isinstance(wanted.source, Computed):
                value[wanted.key] = self._computed(wanted, wanted.source, found, row_of, here)
            elif self._marked and is_missing(found, wanted.field.type):
                self._absent(wanted.field.type, here)
            elif below and (self._marked or any(shape.patched for shape in below)):
                value[wanted.key] = self._value(found, wanted.field.type, below, row_of, here)
        return value

    def _computed(self, wanted: Wanted, source: Computed, needs: Any, row_of: Declaration, at: Place) -> Any:
        try:
            found = source.compute(decode_needs(source.needs, row_of, needs), self._viewer)
            return project(found, wanted.field.type, wanted)
        except Exception as raised:  # whatever a function raises is the error of its field, as in any resolver
            if is_non_null_type(wanted.field.type):
                raise Missing(raised, at) from raised
            self._report(raised, at, at)
            return None


def _selected(shapes: Sequence[Shape], value: Mapping[str, Any]) -> Iterable[tuple[Wanted, Sequence[Shape]]]:
    """What is wanted of an object, with the shapes of what is below. Where nothing told which of several types it is,
    any that wants a key will do: GraphQL lets members share one only where they promise the same of it."""
    if len(shapes) == 1:
        return [(wanted, list((wanted.value or {}).values())) for wanted in shapes[0].wanted]
    found: dict[str, tuple[Wanted, list[Shape]]] = {}
    for shape in shapes:
        for wanted in shape.wanted:
            if wanted.key in value:
                found.setdefault(wanted.key, (wanted, []))[1].extend((wanted.value or {}).values())
    return list(found.values())


def project(value: Any, of: Any, wanted: Wanted) -> Any:
    """What was selected of a Python value: attributes or keys, scalars written as the schema writes them."""
    if value is None:
        if is_non_null_type(of):
            raise NullInAnswer(f"{wanted.name} was computed as null, which its type does not allow.")
        return None
    bare = get_nullable_type(of)
    if is_list_type(bare):
        return [project(item, bare.of_type, wanted) for item in value]
    if is_leaf_type(bare):
        return bare.coerce_output_value(value)
    return _project_object(value, wanted)


def _project_object(value: Any, wanted: Wanted) -> dict[str, Any]:
    shapes = wanted.value or {}
    definition = getattr(value, "__strawberry_definition__", None)
    shape = shapes.get(definition.name) if definition is not None else None
    if shape is None and len(shapes) == 1:
        (shape,) = shapes.values()
    if shape is None:
        raise GraphQLError(f"{wanted.name}: a value of an unknown type was computed")
    found: dict[str, Any] = {}
    for each in shape.wanted:
        if each.name == "__typename":
            found[each.key] = shape.type.name
        else:
            inner = value[each.python_name] if isinstance(value, Mapping) else getattr(value, each.python_name)
            found[each.key] = project(inner, each.field.type, each)
    return found
