"""REST: who is signed in, and what the site is made of."""

import base64
import binascii
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from integrations.jira.emulator.show import Shower
from integrations.jira.emulator.site import (
    FIELDS,
    ISSUE_TYPE,
    PEOPLE,
    PRIORITIES,
    PROJECTS,
    STATUSES,
    Person,
)
from integrations.jira.emulator.store import Issue, Store
from integrations.jira.emulator.values import show_value, stamp

NO_ISSUE = "Issue does not exist or you do not have permission to see it."


class RefusedError(Exception):
    """An answer in Jira's error form."""

    def __init__(self, status: int, *messages: str, **errors: str) -> None:
        super().__init__(status)
        self.status = status
        self.body = {"errorMessages": list(messages), "errors": errors}


@dataclass(frozen=True, slots=True)
class Site:
    """What every endpoint needs."""

    store: Store
    shower: Shower

    def signed_in(self, request: Request) -> Person:
        """Basic e-mail and token, or a bearer token. Anything else is 401."""
        scheme, _, rest = request.headers.get("authorization", "").partition(" ")
        for person in PEOPLE.values():
            if person.active and (scheme.lower(), rest) in {
                ("basic", base64.b64encode(f"{person.email}:{person.token}".encode()).decode()),
                ("bearer", person.token),
            }:
                return person
        raise RefusedError(401, "Client must be authenticated to access this resource.")

    def issue(self, request: Request, *, permission: str | None = None) -> tuple[Person, Issue]:
        """Missing and hidden are the same 404; a missing further permission is 403."""
        person = self.signed_in(request)
        issue = self.store.find(request.path_params["issue"])
        if issue is None or not self.store.may(person.account_id, "BROWSE_PROJECTS"):
            raise RefusedError(404, NO_ISSUE)
        if permission is not None and not self.store.may(person.account_id, permission):
            raise RefusedError(403, "You do not have permission to perform this operation.")
        return person, issue


async def json_body(request: Request) -> dict[str, Any]:
    """The body as an object. Raises 400 as Jira does."""
    try:
        body = await request.json()
    except (ValueError, binascii.Error):
        raise RefusedError(400, "There was an error parsing JSON. Check that your request body is valid.") from None
    if not isinstance(body, dict):
        raise RefusedError(400, "Invalid request payload. Refer to the REST API documentation and try again.")
    return body


def listed(request: Request, name: str) -> list[str]:
    """A list parameter: repeated, comma-separated, or both."""
    return [part for raw in request.query_params.getlist(name) for part in raw.split(",") if part]


class SiteRest:
    """Endpoints that read the site's furniture."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.shower = site.shower

    def routes(self) -> list[Route]:
        return [
            Route("/serverInfo", self.server),
            Route("/myself", self.myself),
            Route("/field", self.fields),
            Route("/priority", self.priorities),
            Route("/mypermissions", self.permissions),
            Route("/user/search", self.people),
            Route("/project/{project}", self.project),
            Route("/project/{project}/statuses", self.statuses),
            Route("/issue/createmeta/{project}/issuetypes", self.issue_types),
            Route("/issue/createmeta/{project}/issuetypes/{type}", self.create_fields),
        ]

    async def server(self, _request: Request) -> Response:
        cloud = self.shower.kind == "cloud"
        return JSONResponse(
            {
                "baseUrl": self.shower.base,
                "version": "1001.0.0-SNAPSHOT" if cloud else "9.12.0",
                "versionNumbers": [1001, 0, 0] if cloud else [9, 12, 0],
                "deploymentType": "Cloud" if cloud else "Server",
                "buildNumber": 100_290,
                "serverTitle": "Caseward's Jira emulator",
                "serverTime": stamp(self.site.store.now()),
            }
        )

    async def myself(self, request: Request) -> Response:
        person = self.site.signed_in(request)
        return JSONResponse(self.shower.person(person.account_id) | {"emailAddress": person.email})

    async def fields(self, request: Request) -> Response:
        self.site.signed_in(request)
        return JSONResponse(
            [
                {
                    "id": field.id,
                    "key": field.id,
                    "name": field.name,
                    "custom": field.custom,
                    "orderable": True,
                    "navigable": True,
                    "searchable": True,
                    "clauseNames": [f"cf[{field.id[12:]}]", field.name] if field.custom else [field.id],
                    "schema": field.schema,
                }
                for field in FIELDS.values()
            ]
        )

    async def priorities(self, request: Request) -> Response:
        self.site.signed_in(request)
        return JSONResponse(
            [show_value("priority", p, base=self.shower.base, kind=self.shower.kind) for p in PRIORITIES]
        )

    async def permissions(self, request: Request) -> Response:
        person = self.site.signed_in(request)
        return JSONResponse(
            {
                "permissions": {
                    name: {
                        "id": str(number),
                        "key": name,
                        "name": name.replace("_", " ").capitalize(),
                        "type": "PROJECT",
                        "description": "",
                        "havePermission": self.site.store.may(person.account_id, name),
                    }
                    for number, name in enumerate(listed(request, "permissions"), 10)
                }
            }
        )

    async def people(self, request: Request) -> Response:
        self.site.signed_in(request)
        wanted = request.query_params
        query = wanted.get("query", wanted.get("username", "")).lower()
        if not query and "accountId" not in wanted:
            raise RefusedError(400, "A value for query, accountId, or property must be provided.")
        found = [
            person
            for person in PEOPLE.values()
            if person.account_id == wanted.get("accountId")
            or (query and (query in person.name.lower() or query in person.email))
        ]
        return JSONResponse([self.shower.person(person.account_id) for person in found if person.active])

    async def project(self, request: Request) -> Response:
        project = self._project(request)
        types = [
            {"self": f"{self.shower.base}/rest/api/2/issuetype/{ISSUE_TYPE['id']}", **ISSUE_TYPE, "subtask": False}
        ]
        return JSONResponse(
            {"self": f"{self.shower.base}/rest/api/2/project/{project['id']}", **project, "issueTypes": types}
        )

    async def statuses(self, request: Request) -> Response:
        self._project(request)
        shown = {"self": f"{self.shower.base}/rest/api/2/issuetype/{ISSUE_TYPE['id']}", **ISSUE_TYPE, "subtask": False}
        return JSONResponse([shown | {"statuses": [self.shower.status(status_id) for status_id in STATUSES]}])

    async def issue_types(self, request: Request) -> Response:
        self._project(request)
        return JSONResponse(self._page("issueTypes", [ISSUE_TYPE | {"subtask": False, "description": ""}]))

    async def create_fields(self, request: Request) -> Response:
        self._project(request)
        required = {"summary", "project", "issuetype"}
        fields = [
            {**self.shower.field_meta(field.id, required=field.id in required), "fieldId": field.id}
            for field in FIELDS.values()
            if field.on_screen
        ]
        return JSONResponse(self._page("fields", fields))

    def _page(self, cloud_name: str, items: list[Any]) -> dict[str, Any]:
        page: dict[str, Any] = {"startAt": 0, "maxResults": 50, "total": len(items)}
        if self.shower.kind == "cloud":
            return page | {cloud_name: items}
        return page | {"isLast": True, "values": items}

    def _project(self, request: Request) -> dict[str, str]:
        person = self.site.signed_in(request)
        wanted = request.path_params["project"]
        for project in PROJECTS.values():
            if wanted in {project["id"], project["key"]} and self.site.store.may(person.account_id, "BROWSE_PROJECTS"):
                return project
        raise RefusedError(404, f"No project could be found with key '{wanted[:40]}'.")
