"""What a pure fold says stands in tables, and where it stands apart from what is stored. Pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Any

from domain.core.events import Recorded

Row = dict[str, Any]
Rows = Mapping[str, Sequence[Row]]
"""By table, the rows that follow from one subject's events, with every column the log knows."""

Fold = Callable[[Sequence[Recorded]], Rows]
"""All events of one subject, in order, to its rows. Raises UnknownKind where this code is older than the log."""

_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a projection: the columns that identify a row, and the one that holds its subject's id.

    ``sealed``: its rows may be added, and are never changed.
    """

    name: str
    key: tuple[str, ...] = ("id",)
    owner: str = "id"
    sealed: bool = False

    def key_of(self, row: Mapping[str, Any]) -> tuple[str, ...]:
        """What identifies a row, stored or folded."""
        return tuple([str(row[column]) for column in self.key])


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One place where a table is not what the log says. ``column`` None: the row is on one side only."""

    table: str
    key: tuple[str, ...]
    column: str | None
    stored: object
    folded: object

    def __str__(self) -> str:
        where = f"{self.table} {'/'.join(self.key)}"
        if self.column is None:
            return f"{where}: {'missing' if self.stored is None else 'not in the log'}"
        return f"{where}: {self.column} is {self.stored!r}, the log says {self.folded!r}"


def plain(value: object) -> object:
    """A value as the driver reads it back: enums are texts, durations whole microseconds, arrays lists."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple):
        return list(value)
    return value // _MICROSECOND if isinstance(value, timedelta) else value


def differences(table: Table, stored: Sequence[Mapping[str, Any]], folded: Sequence[Row]) -> Iterator[Difference]:
    """Every difference, row by row; columns the log does not know are not compared."""
    here = {table.key_of(row): row for row in stored}
    there = {table.key_of(row): row for row in folded}
    for key, row in there.items():
        found = here.get(key)
        if found is None:
            yield Difference(table=table.name, key=key, column=None, stored=None, folded=row)
            continue
        for column, value in row.items():
            if found[column] != value and plain(found[column]) != plain(value):
                yield Difference(
                    table=table.name, key=key, column=column, stored=plain(found[column]), folded=plain(value)
                )
    for key in here.keys() - there.keys():
        yield Difference(table=table.name, key=key, column=None, stored=here[key], folded=None)
