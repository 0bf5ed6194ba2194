"""The few words of JQL a mirror speaks: comparisons joined by AND, and one ORDER BY."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Final

from integrations.jira.emulator.site import STATUSES
from integrations.jira.emulator.store import Issue


class BadQueryError(Exception):
    """What Jira would answer with 400."""


Place = tuple[str, int]
"""An issue's value of the field a search is ordered by, and its id."""


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed search."""

    conditions: tuple[Callable[[Issue], bool], ...]
    order: str
    descending: bool

    def run(self, issues: list[Issue], *, after: Place | None = None) -> list[Issue]:
        """Matching issues in order, those behind a place only; ties by id, so that pages never overlap."""
        found = [issue for issue in issues if all(condition(issue) for condition in self.conditions)]
        if after is not None:
            found = [i for i in found if (self.place(i) < after if self.descending else self.place(i) > after)]
        return sorted(found, key=self.place, reverse=self.descending)

    def place(self, issue: Issue) -> Place:
        """Where an issue stands in this search's order."""
        return ("" if self.order in {"id", "key"} else str(issue.fields.get(self.order) or "")), int(issue.id)


TERM: Final = re.compile(
    r"""^\s*(?P<field>\w+)\s*(?P<op>>=|<=|!=|=|>|<|\bin\b)\s*(?P<value>"[^"]*"|'[^']*'|\([^)]*\)|[^\s"'()]+)\s*$""",
    re.IGNORECASE,
)
ORDER: Final = re.compile(r"\border\s+by\s+(\w+)(?:\s+(asc|desc))?(?:\s*,\s*key(?:\s+asc)?)?\s*$", re.IGNORECASE)
COMPARE: Final[dict[str, Callable[[datetime, datetime], bool]]] = {
    ">=": datetime.__ge__,
    "<=": datetime.__le__,
    ">": datetime.__gt__,
    "<": datetime.__lt__,
    "=": datetime.__eq__,
}


def parse(jql: str, *, zone: tzinfo = UTC) -> Query:
    """Dates mean the time in `zone`. Raises `BadQueryError` for what it does not understand and for searches without a
    bound."""
    order, descending = "updated", True
    if match := ORDER.search(jql):
        order, descending = match[1].lower(), (match[2] or "asc").lower() == "desc"
        jql = jql[: match.start()]
    if not jql.strip():
        raise BadQueryError(
            "Unbounded JQL queries are not allowed here. Please add a search restriction to your query."
        )
    terms = re.split(r"\s+and\s+", jql.strip(), flags=re.IGNORECASE)
    return Query(tuple(_condition(term, zone) for term in terms), order, descending)


def _values(raw: str) -> list[str]:
    inner = raw[1:-1] if raw.startswith("(") else raw
    return [part.strip().strip("\"'") for part in inner.split(",")] if raw.startswith("(") else [raw.strip("\"'")]


def _condition(term: str, zone: tzinfo) -> Callable[[Issue], bool]:
    match = TERM.match(term)
    if match is None:
        raise BadQueryError("Error in the JQL Query: Expecting operator or value.")
    field, op, values = match["field"].lower(), match["op"].lower(), _values(match["value"])
    if field in {"updated", "created"}:
        return _about_time(field, op, values[0], zone)
    if op not in {"=", "in", "!="}:
        raise BadQueryError(f"The operator '{op}' is not supported by the '{field}' field.")
    wanted = set(values)

    def matches(issue: Issue) -> bool:
        return bool(_words(issue, field) & wanted) is (op != "!=")

    if field not in {"project", "key", "issuekey", "id", "labels", "status", "issuetype", "assignee"}:
        raise BadQueryError(f"Field '{field}' does not exist or you do not have permission to view it.")
    return matches


def _about_time(field: str, op: str, raw: str, zone: tzinfo) -> Callable[[Issue], bool]:
    if op not in COMPARE:
        raise BadQueryError(f"The operator '{op}' is not supported by the '{field}' field.")
    try:
        moment = (
            datetime.fromtimestamp(int(raw) / 1000, UTC)
            if raw.isdigit()
            else datetime.strptime(raw.replace("/", "-"), "%Y-%m-%d %H:%M").replace(tzinfo=zone)
        )
    except ValueError:
        raise BadQueryError(f"Date value '{raw}' for field '{field}' is invalid.") from None
    return lambda issue: COMPARE[op](datetime.fromisoformat(issue.fields[field]), moment)


def _words(issue: Issue, field: str) -> set[str]:
    match field:
        case "project":
            return {issue.project}
        case "key" | "issuekey" | "id":
            return {issue.key, issue.id}
        case "labels":
            return set(issue.fields.get("labels") or [])
        case "status":
            status = STATUSES[issue.fields["status"]]
            return {status.id, status.name}
        case _:
            return {str(issue.fields.get(field))}
