"""From the rows of a case to its history: what each row changed. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from caseward.replay.mapping import LogMapping, Meaning, Row, filled
from caseward.replay.reading import Line, Unplaced
from domain.cases.states import CaseKind, CaseState, Priority

_TEXT = 64
_TITLE = 500


@dataclass(frozen=True, slots=True)
class Fact:
    """A row that changed something: into which state, and what else is new. ``event_id`` is the same in every run."""

    line: int
    at: datetime
    event_id: str
    state: CaseState
    hold_reason: str | None
    resolution: str | None
    assignee: str | None
    details: Mapping[str, str] | None


@dataclass(frozen=True, slots=True)
class Placed:
    """A case's history; the first fact opens it."""

    key: str
    title: str
    kind: CaseKind
    priority: Priority
    facts: list[Fact]


@dataclass(slots=True)
class Placing:
    """Places the rows of one case after another; ``unplaced`` collects what fits nowhere."""

    mapping: LogMapping
    unplaced: list[Unplaced] = field(default_factory=list)
    _meanings: dict[tuple[str, ...], Meaning | None] = field(default_factory=dict)

    def place(self, key: str, lines: Iterable[Line]) -> Placed | None:
        """The history of one case, its rows in order of time and, within an instant, of the file. None where no row
        opens it. A repeated state is no step of its own, whatever reason a hold then gives."""
        facts: list[Fact] = []
        opening: Row | None = None
        known = _Known()
        for line, event_id in _identified(key, sorted(lines, key=lambda line: line.at)):
            meaning = self._meaning(line)
            if meaning is None or meaning.ignore:
                continue
            opening = opening or line.row
            if (fact := self._fact(line, event_id, meaning, known)) is not None:
                facts.append(fact)
        if opening is None:
            return None
        case = self.mapping.case
        title = filled(case.title, opening)[:_TITLE]
        return Placed(key, title, case.kind, case.priority.values[opening[case.priority.column]], facts)

    def _meaning(self, line: Line) -> Meaning | None:
        """What a row means; None, and a report, where that cannot be told."""
        row, ranking = line.row, self.mapping.case.priority
        if row[ranking.column] not in ranking.values:
            self.unplaced.append(Unplaced(line.number, f"{ranking.column} {row[ranking.column]!r} is no priority"))
            return None
        columns = self.mapping.status_columns
        values = tuple([row[column] for column in columns])
        if values not in self._meanings:
            self._meanings[values] = self.mapping.meaning(row)
        found = self._meanings[values]
        if found is None:
            told = ", ".join(f"{column} {value!r}" for column, value in zip(columns, values, strict=True))
            self.unplaced.append(Unplaced(line.number, f"the mapping does not know {told}"))
        return found

    def _fact(self, line: Line, event_id: str, meaning: Meaning, known: "_Known") -> Fact | None:
        case, row = self.mapping.case, line.row
        state = meaning.state
        assert state is not None  # noqa: S101 - the mapping refuses a meaning without state that is not ignored
        told = {name: filled(text, row) for name, text in case.details.items()}
        people = case.assignee
        assignee = filled(people.email, row) if people is not None and row[people.column].strip() else known.assignee
        moved, detailed, assigned = state is not known.state, told != known.details, assignee != known.assignee
        known.state, known.details, known.assignee = state, told, assignee
        if not (moved or detailed or assigned):
            return None
        return Fact(
            line.number,
            line.at,
            event_id,
            state,
            _short(meaning.hold_reason, row) if moved else None,
            _short(meaning.resolution, row) if moved else None,
            assignee if moved or assigned else None,
            told if detailed else None,
        )


@dataclass(slots=True)
class _Known:
    """What a case is so far."""

    state: CaseState | None = None
    details: Mapping[str, str] | None = None
    assignee: str | None = None


def _short(text: str | None, row: Row) -> str | None:
    return None if text is None else filled(text, row)[:_TEXT]


def _identified(key: str, lines: Iterable[Line]) -> Iterable[tuple[Line, str]]:
    """Each row with a name that no other row of the log has, and that it keeps when rows are added to the file."""
    before: datetime | None = None
    times = 0
    for line in lines:
        times = times + 1 if line.at == before else 1
        before = line.at
        instant = line.at.isoformat().replace("+00:00", "Z")
        yield line, f"{key}/{instant}" if times == 1 else f"{key}/{instant}#{times}"
