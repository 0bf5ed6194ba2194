"""Which Jira field, status, priority and person stands for which of ours, and how values cross."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic import Field as Setting

from domain.mirror.remote import Field, FieldValue, FieldValues, RemotePerson
from integrations.jira.wiki import DEFAULT_LIMIT, one_line, render, unrender

MARKER: Final = re.compile(r"^caseward-[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$")
PROJECT_KEY: Final = r"^[A-Z][A-Z0-9_]{1,254}$"


class Codec(StrEnum):
    """How a value looks in Jira: `TEXT` is wiki markup, `OPTION` a select list, `DAY` a date without a time."""

    LINE = "LINE"
    TEXT = "TEXT"
    OPTION = "OPTION"
    NUMBER = "NUMBER"
    MOMENT = "MOMENT"
    DAY = "DAY"
    LABELS = "LABELS"
    PERSON = "PERSON"
    PRIORITY = "PRIORITY"


class FieldRule(BaseModel):
    """One field's counterpart. An `optional` one is left out when Jira refuses its value, so the rest still arrives."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    remote: str
    codec: Codec
    optional: bool = False


class JiraMapping(BaseModel):
    """One version of how cases and issues correspond. Everything of Jira's is named by id, projects by key.

    `statuses`: case state → status. `states`: status → the state meant when a person moves the issue there.
    `workflow`: status → statuses known to be reachable in one transition; what is observed adds to it.
    `screens`: status → values for the fields its transition's screen asks for, in Jira's own form.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    project: str = Setting(pattern=PROJECT_KEY)
    issue_type: str
    allowed_projects: frozenset[str] = frozenset()
    fields: dict[Field, FieldRule]
    priorities: dict[str, str] = Setting(default_factory=dict)
    people: dict[str, str] = Setting(default_factory=dict)
    statuses: dict[str, str]
    states: dict[str, str]
    forbidden_statuses: frozenset[str] = frozenset()
    workflow: dict[str, tuple[str, ...]] = Setting(default_factory=dict)
    screens: dict[str, dict[str, Any]] = Setting(default_factory=dict)
    text_limit: int = Setting(default=DEFAULT_LIMIT, ge=500)

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if Field.SUMMARY not in self.fields:
            raise ValueError("fields must map summary: Jira makes no issue without one")
        if Field.STATUS in self.fields:
            raise ValueError("status is mapped by statuses and states, not by fields")
        if len({rule.remote for rule in self.fields.values()}) != len(self.fields):
            raise ValueError("two fields are mapped to the same field of Jira")
        if unread := set(self.statuses.values()) - set(self.states):
            raise ValueError(f"states must say what these statuses mean: {', '.join(sorted(unread))}")
        if forbidden := set(self.statuses.values()) & self.forbidden_statuses:
            raise ValueError(f"these statuses are both a target and forbidden: {', '.join(sorted(forbidden))}")
        if len(set(self.people.values())) != len(self.people):
            raise ValueError("two people are mapped to the same account")
        return self

    def covers(self, project: str) -> bool:
        """Whether issues of this project may be written."""
        return project == self.project or project in self.allowed_projects

    def states_of(self, status: str) -> frozenset[str]:
        """Every case state that shows as this status."""
        return frozenset(state for state, target in self.statuses.items() if target == status)


Kind = Literal["cloud", "dc"]


@dataclass(frozen=True, slots=True)
class Encoded:
    """Values in Jira's form by Jira's field ids. `skipped` have no mapping, or name nobody Jira knows."""

    values: dict[str, Any]
    skipped: tuple[Field, ...] = ()


@dataclass(frozen=True, slots=True)
class Decoded:
    """`unread` holds, as text, values the mapping gives no meaning to."""

    values: dict[Field, FieldValue] = field(default_factory=dict)
    unread: dict[Field, str] = field(default_factory=dict)


class UnmappedError(Exception):
    """A value without a counterpart."""


@dataclass(frozen=True, slots=True)
class Translator:
    """Both directions under one mapping. `text_limit` may be lower than the mapping's once Jira named its own."""

    mapping: JiraMapping
    kind: Kind
    text_limit: int

    def encode(self, values: FieldValues, *, case_url: str | None = None) -> Encoded:
        encoded: dict[str, Any] = {}
        skipped: list[Field] = []
        for name, value in values.items():
            rule = self.mapping.fields.get(name)
            if rule is None:
                skipped.append(name)
                continue
            try:
                encoded[rule.remote] = self._out(rule.codec, value, case_url)
            except UnmappedError:
                skipped.append(name)
        return Encoded(encoded, tuple(skipped))

    def decode(self, raw: Mapping[str, Any]) -> Decoded:
        decoded = Decoded()
        for name, rule in self.mapping.fields.items():
            if rule.remote not in raw:
                continue
            value = raw[rule.remote]
            try:
                decoded.values[name] = (
                    () if value is None and rule.codec is Codec.LABELS else self._in(rule.codec, value)
                )
            except (UnmappedError, KeyError, TypeError, ValueError, ArithmeticError):
                decoded.unread[name] = str(value)[:300]
        return decoded

    def person(self, raw: Mapping[str, Any]) -> RemotePerson:
        """By exact account only: names and addresses of different people can be equal."""
        account = str(raw["accountId"] if self.kind == "cloud" else raw["name"])
        ours = {theirs: person for person, theirs in self.mapping.people.items()}
        return RemotePerson(account, str(raw.get("displayName") or account), ours.get(account))

    def field_of(self, remote: str) -> Field | None:
        """Ours for a field id of Jira's."""
        return next((name for name, rule in self.mapping.fields.items() if rule.remote == remote), None)

    def _out(self, codec: Codec, value: FieldValue, case_url: str | None) -> Any:
        if codec is Codec.LINE:
            return one_line("" if value is None else str(value))
        if codec is Codec.TEXT:
            return render("" if value is None else str(value), limit=self.text_limit, url=case_url) or None
        if codec is Codec.LABELS:
            return [label.replace(" ", "-") for label in value] if isinstance(value, tuple) else []
        return None if value is None else self._out_set(codec, value)

    def _out_set(self, codec: Codec, value: FieldValue) -> Any:
        match codec:
            case Codec.PRIORITY if str(value) in self.mapping.priorities:
                return {"id": self.mapping.priorities[str(value)]}
            case Codec.PERSON if str(value) in self.mapping.people:
                return {"accountId" if self.kind == "cloud" else "name": self.mapping.people[str(value)]}
            case Codec.OPTION:
                return {"value": str(value)}
            case Codec.NUMBER if isinstance(value, Decimal | str):
                return float(value)
            case Codec.MOMENT if isinstance(value, datetime):
                return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{value.microsecond // 1000:03d}+0000"
            case Codec.DAY if isinstance(value, datetime):
                return value.astimezone(UTC).date().isoformat()
            case Codec.DAY if isinstance(value, date):
                return value.isoformat()
            case _:
                raise UnmappedError

    def _in(self, codec: Codec, value: Any) -> FieldValue:
        if codec is Codec.LABELS:
            return tuple(sorted(str(label) for label in value or () if not MARKER.match(str(label))))
        if codec is Codec.PERSON:
            return None if value is None else self.person(value)
        if codec is Codec.PRIORITY:
            return None if value is None else self._priority(str(value["id"]))
        return None if value is None else READ[codec](value)

    def _priority(self, remote: str) -> str:
        for ours, theirs in self.mapping.priorities.items():
            if theirs == remote:
                return ours
        raise UnmappedError


READ: Final[Mapping[Codec, Callable[[Any], FieldValue]]] = MappingProxyType(
    {
        Codec.LINE: str,
        Codec.TEXT: lambda value: unrender(str(value)),
        Codec.OPTION: lambda value: str(value["value"]),
        Codec.NUMBER: lambda value: Decimal(str(value)),
        Codec.MOMENT: lambda value: datetime.fromisoformat(str(value)).astimezone(UTC),
        Codec.DAY: lambda value: date.fromisoformat(str(value)),
    }
)
