"""What changed in Jira: the issues of a project by when they were updated, and who changed what on one of them."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Final

from domain.mirror.outcomes import Failure, Ok, Outcome, Rejected, RejectedBy
from domain.mirror.remote import ChangedIssue, ChangePage, Field, FieldChange
from integrations.jira.gateway import JiraGateway
from integrations.jira.reading import Reader, moment, understood

AN_HOUR: Final = timedelta(hours=1)
REPEATED: Final = 10
"""On Data Center one in so many issues of a page is asked for again: any that is updated meanwhile moves others up."""


async def search(
    gateway: JiraGateway, jql: str, *, size: int, token: str | None = None, start: int = 0
) -> Ok[Any] | Failure:
    """One page, ids and times only. Cloud goes on from `token`, Data Center from `start`."""
    params: dict[str, str | int] = {"jql": jql, "fields": "updated", "maxResults": size}
    if gateway.connection.kind == "dc":
        return await gateway.call("GET", "search", params={**params, "startAt": start})
    if token is not None:
        params["nextPageToken"] = token
    return await gateway.call("GET", "search/jql", params=params)


async def changes_on_cloud(
    gateway: JiraGateway, reader: Reader, project: str, since: datetime, *, page: str | None, size: int
) -> Outcome[ChangePage]:
    """Epoch milliseconds mean the same in every time zone. The token holds the place of the last issue of a page."""
    jql = _jql(project, str(int(since.timestamp() * 1000)))
    answer = await search(gateway, jql, token=page, size=size)

    def read(raw: Any) -> ChangePage:
        return ChangePage(tuple(reader.change(item) for item in raw["issues"]), raw.get("nextPageToken"))

    return understood(answer, read)


async def changes_on_own_server(
    gateway: JiraGateway, reader: Reader, project: str, since: datetime, *, zone: tzinfo, page: str | None, size: int
) -> Outcome[ChangePage]:
    """Pages go by when issues were updated, as far as the minute they are asked for by allows; then by number."""
    try:
        since, start = (since, 0) if page is None else _place(page)
    except ValueError:
        return Rejected(RejectedBy.INVALID, messages=("This is no page.",))
    asked = render(since, zone)
    answer = await search(gateway, _jql(project, f'"{asked}"'), start=start, size=size)

    def read(raw: Any) -> ChangePage:
        changes = tuple(reader.change(item) for item in raw["issues"])
        return ChangePage(changes, following(changes, int(raw["total"]), since=since, start=start, zone=zone))

    return understood(answer, read)


def following(
    changes: tuple[ChangedIssue, ...], total: int, *, since: datetime, start: int, zone: tzinfo
) -> str | None:
    """Where the page after these changes begins; None after the last."""
    seen = start + len(changes)
    if not changes or seen >= total:
        return None
    last = changes[-1].updated
    if render(last, zone) > render(since, zone):
        return f"{last.isoformat()}|0"
    return f"{since.isoformat()}|{max(start + 1, seen - len(changes) // REPEATED)}"


def _place(page: str) -> tuple[datetime, int]:
    since, _, start = page.partition("|")
    return datetime.fromisoformat(since), int(start)


def render(since: datetime, zone: tzinfo) -> str:
    """A moment for JQL in the account's zone: whole minutes, rounded down. Where the clocks are set back and a time
    happens twice, the hour before: asking too early repeats, asking too late loses.
    """
    local = since.astimezone(zone)
    while local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset():
        local = (local.astimezone(UTC) - AN_HOUR).astimezone(zone)
    return local.strftime("%Y-%m-%d %H:%M")


def _jql(project: str, moment_: str) -> str:
    return f'project = "{project}" AND updated >= {moment_} ORDER BY updated ASC, key ASC'


async def field_changes(gateway: JiraGateway, reader: Reader, issue_id: str) -> Outcome[tuple[FieldChange, ...]]:
    """The issue's history with our names for its fields, newest first."""
    params = {"fields": "updated", "expand": "changelog"}
    answer = await gateway.call("GET", f"issue/{issue_id}", params=params)

    def read(raw: Any) -> tuple[FieldChange, ...]:
        histories = [each for each in raw["changelog"]["histories"] if isinstance(each.get("author"), dict)]
        changes = [(int(each["id"]), _change(each, reader)) for each in histories]
        return tuple(change for _, change in sorted(changes, key=lambda found: (found[1].at, found[0]), reverse=True))

    return understood(answer, read)


def _change(raw: Mapping[str, Any], reader: Reader) -> FieldChange:
    remote = {str(item.get("fieldId") or item.get("field") or "") for item in raw["items"]}
    fields = {ours for name in remote if (ours := reader.translator.field_of(name)) is not None}
    if "status" in remote:
        fields.add(Field.STATUS)
    return FieldChange(reader.translator.person(raw["author"]), moment(raw["created"]), frozenset(fields))
