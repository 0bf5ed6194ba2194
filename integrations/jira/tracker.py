"""The mirror's `Tracker` port over Jira."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from domain.mirror.outcomes import Failure, NotVisible, Ok, Outcome
from domain.mirror.ports import Tracker
from domain.mirror.remote import (
    Account,
    BulkRead,
    ChangePage,
    Field,
    FieldChange,
    FieldValue,
    FieldValues,
    IssueDraft,
    LinkProof,
    RemoteComment,
    RemoteIssue,
    RemotePerson,
)
from domain.mirror.written import Blocked, BlockedBy, Created, Moved, Updated
from integrations.jira.changes import changes_on_cloud, changes_on_own_server, field_changes, search
from integrations.jira.comments import newer_comments, write_comment
from integrations.jira.fields import MARKER, PROJECT_KEY, Codec, JiraMapping, Translator
from integrations.jira.gateway import JiraGateway
from integrations.jira.reading import LINK_PROPERTY, Reader, proof_value, understood
from integrations.jira.walk import Walk
from integrations.jira.workflow import WorkflowMap
from integrations.jira.writing import Writer

MOST_TWINS: Final = 20
PAGE: Final = 100
CHECKED: Final = frozenset({Codec.PERSON, Codec.PRIORITY, Codec.OPTION})


class JiraTracker(Tracker):
    """One connection under one mapping. Remembers the workflow it sees, and the text limit Jira names."""

    def __init__(self, gateway: JiraGateway, mapping: JiraMapping) -> None:
        self.gateway = gateway
        self.mapping = mapping
        self.workflow = WorkflowMap(seed=mapping.workflow)
        self._kind = gateway.connection.kind
        self._writer = Writer(gateway, Translator(mapping, self._kind, mapping.text_limit))
        self._account: Account | None = None

    @property
    def projects(self) -> tuple[str, ...]:
        return (self.mapping.project, *sorted(self.mapping.allowed_projects - {self.mapping.project}))

    async def check(self) -> Outcome[Account]:
        def read(raw: Any) -> Account:
            account = raw["accountId" if self._kind == "cloud" else "name"]
            return Account(str(account), str(raw["displayName"]), str(raw["timeZone"]), bool(raw.get("active", True)))

        outcome = understood(await self.gateway.call("GET", "myself"), read)
        if isinstance(outcome, Ok):
            self._account = outcome.value
        return outcome

    async def create(self, draft: IssueDraft) -> Outcome[Created]:
        ensure_marker(draft.proof.marker)
        labels = draft.fields.get(Field.LABELS)
        own = labels if isinstance(labels, tuple) else ()
        # The marker is sent whether or not the mapping mirrors labels: without it a lost reply could not be found.
        always = {
            "project": {"key": self.mapping.project},
            "issuetype": {"id": self.mapping.issue_type},
            "labels": [*(label.replace(" ", "-") for label in own), draft.proof.marker],
        }
        values: dict[Field, FieldValue] = {
            name: value for name, value in draft.fields.items() if name is not Field.LABELS
        }
        body = {"properties": [{"key": LINK_PROPERTY, "value": proof_value(draft.proof)}]}
        sent = await self._writer.send("POST", "issue", values, always=always, body=body, case_url=draft.case_url)
        if not isinstance(sent, Ok):
            return sent
        skipped = sent.value.skipped
        return understood(
            Ok(sent.value.answer), lambda raw: Created(str(raw["id"]), str(raw["key"]), skipped), after_write=True
        )

    async def find_by_marker(self, marker: str) -> Outcome[tuple[RemoteIssue, ...]]:
        ensure_marker(marker)
        found = await search(self.gateway, f'labels = "{marker}" ORDER BY created ASC', size=MOST_TWINS)
        if not isinstance(found, Ok):
            return found
        issues: list[RemoteIssue] = []
        for raw in found.value.get("issues") or ():
            # The index may be stale and does not know properties on every Jira: each find is read itself.
            issue = await self.read(str(raw.get("id")))
            if isinstance(issue, Ok) and issue.value.marker == marker:
                issues.append(issue.value)
            elif not isinstance(issue, Ok | NotVisible):
                return issue
        return Ok(tuple(sorted(issues, key=lambda issue: (len(issue.id), issue.id))))

    async def prove(self, issue_id: str, proof: LinkProof) -> Outcome[None]:
        path = f"issue/{issue_id}/properties/{LINK_PROPERTY}"
        return _nothing(await self.gateway.call("PUT", path, body=proof_value(proof)))

    async def link_back(self, issue_id: str, *, case: str, url: str, title: str) -> Outcome[None]:
        body = {
            "globalId": f"caseward:{case}",
            "application": {"type": "caseward", "name": "Caseward"},
            "relationship": "case",
            "object": {"url": url, "title": title},
        }
        return _nothing(await self.gateway.call("POST", f"issue/{issue_id}/remotelink", body=body))

    async def read(self, issue_id: str, *, with_comments: bool = False) -> Outcome[RemoteIssue]:
        params = {"fields": self._reader.wanted, "properties": LINK_PROPERTY}
        issue = understood(await self.gateway.call("GET", f"issue/{issue_id}", params=params), self._reader.issue)
        if not isinstance(issue, Ok) or not with_comments:
            return issue
        comments = await self.comments_since(issue_id, None)
        return Ok(replace(issue.value, comments=comments.value)) if isinstance(comments, Ok) else comments

    async def read_many(self, issue_ids: Sequence[str]) -> Outcome[BulkRead]:
        if not issue_ids:
            return Ok(BulkRead((), ()))
        if self._kind == "dc":
            return await self._read_one_by_one(issue_ids)
        body = {
            "issueIdsOrKeys": list(issue_ids),
            "fields": self._reader.wanted.split(","),
            "properties": [LINK_PROPERTY],
        }
        answer = await self.gateway.call("POST", "issue/bulkfetch", body=body, writes=False)

        def read(raw: Any) -> BulkRead:
            issues = tuple(self._reader.issue(item) for item in raw["issues"])
            found = {issue.id for issue in issues} | {issue.key for issue in issues}
            return BulkRead(issues, tuple(name for name in issue_ids if name not in found))

        return understood(answer, read)

    async def changed_since(
        self, project: str, since: datetime, *, page: str | None = None, size: int = PAGE
    ) -> Outcome[ChangePage]:
        known = await self._know_ourselves()
        if not isinstance(known, Ok):
            return known
        if not re.match(PROJECT_KEY, project):
            raise ValueError("a project is named by its key")
        if self._kind == "cloud":
            return await changes_on_cloud(self.gateway, self._reader, project, since, page=page, size=size)
        zone = ZoneInfo(self._account.time_zone) if self._account else UTC
        return await changes_on_own_server(self.gateway, self._reader, project, since, zone=zone, page=page, size=size)

    async def history(self, issue_id: str) -> Outcome[tuple[FieldChange, ...]]:
        return await field_changes(self.gateway, self._reader, issue_id)

    async def update(
        self, issue_id: str, diff: FieldValues, *, cause: str | None = None, case_url: str | None = None
    ) -> Outcome[Updated]:
        values: dict[Field, FieldValue] = {name: value for name, value in diff.items() if name is not Field.STATUS}
        always: dict[str, Any] = {}
        if Field.LABELS in values and Field.LABELS in self.mapping.fields:
            present = await self.read(issue_id)
            if not isinstance(present, Ok):
                return present
            marker = (present.value.marker,) if present.value.marker else ()
            labels = values.pop(Field.LABELS)
            always["labels"] = [*(labels if isinstance(labels, tuple) else ()), *marker]
        body = {"historyMetadata": _history(cause)} if cause is not None and self._kind == "cloud" else {}
        sent = await self._writer.send("PUT", f"issue/{issue_id}", values, always=always, body=body, case_url=case_url)
        if not isinstance(sent, Ok):
            return sent
        after = await self.read(issue_id)
        if not isinstance(after, Ok):
            return after
        skipped = sent.value.skipped
        unsent = (*skipped, *((Field.STATUS,) if Field.STATUS in diff else ()))
        return Ok(Updated(after.value, unsent, self._ignored(after.value, values, unsent)))

    async def transition(
        self, issue_id: str, target: str, *, fields: FieldValues | None = None
    ) -> Outcome[Moved] | Blocked:
        status = self.mapping.statuses.get(target)
        if status is None:
            return Blocked(BlockedBy.UNMAPPED_STATE)
        walk = Walk(
            self.gateway,
            self.workflow,
            issue_id,
            status,
            forbidden=self.mapping.forbidden_statuses,
            values=self._writer.translator.encode(fields or {}).values,
            defaults=self.mapping.screens,
        )
        return await walk.go()

    async def comment(
        self, issue_id: str, body: str, *, marker: str, case_url: str | None = None
    ) -> Outcome[RemoteComment]:
        return await write_comment(self.gateway, self._reader, issue_id, body, marker=marker, case_url=case_url)

    async def comments_since(self, issue_id: str, after_id: str | None) -> Outcome[tuple[RemoteComment, ...]]:
        known = await self._know_ourselves()
        if not isinstance(known, Ok):
            return known
        return await newer_comments(self.gateway, self._reader, issue_id, after_id=after_id)

    async def close(self) -> None:
        await self.gateway.close()

    @property
    def _reader(self) -> Reader:
        base_url = self.gateway.connection.base_url
        return Reader(self._writer.translator, base_url, self._account.id if self._account else None)

    async def _know_ourselves(self) -> Outcome[None]:
        """Data Center shows our markers only in text, and understands dates only in our own time zone."""
        if self._kind == "cloud" or self._account is not None:
            return Ok(None)
        return _nothing(await self.check())

    async def _read_one_by_one(self, issue_ids: Sequence[str]) -> Outcome[BulkRead]:
        """Data Center has no reading of many issues that also shows properties."""
        issues: list[RemoteIssue] = []
        missing: list[str] = []
        for issue_id in issue_ids:
            issue = await self.read(issue_id)
            if isinstance(issue, Ok):
                issues.append(issue.value)
            elif isinstance(issue, NotVisible):
                missing.append(issue_id)
            else:
                return issue
        return Ok(BulkRead(tuple(issues), tuple(missing)))

    def _ignored(self, issue: RemoteIssue, sent: FieldValues, skipped: tuple[Field, ...]) -> tuple[Field, ...]:
        """Fields Jira accepted and did not set; only kinds whose values come back exactly as sent."""
        ignored = []
        for name, value in sent.items():
            rule = self.mapping.fields.get(name)
            if rule is None or name in skipped or rule.codec not in CHECKED:
                continue
            now = issue.fields.get(name)
            if (now.person if isinstance(now, RemotePerson) else now) != value:
                ignored.append(name)
        return tuple(ignored)


def _nothing(outcome: Ok[Any] | Failure) -> Outcome[None]:
    return Ok(None) if isinstance(outcome, Ok) else outcome


def _history(cause: str) -> dict[str, Any]:
    """Puts the cause of a change into Jira's own history of the issue."""
    return {"type": "caseward", "generator": {"id": cause, "type": "caseward-operation"}}


def ensure_marker(marker: str) -> None:
    """Raises `ValueError` for anything that is not `caseward-<uuid>`: it goes into a query."""
    if not MARKER.match(marker):
        raise ValueError("a marker is caseward- and a UUID")
