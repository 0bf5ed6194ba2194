"""What an administrator would have set up: people, project, statuses, workflow, screens, fields."""

from dataclasses import dataclass
from typing import Any, Final, Literal

Kind = Literal["cloud", "dc"]

PROJECT: Final = {"id": "10100", "key": "LIVEOPS", "name": "Live operations"}
OTHER_PROJECT: Final = {"id": "10200", "key": "LEGAL", "name": "Legal"}
PROJECTS: Final = {p["key"]: p for p in (PROJECT, OTHER_PROJECT)}
ISSUE_TYPE: Final = {"id": "10001", "name": "Case"}


@dataclass(frozen=True, slots=True)
class Person:
    """An account of the site. `token` is what it signs in with, next to its e-mail."""

    account_id: str
    name: str
    email: str
    token: str
    time_zone: str = "Etc/UTC"
    active: bool = True


PEOPLE: Final = {
    person.account_id: person
    for person in (
        Person("acc-caseward", "Caseward", "caseward@example.test", "emulator-token"),
        Person("acc-ada", "Ada Okafor", "ada@example.test", "ada-token", "Africa/Lagos"),
        Person("acc-alice", "Alice Moreau", "alice@example.test", "alice-token"),
        Person("acc-bo", "Bo Lindqvist", "bo@example.test", "bo-token"),
        Person("acc-chen", "Chen Wei", "chen@example.test", "chen-token", "Asia/Shanghai"),
        Person("acc-dana", "Dana Souza", "dana@example.test", "dana-token", "America/New_York"),
        Person("acc-gone", "Gus Gone", "gus@example.test", "gus-token", active=False),
    )
}
BOT: Final = "acc-caseward"


@dataclass(frozen=True, slots=True)
class Status:
    """A status and the column it is shown in."""

    id: str
    name: str
    category: Literal["new", "indeterminate", "done"]


STATUSES: Final = {
    status.id: status
    for status in (
        Status("10000", "To Do", "new"),
        Status("10001", "In Progress", "indeterminate"),
        Status("10002", "Waiting", "indeterminate"),
        Status("10003", "Escalated", "indeterminate"),
        Status("10004", "Done", "done"),
        Status("10005", "Cancelled", "done"),
    )
}
FIRST_STATUS: Final = "10000"
CATEGORIES: Final = {
    "new": {"id": 2, "key": "new", "name": "To Do", "colorName": "blue-gray"},
    "indeterminate": {"id": 4, "key": "indeterminate", "name": "In Progress", "colorName": "yellow"},
    "done": {"id": 3, "key": "done", "name": "Done", "colorName": "green"},
}


@dataclass(frozen=True, slots=True)
class Step:
    """A transition. `source` None means from anywhere; `screen` maps a field to whether it is required."""

    id: str
    name: str
    source: str | None
    target: str
    screen: dict[str, bool]


def default_workflow() -> list[Step]:
    """To Do ⇄ In Progress ⇄ Waiting or Escalated; Done only from In Progress, with a resolution."""
    done: dict[str, bool] = {
        "resolution": True,
        "customfield_10104": False,
        "customfield_10105": False,
        "customfield_10106": False,
    }
    return [
        Step("11", "Start work", "10000", "10001", {}),
        Step("12", "Back to the queue", "10001", "10000", {}),
        Step("21", "Wait", "10001", "10002", {}),
        Step("22", "Resume", "10002", "10001", {}),
        Step("31", "Escalate", "10001", "10003", {}),
        Step("32", "Take over", "10003", "10001", {}),
        Step("41", "Done", "10001", "10004", done),
        Step("51", "Reopen", "10004", "10000", {}),
        Step("52", "Reopen", "10005", "10000", {}),
        Step("61", "Cancel", None, "10005", {}),
    ]


PRIORITIES: Final = {"1": "Highest", "2": "High", "3": "Medium", "4": "Low", "5": "Lowest"}
RESOLUTIONS: Final = {"10000": "Done", "10001": "Won't do", "10002": "Duplicate"}


@dataclass(frozen=True, slots=True)
class SiteField:
    """A field and how its values look. `kind` names a way of reading and showing in `values.py`."""

    id: str
    name: str
    kind: str
    schema: dict[str, Any]
    options: tuple[str, ...] = ()
    on_screen: bool = True

    @property
    def custom(self) -> bool:
        return self.id.startswith("customfield_")


def _custom(number: int, name: str, kind: str, schema_type: str, plugin: str, *options: str) -> SiteField:
    schema = {"type": schema_type, "custom": f"com.atlassian.jira.plugin.system.customfieldtypes:{plugin}"}
    return SiteField(f"customfield_{number}", name, kind, schema | {"customId": number}, options)


CLOCK_STATES: Final = ("PENDING", "RUNNING", "PAUSED", "MET", "BREACHING", "BREACHED", "CANCELLED", "UNSCHEDULABLE")
FIELDS: Final = {
    field.id: field
    for field in (
        SiteField("summary", "Summary", "line", {"type": "string", "system": "summary"}),
        SiteField("description", "Description", "text", {"type": "string", "system": "description"}),
        SiteField("project", "Project", "project", {"type": "project", "system": "project"}),
        SiteField("issuetype", "Issue Type", "issuetype", {"type": "issuetype", "system": "issuetype"}),
        SiteField("priority", "Priority", "priority", {"type": "priority", "system": "priority"}),
        SiteField("assignee", "Assignee", "person", {"type": "user", "system": "assignee"}),
        SiteField("reporter", "Reporter", "person", {"type": "user", "system": "reporter"}),
        SiteField("labels", "Labels", "labels", {"type": "array", "items": "string", "system": "labels"}),
        SiteField("duedate", "Due date", "date", {"type": "date", "system": "duedate"}),
        SiteField(
            "resolution", "Resolution", "resolution", {"type": "resolution", "system": "resolution"}, on_screen=False
        ),
        SiteField("status", "Status", "status", {"type": "status", "system": "status"}, on_screen=False),
        SiteField("created", "Created", "moment", {"type": "datetime", "system": "created"}, on_screen=False),
        SiteField("updated", "Updated", "moment", {"type": "datetime", "system": "updated"}, on_screen=False),
        _custom(10101, "Caseward due", "moment", "datetime", "datetime"),
        _custom(10102, "Clock state", "option", "option", "select", *CLOCK_STATES),
        _custom(10103, "Caseward rank", "number", "number", "float"),
        _custom(10104, "Policy", "line", "string", "textfield"),
        _custom(10105, "Decision", "option", "option", "select", "NO_ACTION", "WARN", "REMOVE", "SUSPEND"),
        _custom(10106, "Reason", "text", "string", "textarea"),
    )
}
