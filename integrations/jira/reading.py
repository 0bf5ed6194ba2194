"""Issues and comments out of Jira's answers. Pure; raises `ShapeError` where an answer lacks what it must have."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from domain.mirror.outcomes import Failure, Ok, Outcome, ProtocolFault, ProtocolFaultBy
from domain.mirror.remote import ChangedIssue, LinkProof, RemoteComment, RemoteIssue, RemoteStatus
from integrations.jira.fields import MARKER, Translator
from integrations.jira.wiki import printable, unrender

T = TypeVar("T")

LINK_PROPERTY: Final = "caseward.link"
COMMENT_PROPERTY: Final = "caseward.cmt"
PUBLIC_PROPERTY: Final = "sd.public.comment"
FOOTER: Final = re.compile(r"\n+caseward:cmt:(\S{1,64})\s*$")
ALWAYS: Final = ("status", "project", "updated", "labels")


class ShapeError(Exception):
    """An answer without something every Jira sends."""


def moment(raw: Any) -> datetime:
    """Jira's time stamps as aware UTC."""
    return datetime.fromisoformat(str(raw)).astimezone(UTC)


def proof_value(proof: LinkProof) -> dict[str, Any]:
    """What the link property holds."""
    return {"case": proof.case, "connection": proof.connection, "marker": proof.marker, "v": 1}


def read_proof(raw: Any) -> LinkProof | None:
    """None when the property is absent or is not of our making."""
    if not isinstance(raw, dict) or not {"case", "connection", "marker"} <= raw.keys():
        return None
    return LinkProof(str(raw["case"]), str(raw["connection"]), str(raw["marker"]))


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads under one mapping. `account` is ours: only its comments can carry a visible marker."""

    translator: Translator
    base_url: str
    account: str | None = None

    @property
    def wanted(self) -> str:
        """The `fields` to ask for."""
        mapped = (rule.remote for rule in self.translator.mapping.fields.values())
        return ",".join(dict.fromkeys((*ALWAYS, *mapped)))

    def issue(self, raw: Mapping[str, Any], comments: tuple[RemoteComment, ...] = ()) -> RemoteIssue:
        try:
            return self._issue(raw, comments)
        except (KeyError, TypeError, ValueError) as odd:
            raise ShapeError from odd

    def change(self, raw: Mapping[str, Any]) -> ChangedIssue:
        try:
            return ChangedIssue(str(raw["id"]), str(raw["key"]), moment(raw["fields"]["updated"]))
        except (KeyError, TypeError, ValueError) as odd:
            raise ShapeError from odd

    def comment(self, raw: Mapping[str, Any]) -> RemoteComment:
        try:
            return self._comment(raw)
        except (KeyError, TypeError, ValueError) as odd:
            raise ShapeError from odd

    def _issue(self, raw: Mapping[str, Any], comments: tuple[RemoteComment, ...]) -> RemoteIssue:
        mapping = self.translator.mapping
        fields = raw["fields"]
        status = RemoteStatus(str(fields["status"]["id"]), str(fields["status"]["name"]))
        project = str(fields["project"]["key"])
        decoded = self.translator.decode(fields)
        return RemoteIssue(
            id=str(raw["id"]),
            key=str(raw["key"]),
            project=project,
            status=status,
            state=mapping.states.get(status.id),
            states=mapping.states_of(status.id),
            fields=decoded.values,
            updated=moment(fields["updated"]),
            url=f"{self.base_url.rstrip('/')}/browse/{raw['key']}",
            marker=next((label for label in fields.get("labels") or () if MARKER.match(str(label))), None),
            proof=read_proof((raw.get("properties") or {}).get(LINK_PROPERTY)),
            in_scope=mapping.covers(project),
            unread=decoded.unread,
            comments=comments,
        )

    def _comment(self, raw: Mapping[str, Any]) -> RemoteComment:
        properties = {str(item["key"]): item.get("value") for item in raw.get("properties") or ()}
        author = self.translator.person(raw["author"])
        body, marker = printable(str(raw["body"])), _marker(properties.get(COMMENT_PROPERTY))
        footer = FOOTER.search(body)
        if footer is not None and author.account == self.account:
            body, marker = body[: footer.start()], marker or footer[1]
        public = properties.get(PUBLIC_PROPERTY)
        internal = isinstance(public, dict) and bool(public.get("internal"))
        return RemoteComment(
            id=str(raw["id"]),
            author=author,
            body=unrender(body),
            created=moment(raw["created"]),
            updated=moment(raw["updated"]),
            internal=internal or raw.get("jsdPublic") is False or "visibility" in raw,
            marker=marker,
        )


def _marker(raw: Any) -> str | None:
    return str(raw["marker"]) if isinstance(raw, dict) and raw.get("marker") else None


def understood(answer: Ok[Any] | Failure, read: Callable[[Any], T], *, after_write: bool = False) -> Outcome[T]:
    """The answer read, or a `ProtocolFault` when it has not the shape `read` expects."""
    if not isinstance(answer, Ok):
        return answer
    try:
        return Ok(read(answer.value))
    except (ShapeError, LookupError, TypeError, ValueError, AttributeError):
        return ProtocolFault(ProtocolFaultBy.SHAPE, maybe_done=after_write)
