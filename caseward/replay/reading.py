"""A foreign log's rows, case by case, with the line each stands on."""

import csv
import gzip
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from caseward.replay.errors import LogUnreadable
from caseward.replay.mapping import LogMapping, Row, instant

KEY_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Unplaced:
    """A row that was left out, and why."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the file, when it happened (UTC) and where it stands."""

    number: int
    at: datetime
    row: Row


@dataclass(slots=True)
class Log:
    """What was read: rows by case in the order of their keys, how many in all, and the last instant among them."""

    cases: dict[str, list[Line]] = field(default_factory=dict)
    rows: int = 0
    as_of: datetime | None = None
    unplaced: list[Unplaced] = field(default_factory=list)


def read(path: Path, mapping: LogMapping, *, limit: int | None = None) -> Log:
    """Reads the rows of the first ``limit`` keys, or all. Refuses a file that is not there or lacks a column."""
    log = Log()
    try:
        with _opened(path, mapping) as file:
            for number, row in _rows(file, mapping, path):
                _take(log, number, row, mapping, limit)
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as error:
        raise LogUnreadable(f"{path} cannot be read: {error}") from None
    return log


def _opened(path: Path, mapping: LogMapping) -> IO[str]:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding=mapping.file.encoding, newline="")
    return path.open(encoding=mapping.file.encoding, newline="")


def _rows(file: IO[str], mapping: LogMapping, path: Path) -> Iterator[tuple[int, list[str] | Row]]:
    """Each row with the line it ends on; one of another length than the header as the bare list it is."""
    reader = csv.reader(file, delimiter=mapping.file.delimiter)
    header = next(reader, [])
    if missing := sorted(mapping.columns - set(header)):
        raise LogUnreadable(f"{path} has no column {', '.join(missing)}. It has: {', '.join(header) or 'none'}.")
    width = len(header)
    for row in reader:
        if row:
            yield reader.line_num, dict(zip(header, row, strict=True)) if len(row) == width else row


def _take(log: Log, number: int, row: list[str] | Row, mapping: LogMapping, limit: int | None) -> None:
    if isinstance(row, list):
        log.rows += 1
        log.unplaced.append(Unplaced(number, f"it has {len(row)} columns, not as many as the header"))
        return
    key = row[mapping.case.key].strip()
    if limit is not None and key not in log.cases and len(log.cases) >= limit:
        return
    log.rows += 1
    if not key or len(key) > KEY_LENGTH:
        log.unplaced.append(Unplaced(number, f"its {mapping.case.key} must be 1 to {KEY_LENGTH} characters"))
        return
    lines = log.cases.setdefault(key, [])
    try:
        at = instant(row[mapping.time]).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        log.unplaced.append(Unplaced(number, f"its {mapping.time} is no instant: {error}"))
        return
    log.as_of = at if log.as_of is None or at > log.as_of else log.as_of
    lines.append(Line(number, at, row))
