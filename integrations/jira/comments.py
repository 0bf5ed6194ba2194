"""Comments: written once, found again by their marker."""

from dataclasses import replace
from typing import Any, Final

from domain.mirror.outcomes import Ok, Outcome
from domain.mirror.remote import RemoteComment
from integrations.jira.gateway import JiraGateway
from integrations.jira.reading import COMMENT_PROPERTY, Reader, understood
from integrations.jira.wiki import render

FOOTER_ROOM: Final = 100
PAGE: Final = 100


async def write_comment(
    gateway: JiraGateway, reader: Reader, issue_id: str, text: str, *, marker: str, case_url: str | None
) -> Outcome[RemoteComment]:
    """One request. Cloud takes the marker as a property of the comment, Data Center only as a line under it."""
    body = render(text, limit=reader.translator.text_limit - FOOTER_ROOM, url=case_url)
    sent: dict[str, Any] = {"body": body}
    if gateway.connection.kind == "cloud":
        sent["properties"] = [{"key": COMMENT_PROPERTY, "value": {"marker": marker}}]
    else:
        sent["body"] = f"{body}\n\ncaseward:cmt:{marker}"
    answer = await gateway.call("POST", f"issue/{issue_id}/comment", body=sent)
    return understood(answer, lambda raw: replace(reader.comment(raw), marker=marker), after_write=True)


async def newer_comments(
    gateway: JiraGateway, reader: Reader, issue_id: str, *, after_id: str | None
) -> Outcome[tuple[RemoteComment, ...]]:
    """Reads from the newest backwards: a long discussion costs no more than what is new in it."""
    known = int(after_id) if after_id is not None else -1
    found: dict[str, RemoteComment] = {}
    start, more = 0, True
    while more:
        params: dict[str, str | int] = {
            "startAt": start,
            "maxResults": PAGE,
            "orderBy": "-created",
            "expand": "properties",
        }
        answer = await gateway.call("GET", f"issue/{issue_id}/comment", params=params)
        page = understood(answer, lambda raw: [reader.comment(item) for item in raw["comments"]])
        if not isinstance(page, Ok):
            return page
        fresh = [comment for comment in page.value if int(comment.id) > known]
        found |= {comment.id: comment for comment in fresh}
        start += len(page.value)
        more = len(fresh) == len(page.value) == PAGE
    return Ok(tuple(sorted(found.values(), key=lambda comment: int(comment.id))))
