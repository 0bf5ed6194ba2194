"""The site's state: issues, their comments and history, and the lagging index that search reads."""

from collections import deque
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field

from integrations.jira.emulator.site import FIRST_STATUS, ISSUE_TYPE, PROJECTS, Step, default_workflow
from integrations.jira.emulator.values import as_words, stamp


class Comment(BaseModel):
    """A comment; `properties` carry the marker of whoever wrote it by program."""

    id: str
    author: str
    body: str
    created: str
    updated: str
    internal: bool = False
    properties: dict[str, Any] = Field(default_factory=dict)


class Change(BaseModel):
    """One entry of an issue's history."""

    id: str
    author: str
    created: str
    items: list[dict[str, Any]]
    cause: dict[str, Any] | None = None


class Issue(BaseModel):
    """`fields` hold stored values; how they look is decided when they are shown."""

    id: str
    key: str
    former_keys: list[str] = Field(default_factory=list)
    fields: dict[str, Any]
    comments: list[Comment] = Field(default_factory=list)
    history: list[Change] = Field(default_factory=list)
    properties: dict[str, Any] = Field(default_factory=dict)
    remote_links: list[dict[str, Any]] = Field(default_factory=list)

    @property
    def project(self) -> str:
        return str(self.fields["project"])


class Kept(BaseModel):
    """What survives a restart."""

    issues: dict[str, Issue] = Field(default_factory=dict)
    next_number: dict[str, int] = Field(default_factory=dict)
    next_id: int = 10_000


@dataclass(frozen=True, slots=True)
class Happening:
    """Something webhooks may tell; `issue` is as it was right after."""

    event: str
    kind: str
    actor: str
    at: datetime
    issue: Issue
    change: Change | None = None
    comment: Comment | None = None


class Store:
    """Single-threaded: every caller runs on the event loop, so a request's change is whole before the next begins."""

    def __init__(self, *, path: Path | None = None, text_limit: int = 32_767) -> None:
        self.path = path
        self.text_limit = text_limit
        self.workflow: list[Step] = default_workflow()
        self.denied: dict[str, set[str]] = {}
        self.index_lag = timedelta(0)
        self.clock_offset = timedelta(0)
        self.stopped_at: datetime | None = None
        self.held: set[str] = set()
        self.listeners: list[Callable[[Happening], None]] = []
        self.changed = False
        self.index: dict[str, Issue] = {}
        self._unindexed: deque[tuple[datetime, str, Issue | None]] = deque()
        self.kept = Kept()
        if path is not None and path.exists():
            self.kept = Kept.model_validate_json(path.read_bytes())
            self.index = deepcopy(self.kept.issues)

    def now(self) -> datetime:
        return self.stopped_at or datetime.now(UTC) + self.clock_offset

    def save(self) -> None:
        """Replaces the file in one step; does nothing when nothing changed or no file was asked for."""
        if self.path is None or not self.changed:
            return
        self.changed = False
        fresh = self.path.with_suffix(".new")
        fresh.write_text(self.kept.model_dump_json(), encoding="utf-8")
        fresh.replace(self.path)

    def clear(self) -> None:
        """An empty board; numbers go on, so that keys are never reused."""
        self.kept.issues.clear()
        self.index.clear()
        self._unindexed.clear()
        self.changed = True

    def find(self, id_or_key: str) -> Issue | None:
        """By id, key, or a key the issue had before it was moved."""
        issue = self.kept.issues.get(id_or_key)
        if issue is not None:
            return issue
        return next((i for i in self.kept.issues.values() if i.key == id_or_key or id_or_key in i.former_keys), None)

    def searchable(self) -> list[Issue]:
        """Issues as the index knows them: behind the truth by `index_lag`, those that are `held` until they are not."""
        horizon = self.now() - self.index_lag
        waiting = list(self._unindexed)
        self._unindexed.clear()
        for at, issue_id, snapshot in waiting:
            if at > horizon or issue_id in self.held:
                self._unindexed.append((at, issue_id, snapshot))
            elif snapshot is None:
                self.index.pop(issue_id, None)
            else:
                self.index[issue_id] = snapshot
        return list(self.index.values())

    def create(
        self, fields: Mapping[str, Any], *, actor: str, project: str, properties: Mapping[str, Any] | None = None
    ) -> Issue:
        now = stamp(self.now())
        issue = Issue(
            id=self._new_id(),
            key=self._new_key(project),
            fields={
                "priority": "3",
                "reporter": actor,
                "labels": [],
                **fields,
                "project": project,
                "issuetype": ISSUE_TYPE["id"],
                "status": FIRST_STATUS,
                "created": now,
                "updated": now,
            },
            properties=dict(properties or {}),
        )
        self.kept.issues[issue.id] = issue
        self._tell("jira:issue_created", "issue_created", actor, issue)
        return issue

    def edit(self, issue: Issue, fields: Mapping[str, Any], *, actor: str, cause: Any = None) -> None:
        """Values equal to the present ones leave no trace: no history, no new `updated`, no webhook."""
        items = [
            {
                "field": field_id,
                "fieldtype": "custom" if field_id.startswith("customfield_") else "jira",
                "fieldId": field_id,
                "from": None if field_id == "labels" else issue.fields.get(field_id),
                "fromString": as_words(field_id, issue.fields.get(field_id)),
                "to": None if field_id == "labels" else value,
                "toString": as_words(field_id, value),
            }
            for field_id, value in fields.items()
            if issue.fields.get(field_id) != value
        ]
        if not items:
            return
        issue.fields.update(fields)
        changed = {item["field"] for item in items}
        kind = (
            "issue_assigned" if changed == {"assignee"} else "issue_generic" if "status" in changed else "issue_updated"
        )
        self._record(issue, items, actor=actor, kind=kind, cause=cause)

    def move(self, issue: Issue, project: str, *, actor: str) -> None:
        """Same id, new key; the old key goes on answering."""
        old_key, old_project = issue.key, issue.project
        issue.former_keys.append(old_key)
        issue.key = self._new_key(project)
        issue.fields["project"] = project
        items: list[dict[str, Any]] = [
            {"field": "Key", "fieldtype": "jira", "from": None, "fromString": old_key, "to": None}
            | {"toString": issue.key},
            {"field": "project", "fieldtype": "jira", "fieldId": "project", "from": PROJECTS[old_project]["id"]}
            | {"fromString": old_project, "to": PROJECTS[project]["id"], "toString": project},
        ]
        self._record(issue, items, actor=actor, kind="issue_moved")

    def clone(self, issue: Issue, *, actor: str) -> Issue:
        """Copies what Jira copies: fields and labels, never properties, comments or history."""
        skipped = {"project", "issuetype", "status", "created", "updated", "resolution"}
        fields = {k: deepcopy(v) for k, v in issue.fields.items() if k not in skipped}
        fields["summary"] = f"CLONE - {fields['summary']}"
        return self.create(fields, actor=actor, project=issue.project)

    def delete(self, issue: Issue, *, actor: str) -> None:
        del self.kept.issues[issue.id]
        self._tell("jira:issue_deleted", "issue_deleted", actor, issue, gone=True)

    def comment(
        self,
        issue: Issue,
        body: str,
        *,
        actor: str,
        internal: bool = False,
        properties: Mapping[str, Any] | None = None,
    ) -> Comment:
        now = stamp(self.now())
        comment = Comment(
            id=self._new_id(),
            author=actor,
            body=body,
            created=now,
            updated=now,
            internal=internal,
            properties=dict(properties or {}),
        )
        issue.comments.append(comment)
        issue.fields["updated"] = now
        self._tell("comment_created", "issue_commented", actor, issue, comment=comment)
        return comment

    def edit_comment(self, issue: Issue, comment: Comment, body: str, *, actor: str) -> None:
        comment.body = body
        comment.updated = issue.fields["updated"] = stamp(self.now())
        self._tell("comment_updated", "issue_comment_edited", actor, issue, comment=comment)

    def delete_comment(self, issue: Issue, comment: Comment, *, actor: str) -> None:
        issue.comments.remove(comment)
        issue.fields["updated"] = stamp(self.now())
        self._tell("comment_deleted", "issue_comment_deleted", actor, issue, comment=comment)

    def touch(self) -> None:
        """Something without an event changed (a property, a remote link)."""
        self.changed = True

    def may(self, account: str, permission: str) -> bool:
        return permission not in self.denied.get(account, set())

    def _record(self, issue: Issue, items: list[dict[str, Any]], *, actor: str, kind: str, cause: Any = None) -> None:
        now = stamp(self.now())
        issue.fields["updated"] = now
        change = Change(id=self._new_id(), author=actor, created=now, items=items, cause=cause)
        issue.history.append(change)
        self._tell("jira:issue_updated", kind, actor, issue, change=change)

    def _tell(
        self,
        event: str,
        kind: str,
        actor: str,
        issue: Issue,
        *,
        change: Change | None = None,
        comment: Comment | None = None,
        gone: bool = False,
    ) -> None:
        self.changed = True
        at = self.now()
        snapshot = issue.model_copy(deep=True)
        self._unindexed.append((at, issue.id, None if gone else snapshot))
        for listener in self.listeners:
            listener(Happening(event, kind, actor, at, snapshot, change, comment))

    def _new_id(self) -> str:
        self.kept.next_id += 1
        return str(self.kept.next_id)

    def _new_key(self, project: str) -> str:
        number = self.kept.next_number.get(project, 0) + 1
        self.kept.next_number[project] = number
        return f"{project}-{number}"
