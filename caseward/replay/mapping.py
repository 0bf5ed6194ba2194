"""What the rows of a foreign log mean: which columns say what, and what a status makes of a case."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from fnmatch import fnmatchcase
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Annotated, Any, Self

import yaml
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from caseward.replay.errors import MappingInvalid
from domain.cases.states import CaseKind, CaseState, Priority

Row = Mapping[str, str]

_PLACE = re.compile(r"\{([^{}]*)\}")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _listed(written: Any) -> Any:
    return written if isinstance(written, list | tuple) else (written,)


Patterns = Annotated[tuple[str, ...], BeforeValidator(_listed)]


class Reading(_Part):
    """How the file is written; ``.gz`` is told by its name."""

    delimiter: str = Field(default=",", min_length=1, max_length=1)
    encoding: str = "utf-8-sig"


class Ranking(_Part):
    """Which priority a value of a column is."""

    column: str
    values: dict[str, Priority]


class People(_Part):
    """Who a case belongs to: a person by ``email``, a text with columns in braces, made where there is none."""

    column: str
    email: str


class CaseColumns(_Part):
    """What a case is made of. ``title`` and the ``details`` of a case are texts with columns in braces."""

    key: str
    kind: CaseKind
    title: str
    priority: Ranking
    details: dict[str, str] = Field(default_factory=dict)
    assignee: People | None = None


class Meaning(_Part):
    """What rows like this mean: a state, or nothing. Values of ``when`` are patterns, ``Wait*`` for example."""

    when: dict[str, Patterns] = Field(min_length=1)
    state: CaseState | None = None
    hold_reason: str | None = None
    resolution: str | None = None
    ignore: bool = False

    @model_validator(mode="after")
    def _one_meaning(self) -> Self:
        if (self.state is None) is not self.ignore:
            raise ValueError("give a state, or ignore: true")
        if self.state is CaseState.ON_HOLD and not self.hold_reason:
            raise ValueError("a hold needs a hold_reason, for example '{sub_status}'")
        return self

    def covers(self, row: Row) -> bool:
        """Whether every named column's value fits one of its patterns."""
        return all(
            any(fnmatchcase(row[column], pattern) for pattern in patterns) for column, patterns in self.when.items()
        )


class LogMapping(_Part):
    """The whole mapping. Of ``statuses`` the first that fits a row counts. ``calendars`` and ``policies`` are
    published with it, in effect from ``effective_from``, unless they stand so already."""

    system: str = Field(pattern=r"[a-z0-9][a-z0-9._-]{0,63}")
    file: Reading = Reading()
    case: CaseColumns
    time: str
    statuses: tuple[Meaning, ...] = Field(min_length=1)
    effective_from: AwareDatetime | None = None
    calendars: dict[str, dict[str, Any]] = Field(default_factory=dict)
    policies: dict[str, dict[str, Any]] = Field(default_factory=dict)

    @property
    def columns(self) -> set[str]:
        """Every column the mapping speaks of."""
        case = self.case
        texts = [case.title, *case.details.values()]
        texts += [text for one in self.statuses for text in (one.hold_reason, one.resolution) if text]
        named = {case.key, self.time, case.priority.column}
        if case.assignee is not None:
            named.add(case.assignee.column)
            texts.append(case.assignee.email)
        for meaning in self.statuses:
            named |= meaning.when.keys()
        return named.union(*(_columns(text) for text in texts))

    @cached_property
    def status_columns(self) -> tuple[str, ...]:
        """What a row's meaning depends on."""
        return tuple(sorted({column for meaning in self.statuses for column in meaning.when}))

    def meaning(self, row: Row) -> Meaning | None:
        """What a row means; None where the mapping does not know it."""
        return next((meaning for meaning in self.statuses if meaning.covers(row)), None)


def filled(text: str, row: Row) -> str:
    """The text with each column in braces replaced by its value."""
    literals, columns = _compiled(text)
    return literals[0] + "".join(row[column] + after for column, after in zip(columns, literals[1:], strict=True))


@lru_cache
def _compiled(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    parts = _PLACE.split(text)
    return tuple(parts[::2]), tuple(parts[1::2])


def _columns(text: str) -> tuple[str, ...]:
    return _compiled(text)[1]


def load(path: Path) -> LogMapping:
    """Reads a mapping; refuses with MAPPING_INVALID, naming every place that is wrong."""
    try:
        return LogMapping.model_validate(yaml.safe_load(path.read_text()))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise MappingInvalid(f"{path} cannot be read: {error}") from None
    except ValidationError as error:
        wrong = (f"{'.'.join(map(str, one['loc'])) or 'mapping'}: {one['msg']}" for one in error.errors())
        raise MappingInvalid(f"{path} is wrong: {'; '.join(wrong)}") from None


def instant(text: str) -> datetime:
    """An ISO 8601 instant with its offset; ValueError says what is wrong with another."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"the time {text!r} has no offset")
    return at
