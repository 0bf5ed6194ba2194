"""Filter and order inputs, made from predicate entities and declared sorts."""

import dataclasses
from collections.abc import Mapping
from datetime import timedelta
from enum import Enum
from functools import cache
from typing import Any

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument

from domain.core.predicates import Entity, Field, Kind, Op, Relation, camel
from schema.reads.declarations import Declaration
from schema.reads.types import NullsOrder, OrderDirection
from schema.scalars import Long, MomentOrDuration

_SCALARS: Mapping[Kind, Any] = {
    Kind.ID: strawberry.ID,
    Kind.TEXT: str,
    Kind.BOOLEAN: bool,
    Kind.INTEGER: Long,
    Kind.NUMBER: float,
    Kind.DECIMAL: str,
    Kind.MOMENT: MomentOrDuration,
    Kind.DAY: str,
    Kind.DURATION: timedelta,
    Kind.DOCUMENT: str,
}
_SAID = {
    Op.EQ: "Equal to this.",
    Op.NEQ: "Other than this; null is not.",
    Op.IN: "One of these.",
    Op.NIN: "None of these; null is not.",
    Op.LT: "Less than this.",
    Op.LTE: "At most this.",
    Op.GT: "More than this.",
    Op.GTE: "At least this.",
    Op.CONTAINS: "Has this inside, capitals told apart.",
    Op.STARTS_WITH: "Begins with this, capitals told apart.",
    Op.SEARCH: "Holds each of these words, the last also as a beginning; capitals and accents are not told apart."
    " Of Chinese, Japanese, Thai, Lao, Khmer and Burmese any piece of a sentence is found.",
}
_SET = {Op.IN, Op.NIN}


_FILTERS: dict[Entity, type] = {}
_LISTS: dict[Entity, type] = {}


def filter_input(entity: Entity) -> type:
    """`CaseFilter`: the input whose values `predicates.parse` reads."""
    if entity not in _FILTERS:
        name = f"{_pascal(entity.name)}Filter"
        described = f"Which of them; everything said must hold. {entity.description}".strip()
        made = _FILTERS[entity] = _input(name, described, _blank(entity))
        fields = {field.python_name: field for field in made.__strawberry_definition__.fields}  # type: ignore[attr-defined]
        typed: dict[str, Any] = {"and_": list[made], "or_": list[made], "not_": made}  # type: ignore[valid-type]
        # relations may form circles: each input exists before its relations are typed
        typed |= {relation.name: _related(relation) for relation in entity.relations.values()}
        for python_name, of in typed.items():
            fields[python_name].type_annotation = StrawberryAnnotation(of | None)
    return _FILTERS[entity]


def _related(relation: Relation) -> type:
    entity = relation.target()
    of = filter_input(entity)
    if relation.many and entity not in _LISTS:
        said = {"some": "At least one of them is so.", "none": "None of them is so.", "every": "All of them are so."}
        fields = {key: (key, of, words) for key, words in said.items()}
        name = f"{_pascal(entity.name)}ListFilter"
        _LISTS[entity] = _input(name, "How many of the related ones must be so.", fields)
    return _LISTS[entity] if relation.many else of


def _blank(entity: Entity) -> dict[str, tuple[str, Any, str]]:
    fields: dict[str, tuple[str, Any, str]] = {
        "and_": ("and", str, "All of these hold."),
        "or_": ("or", str, "At least one of these holds."),
        "not_": ("not", str, "This does not hold."),
    }
    for field in entity.fields.values():
        fields[field.name] = (camel(field.name), comparators(field), field.description or _meaning(field))
    for relation in entity.relations.values():
        label = camel(relation.name)
        fields[relation.name] = (label, str, relation.description or f"By {label}, as far as you can see them.")
    return fields


def _meaning(field: Field) -> str:
    """What is compared, in words: hold reason; with its type where it is an id."""
    words = field.name.removesuffix("_id").replace("_", " ")
    if field.kind is Kind.ID:
        forms = [f"{field.prefix}_…"] * bool(field.prefix) + [f"{field.key}-123"] * bool(field.key)
        return f"Its {'own' if field.name == 'id' else words} id{': ' if forms else ''}{' or '.join(forms)}."
    if field.kind is Kind.MOMENT:
        return f"When: its {words.removesuffix(' at')} time, or a duration relative to now such as -P2W."
    if field.kind is Kind.BOOLEAN:
        return f"Whether it is {words}."
    absent = "; isNull where there is none" if field.nullable else ""
    return f"Its {words}{absent}."


def comparators(field: Field) -> type:
    """The input of one field: its kind's comparators."""
    return _comparators(field.kind, field.choices, field.ops)


@cache
def _comparators(kind: Kind, choices: type[Enum] | None, ops: tuple[Op, ...]) -> type:
    scalar: Any = choices if choices is not None else _SCALARS[kind]
    searches = "Search" if Op.CONTAINS in ops else ""
    name = f"{_scalar_name(kind, choices)}{searches}Comparator"
    said = _SAID if choices is None else _SAID | _said_of_order(list(choices))
    fields = {f"{op.name.lower()}_": (op.value, list[scalar] if op in _SET else scalar, said[op]) for op in ops}
    if kind is Kind.DOCUMENT:
        return _input("TextSearch", "What its texts say.", fields)
    fields["is_null"] = ("isNull", bool, "Whether there is no value.")
    said_of_null = "Where there is no value only isNull: true holds; null to compare with is refused."
    return _input(name, f"How the value compares; everything said must hold. {said_of_null}", fields)


def _said_of_order(choices: list[Enum]) -> dict[Op, str]:
    first, last = choices[0].name, choices[-1].name
    return {
        Op.LT: f"Before this one; {first} is the first, {last} the last.",
        Op.LTE: f"This one or before it; {first} is the first, {last} the last.",
        Op.GT: f"After this one; {first} is the first, {last} the last.",
        Op.GTE: f"This one or after it; {first} is the first, {last} the last.",
    }


def _scalar_name(kind: Kind, choices: type[Enum] | None) -> str:
    if choices is not None:
        definition = getattr(choices, "__strawberry_definition__", None)
        return str(definition.name) if definition is not None else choices.__name__
    names = {Kind.ID: "ID", Kind.TEXT: "String", Kind.MOMENT: "DateTime", Kind.DAY: "Date", Kind.INTEGER: "Long"}
    return names.get(kind, kind.value.capitalize())


def _input(name: str, description: str, fields: dict[str, tuple[str, Any, str]]) -> type:
    body: dict[str, Any] = {"__annotations__": {python: of | None for python, (_, of, _) in fields.items()}}
    for python, (label, _, said) in fields.items():
        body[python] = strawberry.field(name=label, description=said, default=strawberry.UNSET)
    return strawberry.input(type(name, (), body), name=name, description=description)


@cache
def _order_input(name: str, sorts: tuple[str, ...]) -> type:
    by = Enum(f"{name}OrderField", {sort.upper(): sort for sort in sorts}, module=__name__)  # type: ignore[misc]
    field = strawberry.enum(by, description=f"What a list of {name} can be ordered by.")
    for value in field.__strawberry_definition__.values:  # type: ignore[attr-defined]
        value.description = f"By {camel(value.value)}."
    body = {
        "__annotations__": {"field": field, "direction": OrderDirection, "nulls": NullsOrder | None},
        "field": strawberry.field(description="By what."),
        "direction": strawberry.field(description="Which way.", default=OrderDirection.ASC),
        "nulls": strawberry.field(
            description="Where items without it go; last when ascending, first when descending.",
            default=strawberry.UNSET,
        ),
    }
    return strawberry.input(type(f"{name}Order", (), body), description=f"One key of an order of {name}.")


def page_arguments(declaration: Declaration) -> list[StrawberryArgument]:
    """first after last before, and filter and orderBy where the type declares them."""
    found = [
        _argument("first", "first", int, "At most so many from the start; 25 where neither is said, at most 200."),
        _argument("after", "after", str, "Only what follows this cursor."),
        _argument("last", "last", int, "At most so many from the end, at most 200."),
        _argument("before", "before", str, "Only what comes before this cursor."),
    ]
    if declaration.filters is not None:
        found.append(_argument("filter", "filter", filter_input(declaration.filters), "Only what matches."))
    if declaration.sorts:
        order = _order_input(declaration.name, tuple(declaration.sorts))
        found.append(_argument("order_by", "orderBy", list[order], "The order; ties are broken by id."))  # type: ignore[valid-type]
    return found


def _argument(python: str, name: str, of: Any, description: str) -> StrawberryArgument:
    annotation = StrawberryAnnotation(of | None)
    return StrawberryArgument(python, name, annotation, description=description)


def _pascal(name: str) -> str:
    camelled = camel(name)
    return camelled[:1].upper() + camelled[1:]


def as_sent(given: Any) -> Any:
    """A filter's input as its client wrote it: what the predicates read."""
    if dataclasses.is_dataclass(given) and not isinstance(given, type):
        named = {field.python_name: field for field in given.__strawberry_definition__.fields}  # type: ignore[attr-defined]
        return {
            named[name].graphql_name or camel(name): as_sent(value)
            for name, value in vars(given).items()
            if value is not strawberry.UNSET
        }
    if isinstance(given, list):
        return [as_sent(each) for each in given]
    return given.value if isinstance(given, Enum) else given
