"""Conditions as JSON documents: how clients write them and how saved views keep them."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from enum import Enum
from typing import Any

from domain.core.ids import public_id
from domain.core.predicates.conditions import (
    SET_OPS,
    Ago,
    AllOf,
    Always,
    AnyOf,
    Compare,
    Condition,
    Holds,
    IsNull,
    Keyed,
    Not,
    Op,
    Quantifier,
    Related,
    Viewer,
)
from domain.core.predicates.durations import format_duration
from domain.core.predicates.entities import Entity, Field, Kind, Relation, camel
from domain.core.predicates.errors import PredicateRefused
from domain.core.predicates.values import read_value

Path = tuple[str | int, ...]
MOST_VALUES = 1000
MOST_COMPARISONS = 1000
"""In one filter, each key of a list by itself: every one is a condition, or a look-up, of its statement."""
MOST_SEARCHES = 4
DEEPEST = 12


def parse(entity: Entity, document: Any, *, trusted: bool = False, path: Path = ()) -> Condition:
    """The condition a document says; several keys of one object must all hold, an empty object is always true.

    ``trusted`` documents (our own, never a client's) may also speak of the viewer. Refuses with INVALID_FILTER, or
    INVALID_ID, and the path of the first wrong key or value.
    """
    return _Parser(trusted).entity(entity, document, path)


def dump(condition: Condition) -> dict[str, Any]:
    """A document that `parse` reads back to an equal verdict; viewer parameters need ``trusted`` there."""
    match condition:
        case Always(verdict):
            return {} if verdict else {"or": []}
        case Compare(field, op, operand):
            return {camel(field.name): {op.value: _dump_operand(field, operand)}}
        case IsNull(field, expected):
            return {camel(field.name): {"isNull": expected}}
        case Holds(value, attribute):
            return {"$holds": [attribute, value]}
        case AllOf(of) | AnyOf(of):
            return {"and" if isinstance(condition, AllOf) else "or": [dump(part) for part in of]}
        case Not(of):
            return {"not": dump(of)}
        case Related(relation, Quantifier.THAT, of):
            return {camel(relation.name): dump(of)}
        case Related(relation, quantifier, of):
            return {camel(relation.name): {quantifier.value: dump(of)}}
    raise TypeError(f"no document for {condition!r}")


def _dump_operand(field: Field, operand: Any) -> Any:
    if isinstance(operand, Viewer):
        return {"$viewer": operand.attribute}
    if isinstance(operand, Ago | Keyed):
        return f"{operand.key}-{operand.number}" if isinstance(operand, Keyed) else format_duration(operand.offset)
    if isinstance(operand, tuple):
        return [_dump_operand(field, item) for item in operand]
    if isinstance(operand, Enum):
        return operand.name
    if isinstance(operand, timedelta):
        return format_duration(operand)
    if isinstance(operand, str | bool | int | float) or operand is None:
        return operand
    if field.kind is Kind.ID:
        return public_id(field.prefix, operand) if field.prefix else str(operand)
    return operand.isoformat() if field.kind in {Kind.MOMENT, Kind.DAY} else str(operand)


class _Parser:
    def __init__(self, trusted: bool) -> None:
        self._trusted = trusted
        self._comparisons = 0
        self._searches = 0

    def entity(self, entity: Entity, document: Any, path: Path) -> Condition:
        if len(path) > DEEPEST * 3:
            raise PredicateRefused(path, "This filter is nested too deeply.")
        return _all(self._key(entity, key, value, (*path, key)) for key, value in _object(document, path).items())

    def _key(self, entity: Entity, key: str, value: Any, path: Path) -> Condition:
        if key == "and":
            return AllOf(tuple(self._list(entity, value, path)))
        if key == "or":
            return AnyOf(tuple(self._list(entity, value, path)))
        if key == "not":
            return Not(self.entity(entity, value, path))
        if key == "$holds" and self._trusted:
            attribute, held = value
            return Holds(held, attribute)
        found = entity.by_label.get(key)
        if found is None:
            raise PredicateRefused(path, f"There is no {key} here; there are {', '.join(sorted(entity.by_label))}.")
        return self._field(found, value, path) if isinstance(found, Field) else self._relation(found, value, path)

    def _list(self, entity: Entity, value: Any, path: Path) -> Iterable[Condition]:
        if not isinstance(value, list):
            raise PredicateRefused(path, "A list of filters is needed.")
        return [self.entity(entity, item, (*path, index)) for index, item in enumerate(value)]

    def _relation(self, relation: Relation, value: Any, path: Path) -> Condition:
        target = relation.target()
        if not relation.many:
            return Related(relation, Quantifier.THAT, self.entity(target, value, path))
        return _all(
            Related(relation, self._quantifier(key, (*path, key)), self.entity(target, inner, (*path, key)))
            for key, inner in _object(value, path).items()
        )

    def _quantifier(self, key: str, path: Path) -> Quantifier:
        if key not in {"some", "none", "every"}:
            raise PredicateRefused(path, f"Say some, none or every, not {key}.")
        return Quantifier(key)

    def _field(self, field: Field, value: Any, path: Path) -> Condition:
        return _all(
            self._comparison(field, key, operand, (*path, key)) for key, operand in _object(value, path).items()
        )

    def _comparison(self, field: Field, key: str, operand: Any, path: Path) -> Condition:
        if key == "isNull" and field.kind is not Kind.DOCUMENT:
            if not isinstance(operand, bool):
                raise PredicateRefused(path, "true or false is needed.")
            self._count(1, path)
            return IsNull(field, operand)
        if key not in {op.value for op in field.ops}:
            raise PredicateRefused(path, f"{camel(field.name)} offers {', '.join(_offered(field))}, not {key}.")
        read = self._operand(field, Op(key), operand, path)
        keyed = isinstance(read, tuple) and any(isinstance(value, Keyed) for value in read)
        self._count(len(read) if keyed else 1, path, searched=key == Op.SEARCH)
        if keyed:
            # each key is a look-up of its own
            apart = tuple(Compare(field, Op.EQ if key == Op.IN else Op.NEQ, value) for value in read)
            return AnyOf(apart) if key == Op.IN else AllOf(apart)
        return Compare(field, Op(key), read)

    def _count(self, number: int, path: Path, *, searched: bool = False) -> None:
        self._comparisons += number
        self._searches += searched
        if not self._trusted and self._comparisons > MOST_COMPARISONS:
            said = f"At most {MOST_COMPARISONS} comparisons at once, each key of a list counted. Ask in parts."
            raise PredicateRefused(path, said)
        if not self._trusted and self._searches > MOST_SEARCHES:
            raise PredicateRefused(path, f"At most {MOST_SEARCHES} searches at once. Put more words into one.")

    def _operand(self, field: Field, op: Op, operand: Any, path: Path) -> Any:
        if self._trusted and isinstance(operand, Mapping) and set(operand) == {"$viewer"}:
            return Viewer(operand["$viewer"])
        if op not in SET_OPS:
            return read_value(field, operand, path)
        if not isinstance(operand, list):
            raise PredicateRefused(path, "A list of values is needed.")
        if len(operand) > MOST_VALUES:
            raise PredicateRefused(path, f"At most {MOST_VALUES} values at once.")
        values = tuple(read_value(field, item, (*path, index)) for index, item in enumerate(operand))
        if any(isinstance(value, Ago) for value in values):
            raise PredicateRefused(path, "A relative time cannot be in a list; compare with gte and lt.")
        return values


def _offered(field: Field) -> list[str]:
    return [*field.ops, *(["isNull"] if field.kind is not Kind.DOCUMENT else [])]


def _object(document: Any, path: Path) -> Mapping[str, Any]:
    if not isinstance(document, Mapping):
        raise PredicateRefused(path, "An object is needed.")
    return document


def _all(conditions: Iterable[Condition]) -> Condition:
    parts = tuple(conditions)
    if len(parts) == 1:
        return parts[0]
    return AllOf(parts) if parts else Always(verdict=True)
