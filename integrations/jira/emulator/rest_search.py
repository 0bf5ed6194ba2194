"""REST: search through the lagging index, and reads of many issues at once."""

import base64
import json
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from integrations.jira.emulator.jql import BadQueryError, Place, Query, parse
from integrations.jira.emulator.rest_site import NO_ISSUE, RefusedError, Site, json_body, listed
from integrations.jira.emulator.site import Person
from integrations.jira.emulator.store import Issue

GONE = (
    "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API. A full migration guideline "
    "is available at https://developer.atlassian.com/changelog/#CHANGE-2046"
)


class SearchRest:
    """Endpoints that read many issues."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.store = site.store
        self.shower = site.shower

    def routes(self) -> list[Route]:
        return [
            Route("/search", self.old_search, methods=["GET", "POST"]),
            Route("/search/jql", self.search, methods=["GET", "POST"]),
            Route("/search/approximate-count", self.count, methods=["POST"]),
            Route("/issue/bulkfetch", self.bulk_fetch, methods=["POST"]),
        ]

    async def search(self, request: Request) -> Response:
        """Cloud: pages by token, and no total."""
        person = self.site.signed_in(request)
        if self.shower.kind == "dc":
            raise RefusedError(404, "null for uri: search/jql")
        asked = await self._asked(request)
        size = max(1, min(int(asked.get("maxResults") or 50), 5000))
        query = _parsed(person, asked)
        found = self._found(person, query, asked, after=_place(asked.get("nextPageToken")))
        fields = asked.get("fields") or ["id"]
        properties = asked.get("properties") or []
        page, last = found[:size], size >= len(found)
        answer: dict[str, Any] = {
            "issues": [self.shower.issue(issue, fields=fields, properties=properties) for issue in page],
            "isLast": last,
        }
        if not last:
            answer["nextPageToken"] = _token(query.place(page[-1]))
        return JSONResponse(answer)

    async def old_search(self, request: Request) -> Response:
        """Removed on Cloud; the only search on Data Center."""
        if self.shower.kind == "cloud":
            raise RefusedError(410, GONE)
        person = self.site.signed_in(request)
        asked = await self._asked(request)
        start, size = int(asked.get("startAt") or 0), min(int(asked.get("maxResults") or 50), 1000)
        found = self._found(person, _parsed(person, asked), asked)
        fields = asked.get("fields") or ["*navigable"]
        issues = [self.shower.issue(issue, fields=fields) for issue in found[start : start + size]]
        return JSONResponse({"startAt": start, "maxResults": size, "total": len(found), "issues": issues})

    async def count(self, request: Request) -> Response:
        person = self.site.signed_in(request)
        asked = await json_body(request)
        return JSONResponse({"count": len(self._found(person, _parsed(person, asked), asked))})

    async def bulk_fetch(self, request: Request) -> Response:
        person = self.site.signed_in(request)
        body = await json_body(request)
        wanted = body.get("issueIdsOrKeys") or []
        if not wanted or len(wanted) > 100:
            raise RefusedError(400, "Between 1 and 100 issue ids or keys must be given.")
        visible = self.store.may(person.account_id, "BROWSE_PROJECTS")
        found = {name: self.store.find(str(name)) if visible else None for name in wanted}
        fields, properties = body.get("fields") or ["*navigable"], body.get("properties") or []
        return JSONResponse(
            {
                "issues": [
                    self.shower.issue(issue, fields=fields, properties=properties) for issue in found.values() if issue
                ],
                "issueErrors": [
                    {"id": str(name), "errorMessage": NO_ISSUE} for name, issue in found.items() if issue is None
                ],
            }
        )

    async def _asked(self, request: Request) -> Mapping[str, Any]:
        if request.method == "POST":
            return await json_body(request)
        asked: dict[str, Any] = dict(request.query_params)
        names = ("fields", "properties", "reconcileIssues")
        return asked | {name: listed(request, name) for name in names if name in asked}

    def _found(
        self, person: Person, query: Query, asked: Mapping[str, Any], *, after: Place | None = None
    ) -> list[Issue]:
        if not self.store.may(person.account_id, "BROWSE_PROJECTS"):
            return []
        issues = {issue.id: issue for issue in self.store.searchable()}
        for issue_id in asked.get("reconcileIssues") or []:
            fresh = self.store.kept.issues.get(str(issue_id))
            if fresh is not None:
                issues[fresh.id] = fresh
        return query.run(list(issues.values()), after=after)


def _parsed(person: Person, asked: Mapping[str, Any]) -> Query:
    try:
        return parse(str(asked.get("jql") or ""), zone=ZoneInfo(person.time_zone))
    except BadQueryError as bad:
        raise RefusedError(400, str(bad)) from None


def _token(place: Place) -> str:
    """Holds a place and no number: what changes between two pages moves nothing over their edge."""
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode()


def _place(token: Any) -> Place | None:
    if not token:
        return None
    try:
        value, issue_id = json.loads(base64.urlsafe_b64decode(str(token)))
        return str(value), int(issue_id)
    except (ValueError, TypeError):
        raise RefusedError(400, "The provided next page token is invalid or expired.") from None
