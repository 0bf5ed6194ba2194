"""Computed fields: the answer is read once, each computed value put in its place, the answer written again."""

from collections.abc import Callable, Mapping
from typing import Any

from graphql import GraphQLError, get_nullable_type, is_leaf_type, is_list_type, is_non_null_type

from schema.reads.catalog import Catalog
from schema.reads.declarations import Declaration
from schema.reads.errors import NullInAnswer
from schema.reads.needs import decode_needs
from schema.reads.selection import Shape, Wanted
from schema.reads.sources import Computed
from schema.reads.writer import TAG

Report = Callable[[Exception, tuple[str | int, ...]], None]
Shapes = Mapping[str, Shape]


class _Bubble(Exception):
    """A promised value is missing: the nearest nullable place above becomes null."""


class Patcher:
    """Puts computed values into one answer. ``report`` takes what a function raised, with its path below the entry."""

    def __init__(self, catalog: Catalog, viewer: object, report: Report) -> None:
        self._catalog = catalog
        self._viewer = viewer
        self._report = report

    def patch(self, value: Any, of: Any, shapes: Shapes, path: tuple[str | int, ...] = ()) -> Any:
        """The patched value; None where a promised value inside could not be computed."""
        try:
            return self._value(value, of, shapes, None, path)
        except _Bubble:
            return None

    def _value(
        self, value: Any, of: Any, shapes: Shapes, row_of: Declaration | None, path: tuple[str | int, ...]
    ) -> Any:
        if value is None:
            if is_non_null_type(of):
                raise _Bubble
            return None
        bare = get_nullable_type(of)
        try:
            if is_list_type(bare):
                items = enumerate(value)
                return [self._value(item, bare.of_type, shapes, row_of, (*path, index)) for index, item in items]
            return self._object(value, bare, shapes, row_of, path)
        except _Bubble:
            if is_non_null_type(of):
                raise
            return None

    def _object(self, value: dict[str, Any], of: Any, shapes: Shapes, row_of: Any, path: tuple[str | int, ...]) -> Any:
        tag = value.pop(TAG, None)
        shape = shapes[tag] if tag is not None else next(iter(shapes.values()))
        row_of = self._catalog.declarations.get(shape.type.name) or self._catalog.declarations.get(of.name) or row_of
        if not shape.patched:
            return value
        for wanted in shape.wanted:
            here = (*path, wanted.key)
            if isinstance(wanted.source, Computed):
                value[wanted.key] = self._computed(wanted, wanted.source, value[wanted.key], row_of, here)
            elif wanted.value is not None and any(below.patched for below in wanted.value.values()):
                value[wanted.key] = self._value(value[wanted.key], wanted.field.type, wanted.value, row_of, here)
        return value

    def _computed(
        self, wanted: Wanted, source: Computed, needs: Any, row_of: Declaration, path: tuple[str | int, ...]
    ) -> Any:
        try:
            found = source.compute(decode_needs(source.needs, row_of, needs), self._viewer)
            return project(found, wanted.field.type, wanted)
        except Exception as raised:  # whatever a function raises is the error of its field, as in any resolver
            self._report(raised, path)
            if is_non_null_type(wanted.field.type):
                raise _Bubble from raised
            return None


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
