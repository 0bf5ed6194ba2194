"""Mutations nobody wrote, with values somebody might and values nobody should."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import GraphQLArgument, get_named_type, get_nullable_type, is_enum_type, is_input_object_type, is_list_type
from graphql import is_non_null_type as needed

from tests.schema.reads.operations import HOSTILE, Maker, Operation, Word, _recursive

REVEALING = re.compile(r"[a-z]+_[0-9a-f]{32}|(?:CASE|INQ|PAGE)-\d+")
TEXTS = (
    *(text for text in HOSTILE if not REVEALING.search(text)), "Words.", "a\x00b", "x" * 70_000, "\u202egnirts",
    "\ud83d",
    "\udc00\ud800", "\uffff\ufffe", "e\u0301" * 400, "\x07\x1b[31m", "<script>alert(1)</script>", "=cmd|' /C calc'!A0",
    "\r\nBcc: all@example.org", "\ufeff", "\u0000", "../../etc/passwd", "ⅷ", "ﷺ" * 300, "İ" * 255, "🏳️‍🌈" * 60,
)  # fmt: skip
NUMBERS = (
    0, -1, 1, 2**31 - 1, 2**31, -(2**31) - 1, 2**53 + 1, 2**63 - 1, 2**63, -(2**63) - 1, 2**64, 10**30, 10**400, 1.5,
    -0.0, 1e308, 5e-324, float("inf"), float("nan"),
)  # fmt: skip
TIMES = (
    "2026-01-01T00:00:00Z", "2031-01-01T00:00:00Z", "2031-02-30T00:00:00Z", "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59-14:00", "9899-12-31T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:00:60Z", "2026-01-01",
    "1969-12-31T23:59:59Z", "-0001-01-01T00:00:00Z", "2026-11-22T01:00:00+23:59", "٢٠٢٦-01-01T00:00:00Z", "PT0S", "P1D",
    "-P1D", "P999999D", "PT99999999999S", "P1Y", "P", "PT", "PT1e9S", "PT24H", "P-1D", "PT0.0000000001S",
)  # fmt: skip
PLAUSIBLE: dict[str, tuple[Any, ...]] = {
    "reason": ("DUPLICATE", "SPAM", "WAITING", "NEW_SIGNAL"), "reasonCode": ("SCAM", "HATE"),
    "resolution": ("ANSWERED", "DONE"), "channel": ("web", "api"), "policyKeys": (["live.scam"], []),
    "policyKey": ("live-desk",), "scheduleKey": ("live-desk",), "key": ("live", "live-desk", "live.scam"),
    "address": ("mia@example.org",), "from": ("2026-01-01T00:00:00Z",), "startsAt": ("2031-01-01T00:00:00Z",),
    "endsAt": ("2031-02-01T00:00:00Z",), "until": ("2031-02-01T00:00:00Z",), "expectedVersion": (None, None, 1, 2, 3),
    "leaseToken": (None,), "externalRef": ("room-1", "room-2"), "effectsAfter": ("PT0S", "PT5M"),
    "expectedCount": (0, 1, 12), "order": ([], ["due"], ["-opened_at"]), "locale": ("en", "pt-BR"), "seenStep": (0, 1),
    "scopes": (None, [], ["case.read"]), "overlap": ("PT1H",), "region": ("BR", "JP"), "language": ("en", "ja"),
}  # fmt: skip
ABOUT = {
    "assignee": "person", "person": "person", "added": "person", "removed": "person", "actor": "principal",
    "account": "principal", "queue": "queue", "team": "team", "case": "case", "Lease": "case", "Draft": "case",
    "Message": "inquiry", "Inquiry": "inquiry", "Page": "page", "Enforcement": "enforcement", "Bulk": "bulk",
    "MirrorOperation": "mirrorop", "MirrorConnection": "tracker", "MirrorConflict": "conflict", "Token": "token",
    "ContactMethod": "contact", "Override": "override", "View": "view", "Case": "case",
}  # fmt: skip


@dataclass(slots=True)
class Mutator(Maker):
    """Makes one mutation. ``specs`` are the bodies of what is configured, by the input that publishes such; ``nasty``
    is how often a value is none that anybody would send."""

    specs: Mapping[str, list[Any]] = field(default_factory=dict)
    nasty: float = 0.06

    def mutation(self) -> Operation:
        """One mutation, seldom two, with a selection of its payload."""
        root = self.schema.mutation_type
        assert root is not None
        names = self.chance.sample(sorted(root.fields), 2 if self._often(0.05) else 1)
        parts = []
        for name in names:
            found = root.fields[name]
            value = self._input(found.args["input"].type, "")
            alias = self._name("m")
            below = self._selection(get_named_type(found.type), 2)
            more = " ... on Problem { problem: code why: message where: path retryable }"
            said = f"{alias}: {name}(input: {self._written(found.args['input'], value)}) {{ ... {below}{more} }}"
            parts.append(said)
        declared = ", ".join(f"${name}: {of}" for name, (of, _) in self.variables.items())
        text = f"mutation Made{f'({declared})' if declared else ''} {{ {' '.join(parts)} }} {' '.join(self.fragments)}"
        return Operation(text, {name: value for name, (_, value) in self.variables.items()}, self.calls)

    def again(self) -> "Mutator":
        """Another with the same knowledge, for an operation of its own."""
        return Mutator(
            self.schema,
            self.known,
            self.chance,
            prefixes=self.prefixes,
            asked=self.asked,
            specs=self.specs,
            nasty=self.nasty,
        )

    def subscription(self) -> Operation:
        """One subscription, mostly to a list by a filter."""
        root = self.schema.subscription_type
        assert root is not None
        said = self._field(root, self.chance.choice(sorted(root.fields)), 1)
        declared = ", ".join(f"${name}: {of}" for name, (of, _) in self.variables.items())
        text = f"subscription Made{f'({declared})' if declared else ''} {{ {said} }} {' '.join(self.fragments)}"
        return Operation(text, {name: value for name, (_, value) in self.variables.items()}, self.calls)

    def filtered(self, of: str, about: str) -> dict[str, Any]:
        """A filter of that type, of several levels often."""
        return self._object(self.schema.type_map[of], about, 0)

    def identifier(self, about: str) -> str:
        """An id that may be of such a thing."""
        return self._identifier(about)

    def weird(self) -> Any:
        """A value of any type."""
        roll = self.chance.random()
        if roll < 0.45:
            return self.chance.choice(TEXTS)
        if roll < 0.6:
            return self.chance.choice(NUMBERS)
        if roll < 0.75:
            return self.chance.choice(TIMES)
        if roll < 0.8:
            return nested(self.chance.choice((3, 40, 300)), "list" if self._often(0.5) else "object")
        odd: Any = self.chance.choice(
            (None, True, False, [], {}, [[]], [None], {"": ""}, {"\x00": 1}, {"id": {"eq": 1}}, [{}, 1, "x"], Word("X"))
        )
        return odd

    def _input(self, of: Any, about: str) -> Any:
        nullable = get_nullable_type(of)
        named = get_named_type(of)
        if self._often(self.nasty):
            return self.weird()
        if is_list_type(nullable):
            many = self.chance.choice((0, 1, 1, 2, 3)) if self._often(0.98) else 600
            return [self._input(nullable.of_type, about) for _ in range(many)]
        if is_enum_type(nullable):
            return Word(self.chance.choice(sorted(nullable.values)))
        if is_input_object_type(nullable):
            return self._members(nullable)
        if about in PLAUSIBLE:
            return self.chance.choice(PLAUSIBLE[about])
        if named.name == "JSON":
            return self._spec(about)
        return self._leaf(named.name, about)

    def _members(self, of: Any) -> dict[str, Any]:
        if of.name.endswith("Filter") and not self._often(0.02):
            return self._safe_filter(of) if self._often(0.5) else self._object(of, "case", 2)
        names = list(of.fields)
        if getattr(of, "is_one_of", False):
            names = self.chance.sample(names, 1 if self._often(0.95) else 2)
        else:
            names = [n for n in names if needed(of.fields[n].type) or n in PLAUSIBLE or self._often(0.4)]
        return {name: self._input(of.fields[name].type, self._subject(of.name, name)) for name in names}

    def _safe_filter(self, of: Any) -> dict[str, Any]:
        pick = [name for name in of.fields if not _recursive(of.fields[name].type)]
        name = self.chance.choice(sorted(pick))
        return {name: self._value(of.fields[name].type, "case" if name == "id" else "", 3)}

    def _subject(self, of: str, name: str) -> str:
        if name in PLAUSIBLE:
            return name
        if name in {"spec", "filter"}:
            return of
        stem = of if name in {"id", "ids"} else name
        fits = [word for word in ABOUT if word in stem]
        return ABOUT[max(fits, key=len)] if fits else ""

    def _leaf(self, scalar: str, about: str) -> Any:
        if scalar == "ID":
            return self._identifier(about)
        if scalar == "String":
            return self.chance.choice(TEXTS) if self._often(0.2) else f"Words {self.chance.randrange(40)}"
        if scalar in {"DateTime", "Duration"} and self._often(0.5):
            return self.chance.choice(TIMES)
        return self._scalar(scalar, about)

    def _spec(self, about: str) -> Any:
        known = [spec for name, specs in self.specs.items() if name in about for spec in specs]
        return self.bent(self.chance.choice(known)) if known else self.weird()

    def bent(self, value: Any) -> Any:
        """The same with, perhaps, one thing in it that is another."""
        if isinstance(value, dict) and value and self._often(0.9):
            name = self.chance.choice(sorted(value))
            roll = self.chance.random()
            if roll < 0.1:
                return {key: each for key, each in value.items() if key != name}
            if roll < 0.2:
                return value | {"unheard": self.weird()}
            return value | {name: self.bent(value[name])}
        if isinstance(value, list) and value and self._often(0.8):
            at = self.chance.randrange(len(value))
            return [*value[:at], self.bent(value[at]), *value[at + 1 :]]
        return self.weird() if self._often(0.6) else value

    def _written(self, argument: GraphQLArgument, value: Any) -> str:
        if self._often(0.6):
            name = self._name("v")
            self.variables[name] = (str(argument.type), value)
            return f"${name}"
        return literal(value)


def nested(depth: int, kind: str) -> Any:
    """So many lists or objects, one in the other."""
    value: Any = "x"
    for _ in range(depth):
        value = [value] if kind == "list" else {"a": value}
    return value


def literal(value: Any) -> str:
    """A value as GraphQL writes it, or nearly: what no name can be is written all the same."""
    if isinstance(value, Word):
        return str(value)
    if isinstance(value, dict):
        return f"{{{', '.join(f'{name}: {literal(each)}' for name, each in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(literal, value))}]"
    return json.dumps(value)
