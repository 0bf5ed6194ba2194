"""Operations nobody wrote: valid queries over the whole contract, in every way GraphQL has of saying one thing."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

import orjson
from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
    is_abstract_type,
    is_enum_type,
    is_input_object_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)

DEEPEST = 6
FIELDS = 26
PAGED = frozenset({"first", "last", "after", "before"})
HOSTILE = (
    "", " ", "'", "\"", "\\", "'; DROP TABLE \"case\"; --", "' OR '1'='1", "$1", "$1::text", "{row}", "{viewer.id}",
    "%", "_", "\n", "\u2028", "é", "直播间", "\U0001f600", "CASE-1", "case_" + "0" * 32, "-P2W", "null", "{}", "[]",
    "CASE-99999999999999999999", "case_" + "z" * 32, "x" * 300, "E'\\x00'", "/*", "1e400",
)  # fmt: skip
MOMENTS = (
    "2026-01-01T00:00:00Z", "1900-01-01T00:00:00+00:00", "9899-12-31T23:59:59.999999Z", "2026-11-22T01:00:00+05:30",
    "0001-01-01T00:00:00Z", "2026-01-01T00:00:00", "9999-12-31T23:59:59Z",
)  # fmt: skip
LASTING = ("PT0S", "-P2W", "P1D", "-PT1H30M", "PT0.000001S", "P36500D", "-P36500D", "P99999D", "-PT5M")


class Word(str):
    """An enum's value: written without quotes."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Operation:
    """``calls``: by response key, which list was asked for and with what."""

    text: str
    variables: Mapping[str, Any]
    calls: Mapping[str, tuple[str, Mapping[str, Any]]]


@dataclass(slots=True)
class Known:
    """What earlier answers have told: ids and keys by type, cursors with the list they belong to, texts."""

    ids: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    cursors: dict[str, list[tuple[Mapping[str, Any], str]]] = field(default_factory=dict)

    def learn(self, operation: Operation, data: Any) -> None:
        """Remembers what an answer holds of use for the next operations."""
        if isinstance(data, list):
            for each in data:
                self.learn(operation, each)
        elif isinstance(data, dict):
            for key, value in data.items():
                if key in operation.calls and isinstance(value, dict):
                    self._learn_cursors(operation.calls[key], value)
                self.learn(operation, value)
        elif isinstance(data, str) and data and len(self.texts) < 4000:
            self.texts.append(data)

    def _learn_cursors(self, call: tuple[str, Mapping[str, Any]], found: Mapping[str, Any]) -> None:
        coordinate, given = call
        said = {name: value for name, value in given.items() if name not in PAGED}
        edges = [edge["cursor"] for edge in found.get("edges") or () if "cursor" in edge]
        around = [cursor for key, cursor in (found.get("pageInfo") or {}).items() if key.endswith("Cursor")]
        for cursor in (*edges, *around):
            if cursor is not None:
                self.cursors.setdefault(coordinate, []).append((said, cursor))


@dataclass(slots=True)
class Maker:
    """Makes one operation."""

    schema: GraphQLSchema
    known: Known
    chance: Random
    variables: dict[str, tuple[str, Any]] = field(default_factory=dict)
    fragments: list[str] = field(default_factory=list)
    calls: dict[str, tuple[str, Mapping[str, Any]]] = field(default_factory=dict)
    prefixes: Mapping[str, str] = field(default_factory=dict)
    """Of the ids of types that have some."""
    asked: set[str] = field(default_factory=set)
    left: int = FIELDS
    numbered: int = 0

    def operation(self) -> Operation:
        root = self.schema.query_type
        assert root is not None
        names = self.chance.sample(sorted(root.fields), self.chance.choice((1, 1, 1, 2, 3)))
        selected = " ".join(self._field(root, name, 0) for name in names)
        declared = ", ".join(f"${name}: {of}" for name, (of, _) in self.variables.items())
        text = f"query Made{f'({declared})' if declared else ''} {{ {selected} }} {' '.join(self.fragments)}"
        return Operation(text, {name: value for name, (_, value) in self.variables.items()}, self.calls)

    def _name(self, start: str) -> str:
        self.numbered += 1
        return f"{start}{self.numbered}"

    def _often(self, share: float) -> bool:
        return self.chance.random() < share

    # selections

    def _selection(self, of: Any, depth: int) -> str:
        if is_abstract_type(of):
            return self._abstract(of, depth)
        names = sorted(of.fields)
        if depth >= DEEPEST or self.left <= 0:
            names = [name for name in names if is_leaf_type(get_named_type(of.fields[name].type))] or names[:1]
        chosen = self.chance.sample(names, min(len(names), self.chance.choice((1, 2, 3, 4, 6))))
        if {"nodes", "edges"} <= set(names) and self._often(0.8):
            chosen = list(dict.fromkeys([*chosen, self.chance.choice(["nodes", "edges"]), "pageInfo"]))
        parts = [self._dressed(of, self._field(of, name, depth), depth) for name in chosen]
        if self._often(0.2):
            parts.append(self._dressed(of, "__typename", depth))
        if self._often(0.1):
            parts.append(parts[0])
        if "endCursor" in names:
            parts += ["startCursor", "endCursor"]
        return f"{{ {' '.join(parts)} }}"

    def _abstract(self, of: Any, depth: int) -> str:
        members = sorted(self.schema.get_possible_types(of), key=lambda each: each.name)
        chosen = self.chance.sample(members, min(len(members), self.chance.choice((1, 2, 3))))
        parts = ["__typename"]
        own = getattr(of, "fields", {})
        shared = self.chance.sample(sorted(own), min(len(own), self.chance.choice((0, 1, 2))))
        parts += [self._field(of, name, depth) for name in shared]
        parts += [f"... on {member.name} {self._apart(member, depth)}" for member in chosen]
        others = [each for each in (*self._interfaces(members),) if each is not of]
        if others and self._often(0.3):
            other = self.chance.choice(others)
            parts.append(f"... on {other.name} {{ {' '.join(self._field(other, n, DEEPEST) for n in ['id'])} }}")
        return f"{{ {' '.join(parts)} }}"

    def _interfaces(self, members: list[GraphQLObjectType]) -> list[Any]:
        return sorted({each for member in members for each in member.interfaces if "id" in each.fields}, key=str)

    def _apart(self, of: GraphQLObjectType, depth: int) -> str:
        """Members may give one name to fields of unlike types: each gets a name of its own."""
        names = self.chance.sample(sorted(of.fields), min(len(of.fields), self.chance.choice((1, 2, 3))))
        parts = [self._field(of, name, depth, alias=self._name("m")) for name in names]
        return f"{{ {' '.join(self._dressed(of, part, depth) for part in parts)} }}"

    def _dressed(self, of: Any, selected: str, depth: int) -> str:
        """The same, said in another of the ways there are."""
        roll = self.chance.random()
        if roll < 0.72:
            return selected
        if roll < 0.80:
            return f"... {{ {selected} }}"
        if roll < 0.86:
            return f"... on {of.name} {self._directive(keep=0.7)} {{ {selected} }}"
        if roll < 0.93 and depth:
            name = self._name("F")
            self.fragments.append(f"fragment {name} on {of.name} {{ {selected} }}")
            return f"...{name} {self._directive(keep=0.8)}" + (f" ...{name}" if self._often(0.2) else "")
        return f"... {self._directive(keep=0.6)} {{ {selected} }} __typename"

    def _directive(self, *, keep: float) -> str:
        """Of a fragment."""
        later = self._later("defer") if self._often(0.2) else ""
        if self._often(0.3):
            return later
        name, value = ("include", self._often(keep)) if self._often(0.5) else ("skip", not self._often(keep))
        if self._often(0.5):
            variable = self._name("d")
            self.variables[variable] = ("Boolean!", value)
            return f"@{name}(if: ${variable}) {later}"
        return f"@{name}(if: {'true' if value else 'false'}) {later}"

    def _later(self, name: str) -> str:
        """What may come in parts, and comes whole."""
        if self._often(0.5):
            return f"@{name}"
        if self._often(0.5):
            return f'@{name}(if: {"true" if self._often(0.5) else "false"}, label: "{self._name("l")}")'
        variable = self._name("d")
        self.variables[variable] = ("Boolean!", self._often(0.5))
        return f"@{name}(if: ${variable})"

    def _field(self, of: Any, name: str, depth: int, alias: str = "") -> str:
        self.left -= 1
        self.asked.add(f"{of.name}.{name}")
        found: GraphQLField = of.fields[name]
        given = self._arguments(f"{of.name}.{name}", found)
        if (found.args or self._often(0.15)) and not alias:
            alias = self._name("a")
        if found.args and any(each in found.args for each in PAGED):
            self.calls[alias] = (f"{of.name}.{name}", {key: value for key, (_, value) in given.items()})
        said = ", ".join(f"{key}: {text}" for key, (text, _) in given.items())
        named = get_named_type(found.type)
        below = "" if is_leaf_type(named) else f" {self._selection(named, depth + 1)}"
        later = self._later("stream") if is_list_type(get_nullable_type(found.type)) and self._often(0.1) else ""
        return f"{f'{alias}: ' if alias else ''}{name}{f'({said})' if said else ''} {later}{below}"

    # arguments

    def _arguments(self, coordinate: str, found: GraphQLField) -> dict[str, tuple[str, Any]]:
        given: dict[str, Any] = {}
        for name, argument in found.args.items():
            if is_non_null_type(argument.type) or (name not in PAGED and self._often(0.45)):
                hint = self.prefixes.get(get_named_type(found.type).name, "")
                given[name] = self._value(argument.type, hint, 0)
        if "first" in found.args:
            given |= self._page(coordinate, given)
        return {name: (self._written(found.args[name], value), value) for name, value in given.items()}

    def _page(self, coordinate: str, given: dict[str, Any]) -> dict[str, Any]:
        size = self.chance.choice((0, 1, 2, 2, 3, 5, 25))
        known = self.known.cursors.get(coordinate)
        roll = self.chance.random()
        if known and roll < 0.45:
            said, cursor = self.chance.choice(known)
            given.clear()
            given.update(said)
            return {"first": size, "after": cursor} if self._often(0.5) else {"last": size, "before": cursor}
        if roll < 0.47:
            return {"after": self.chance.choice(HOSTILE)}
        if roll < 0.48:
            return {"first": self.chance.choice((-1, 201, 2)), "last": 3 if self._often(0.3) else None}
        return {"first": size} if roll < 0.8 else {"last": size} if roll < 0.95 else {}

    def _value(self, of: Any, hint: str, depth: int) -> Any:
        nullable = get_nullable_type(of)
        if is_list_type(nullable):
            return [self._value(nullable.of_type, hint, depth) for _ in range(self.chance.choice((0, 1, 1, 1, 2, 3)))]
        if is_enum_type(nullable):
            return Word(self.chance.choice(sorted(nullable.values)))
        if is_input_object_type(nullable):
            return self._object(nullable, hint, depth)
        return self._scalar(nullable.name, hint)

    def _object(self, of: Any, hint: str, depth: int) -> dict[str, Any]:
        found = {}
        plain = [name for name, each in of.fields.items() if not is_input_object_type(get_named_type(each.type))]
        deep = [name for name in of.fields if name not in plain]
        comparator = not deep
        for name in self.chance.sample(plain, min(len(plain), 1 + self._often(0.1))) if comparator else ():
            found[name] = self._value(of.fields[name].type, hint, depth + 1)
        if not comparator:
            shallow = [name for name in deep if not _recursive(of.fields[name].type)]
            pick = shallow if depth > 2 or self._often(0.6) else deep
            for name in self.chance.sample(sorted(pick or deep), min(len(pick or deep), self.chance.choice((1, 1, 2)))):
                found[name] = (
                    self._value(of.fields[name].type, _hinted(of.fields[name]), depth + 1) if depth < 5 else {}
                )
        found |= {
            name: self._value(each.type, hint, depth) for name, each in of.fields.items() if is_non_null_type(each.type)
        }
        return {name: value for name, value in found.items() if value != {} or not comparator}

    def _scalar(self, scalar: str, hint: str) -> Any:
        kinds: dict[str, Callable[[], Any]] = {
            "Int": lambda: self.chance.choice((0, 1, 2, 5, -1, 2**31 - 1)),
            "Long": lambda: self.chance.choice((0, 1, 2, 100, -1, 2**63 - 1, -(2**63))),
            "Float": lambda: self.chance.choice((0.0, 0.1, 0.5, 1.0, -1.5, 1e300)),
            "Boolean": lambda: self._often(0.5),
            "ID": lambda: self._identifier(hint),
            "DateTime": lambda: self.chance.choice(MOMENTS[:4]),
            "Duration": lambda: self.chance.choice(LASTING[:5]),
            "DateTimeOrDuration": lambda: self.chance.choice(
                (*MOMENTS[:4], *LASTING[:7]) if self._often(0.9) else HOSTILE + MOMENTS
            ),
        }
        if scalar in kinds:
            return kinds[scalar]()
        return self.chance.choice(HOSTILE) if self._often(0.25) else self._told(1)[0]

    def _identifier(self, hint: str) -> str:
        roll = self.chance.random()
        if roll < 0.05:
            return self.chance.choice(HOSTILE)
        if roll < 0.2 and hint in {"case", "inquiry", "page"}:
            return f"{'INQ' if hint == 'inquiry' else hint.upper()}-{self.chance.randrange(1, 50)}"
        fitting = [each for each in self.known.ids if each.startswith(f"{hint}_")]
        return self.chance.choice(fitting if fitting and roll < 0.93 else self.known.ids)

    def _told(self, number: int) -> list[str]:
        return self.chance.sample(self.known.texts, number) if len(self.known.texts) > number else ["x"] * number

    def _written(self, argument: GraphQLArgument, value: Any) -> str:
        if self._often(0.3):
            name = self._name("v")
            self.variables[name] = (str(argument.type), value)
            return f"${name}"
        return literal(value)


def literal(value: Any) -> str:
    """A value as GraphQL writes it."""
    if isinstance(value, Word):
        return str(value)
    if isinstance(value, dict):
        return f"{{{', '.join(f'{name}: {literal(each)}' for name, each in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(literal, value))}]"
    return orjson.dumps(value).decode()


def _hinted(found: Any) -> str:
    """The prefix of the ids a filter's field is about, as its description names it."""
    said = re.search(r"(\w+)_…", found.description or "")
    return said[1] if said else ""


def _recursive(of: Any) -> bool:
    """Whether a filter's field holds a filter again, rather than comparators."""
    named: Any = get_named_type(of)
    return any(is_input_object_type(get_named_type(each.type)) for each in named.fields.values())
