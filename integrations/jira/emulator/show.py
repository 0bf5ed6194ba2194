"""Issues, comments and history the way Jira's API shows them."""

from collections.abc import Collection
from typing import Any

from integrations.jira.emulator.site import FIELDS, PEOPLE, PRIORITIES, RESOLUTIONS, Kind, Step
from integrations.jira.emulator.store import Change, Comment, Issue, Store
from integrations.jira.emulator.values import show_person, show_status, show_value


class Shower:
    """Knows where the site lives and which kind of Jira it is; both show in every answer."""

    def __init__(self, *, base: str, kind: Kind) -> None:
        self.base = base.rstrip("/")
        self.kind = kind

    def person(self, account: str) -> dict[str, Any]:
        return show_person(PEOPLE[account], base=self.base, kind=self.kind)

    def status(self, status_id: str) -> dict[str, Any]:
        return show_status(status_id, base=self.base)

    def issue(
        self,
        issue: Issue,
        *,
        fields: Collection[str] = ("*all",),
        expand: Collection[str] = (),
        properties: Collection[str] = (),
    ) -> dict[str, Any]:
        """`fields` as Jira takes them: names, `*all`, `*navigable`, and `-name` to leave one out."""
        shown: dict[str, Any] = {
            "id": issue.id,
            "key": issue.key,
            "self": f"{self.base}/rest/api/2/issue/{issue.id}",
            "expand": "renderedFields,names,schema,operations,editmeta,changelog",
        }
        if set(fields) != {"id"} or self.kind == "dc":
            shown["fields"] = self._fields(issue, fields)
        if "changelog" in expand:
            shown["changelog"] = self.history(issue)
        if properties:
            everything = "*all" in properties
            shown["properties"] = {k: v for k, v in issue.properties.items() if everything or k in properties}
        return shown

    def _fields(self, issue: Issue, wanted: Collection[str]) -> dict[str, Any]:
        everything = "*all" in wanted or "*navigable" in wanted
        left_out = {name[1:] for name in wanted if name.startswith("-")}
        shown = {
            field_id: show_value(field_id, issue.fields.get(field_id), base=self.base, kind=self.kind)
            for field_id in FIELDS
            if (everything or field_id in wanted) and field_id not in left_out
        }
        if ("*all" in wanted or "comment" in wanted) and "comment" not in left_out:
            comments = [self.comment(issue, comment) for comment in issue.comments]
            total = len(comments)
            shown["comment"] = {"comments": comments, "startAt": 0, "maxResults": total, "total": total}
        return shown

    def comment(self, issue: Issue, comment: Comment, *, with_properties: bool = False) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "self": f"{self.base}/rest/api/2/issue/{issue.id}/comment/{comment.id}",
            "id": comment.id,
            "author": self.person(comment.author),
            "updateAuthor": self.person(comment.author),
            "body": comment.body,
            "created": comment.created,
            "updated": comment.updated,
        }
        if self.kind == "cloud":
            shown["jsdPublic"] = not comment.internal
        if with_properties:
            shown["properties"] = [{"key": k, "value": v} for k, v in comment.properties.items()]
        return shown

    def change(self, change: Change) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "id": change.id,
            "author": self.person(change.author),
            "created": change.created,
            "items": [{k: str(v) for k, v in item.items() if v is not None} for item in change.items],
        }
        return shown | ({"historyMetadata": change.cause} if change.cause else {})

    def history(self, issue: Issue) -> dict[str, Any]:
        histories = [self.change(change) for change in reversed(issue.history)]
        return {"startAt": 0, "maxResults": len(histories), "total": len(histories), "histories": histories}

    def step(self, step: Step, *, with_fields: bool) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "id": step.id,
            "name": step.name,
            "to": self.status(step.target),
            "hasScreen": bool(step.screen),
            "isGlobal": step.source is None,
            "isInitial": False,
            "isConditional": False,
            "isAvailable": True,
            "looped": False,
        }
        if with_fields:
            shown["fields"] = {name: self.field_meta(name, required=required) for name, required in step.screen.items()}
        return shown

    def field_meta(self, field_id: str, *, required: bool) -> dict[str, Any]:
        """A field as screens describe it."""
        field = FIELDS[field_id]
        shown: dict[str, Any] = {
            "required": required,
            "schema": field.schema,
            "name": field.name,
            "key": field.id,
            "hasDefaultValue": False,
            "operations": ["set"],
        }
        return shown | self.allowed(field_id)

    def allowed(self, field_id: str) -> dict[str, Any]:
        """`allowedValues`, for the kinds that have them."""
        choices = allowed_values(field_id)
        if not choices:
            return {}
        return {"allowedValues": [show_value(field_id, choice, base=self.base, kind=self.kind) for choice in choices]}


def allowed_values(field_id: str) -> list[str]:
    """Stored forms a field can take; empty when anything goes."""
    field = FIELDS[field_id]
    match field.kind:
        case "option":
            return list(field.options)
        case "resolution":
            return list(RESOLUTIONS)
        case "priority":
            return list(PRIORITIES)
        case _:
            return []


def available_steps(store: Store, issue: Issue) -> list[Step]:
    """Transitions from the issue's status, global ones included unless they lead where it already is."""
    here = issue.fields["status"]
    return [s for s in store.workflow if s.source == here or (s.source is None and s.target != here)]
