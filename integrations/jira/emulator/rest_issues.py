"""REST: issues, transitions, comments, properties, remote links."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from integrations.jira.emulator.rest_site import RefusedError, Site, json_body, listed
from integrations.jira.emulator.show import available_steps
from integrations.jira.emulator.site import FIELDS, ISSUE_TYPE, PROJECTS, Step
from integrations.jira.emulator.store import Comment, Issue
from integrations.jira.emulator.values import BadValueError, read_value

PROPERTY_LIMIT = 32_768


class IssuesRest:
    """Endpoints that read and write one issue."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.store = site.store
        self.shower = site.shower

    def routes(self) -> list[Route]:
        one = "/issue/{issue}"
        return [
            Route("/issue", self.create, methods=["POST"]),
            Route(one, self.read, methods=["GET"]),
            Route(one, self.update, methods=["PUT"]),
            Route(one, self.delete, methods=["DELETE"]),
            Route(f"{one}/changelog", self.changelog, methods=["GET"]),
            Route(f"{one}/assignee", self.assign, methods=["PUT"]),
            Route(f"{one}/transitions", self.transitions, methods=["GET"]),
            Route(f"{one}/transitions", self.transition, methods=["POST"]),
            Route(f"{one}/comment", self.comments, methods=["GET"]),
            Route(f"{one}/comment", self.add_comment, methods=["POST"]),
            Route(f"{one}/comment/{{comment}}", self.one_comment, methods=["GET", "PUT", "DELETE"]),
            Route(f"{one}/properties", self.property_keys, methods=["GET"]),
            Route(f"{one}/properties/{{key}}", self.one_property, methods=["GET", "PUT", "DELETE"]),
            Route(f"{one}/remotelink", self.remote_links, methods=["GET", "POST"]),
        ]

    async def create(self, request: Request) -> Response:
        person = self.site.signed_in(request)
        body = await json_body(request)
        sent = body.get("fields")
        if not isinstance(sent, dict):
            raise RefusedError(400, "Field 'fields' is required.")
        project = self._project(sent.pop("project", None))
        self._issue_type(sent.pop("issuetype", None))
        if not self.store.may(person.account_id, "CREATE_ISSUES"):
            raise RefusedError(403, "You do not have permission to create issues in this project.")
        if "summary" not in sent:
            raise RefusedError(400, summary="You must specify a summary of the issue.")
        fields = self._read_fields(sent)
        properties = {p["key"]: p.get("value") for p in body.get("properties") or [] if "key" in p}
        issue = self.store.create(fields, actor=person.account_id, project=project, properties=properties)
        shown = {"id": issue.id, "key": issue.key, "self": f"{self.shower.base}/rest/api/2/issue/{issue.id}"}
        return JSONResponse(shown, 201)

    async def read(self, request: Request) -> Response:
        _, issue = self.site.issue(request)
        return JSONResponse(
            self.shower.issue(
                issue,
                fields=listed(request, "fields") or ["*all"],
                expand=listed(request, "expand"),
                properties=listed(request, "properties"),
            )
        )

    async def update(self, request: Request) -> Response:
        person, issue = self.site.issue(request, permission="EDIT_ISSUES")
        body = await json_body(request)
        fields = self._read_fields(body.get("fields") or {})
        fields |= self._label_changes(issue, body.get("update") or {})
        self.store.edit(issue, fields, actor=person.account_id, cause=body.get("historyMetadata"))
        for item in body.get("properties") or []:
            issue.properties[item["key"]] = item.get("value")
        if request.query_params.get("returnIssue") == "true":
            return JSONResponse(self.shower.issue(issue))
        return Response(status_code=204)

    async def delete(self, request: Request) -> Response:
        person, issue = self.site.issue(request, permission="DELETE_ISSUES")
        self.store.delete(issue, actor=person.account_id)
        return Response(status_code=204)

    async def changelog(self, request: Request) -> Response:
        _, issue = self.site.issue(request)
        start = int(request.query_params.get("startAt", 0))
        size = min(int(request.query_params.get("maxResults", 100)), 100)
        page = [self.shower.change(change) for change in issue.history[start : start + size]]
        total = len(issue.history)
        last = start + size >= total
        return JSONResponse({"startAt": start, "maxResults": size, "total": total, "isLast": last, "values": page})

    async def assign(self, request: Request) -> Response:
        person, issue = self.site.issue(request, permission="EDIT_ISSUES")
        self.store.edit(issue, self._read_fields({"assignee": await json_body(request)}), actor=person.account_id)
        return Response(status_code=204)

    async def transitions(self, request: Request) -> Response:
        _, issue = self.site.issue(request)
        with_fields = "transitions.fields" in listed(request, "expand")
        steps = [self.shower.step(step, with_fields=with_fields) for step in available_steps(self.store, issue)]
        return JSONResponse({"expand": "transitions", "transitions": steps})

    async def transition(self, request: Request) -> Response:
        person, issue = self.site.issue(request, permission="TRANSITION_ISSUES")
        body = await json_body(request)
        wanted = str((body.get("transition") or {}).get("id", ""))
        step = next((step for step in available_steps(self.store, issue) if step.id == wanted), None)
        if step is None:
            raise RefusedError(400, "It seems that you have tried to perform an illegal workflow operation.")
        self.take(step, issue, body.get("fields") or {}, actor=person.account_id)
        return Response(status_code=204)

    def take(self, step: Step, issue: Issue, sent: dict[str, Any], *, actor: str) -> None:
        """Move along a transition with the values of its screen. Raises 400 as Jira does."""
        fields = self._read_fields(sent, screen=set(step.screen))
        missing = {name for name, required in step.screen.items() if required and fields.get(name) is None}
        if missing:
            raise RefusedError(400, **{name: f"{FIELDS[name].name} is required." for name in missing})
        if step.target in {"10000", "10001"}:
            fields = {"resolution": None, **fields}
        self.store.edit(issue, fields | {"status": step.target}, actor=actor)

    async def comments(self, request: Request) -> Response:
        _, issue = self.site.issue(request)
        start = int(request.query_params.get("startAt", 0))
        size = min(int(request.query_params.get("maxResults", 100)), 100)
        newest_first = request.query_params.get("orderBy", "created").startswith("-")
        ordered = list(reversed(issue.comments)) if newest_first else list(issue.comments)
        with_properties = "properties" in listed(request, "expand")
        page = [self.shower.comment(issue, c, with_properties=with_properties) for c in ordered[start : start + size]]
        return JSONResponse({"startAt": start, "maxResults": size, "total": len(ordered), "comments": page})

    async def add_comment(self, request: Request) -> Response:
        person, issue = self.site.issue(request, permission="ADD_COMMENTS")
        body = await json_body(request)
        text = self._text("comment", body.get("body"))
        properties = {p["key"]: p.get("value") for p in body.get("properties") or [] if "key" in p}
        internal = bool((properties.get("sd.public.comment") or {}).get("internal")) or "visibility" in body
        comment = self.store.comment(issue, text, actor=person.account_id, internal=internal, properties=properties)
        return JSONResponse(self.shower.comment(issue, comment), 201)

    async def one_comment(self, request: Request) -> Response:
        person, issue = self.site.issue(request)
        comment = self._comment(issue, request.path_params["comment"])
        if request.method == "DELETE":
            self.store.delete_comment(issue, comment, actor=person.account_id)
            return Response(status_code=204)
        if request.method == "PUT":
            text = self._text("comment", (await json_body(request)).get("body"))
            self.store.edit_comment(issue, comment, text, actor=person.account_id)
        with_properties = "properties" in listed(request, "expand")
        return JSONResponse(self.shower.comment(issue, comment, with_properties=with_properties))

    async def property_keys(self, request: Request) -> Response:
        _, issue = self.site.issue(request)
        root = f"{self.shower.base}/rest/api/2/issue/{issue.id}/properties"
        return JSONResponse({"keys": [{"self": f"{root}/{key}", "key": key} for key in issue.properties]})

    async def one_property(self, request: Request) -> Response:
        _, issue = self.site.issue(request, permission="EDIT_ISSUES" if request.method != "GET" else None)
        key = request.path_params["key"]
        if request.method == "PUT":
            raw = await request.body()
            if len(raw) > PROPERTY_LIMIT or len(key) > 255:
                raise RefusedError(400, "The property value or key is too long.")
            status = 200 if key in issue.properties else 201
            issue.properties[key] = await request.json()
            self.store.touch()
            return Response(status_code=status)
        if key not in issue.properties:
            raise RefusedError(404, f"The property {key[:80]} does not exist.")
        if request.method == "DELETE":
            del issue.properties[key]
            self.store.touch()
            return Response(status_code=204)
        return JSONResponse({"key": key, "value": issue.properties[key]})

    async def remote_links(self, request: Request) -> Response:
        _, issue = self.site.issue(request)
        if request.method == "GET":
            wanted = request.query_params.get("globalId")
            found = [link for link in issue.remote_links if wanted is None or link.get("globalId") == wanted]
            return JSONResponse(found[0] if wanted and found else found)
        body = await json_body(request)
        if not (body.get("object") or {}).get("url"):
            raise RefusedError(400, url="'url' is required.")
        known = next(
            (k for k in issue.remote_links if k.get("globalId") and k["globalId"] == body.get("globalId")), None
        )
        if known is not None:
            known.update(body)
        link_id = known["id"] if known is not None else 20_000 + len(issue.remote_links)
        location = f"{self.shower.base}/rest/api/2/issue/{issue.id}/remotelink/{link_id}"
        if known is None:
            issue.remote_links.append({"id": link_id, "self": location, **body})
        self.store.touch()
        return JSONResponse({"id": link_id, "self": location}, 200 if known is not None else 201)

    def _read_fields(self, sent: dict[str, Any], *, screen: set[str] | None = None) -> dict[str, Any]:
        """Every bad value is reported, each under its field."""
        values: dict[str, Any] = {}
        errors: dict[str, str] = {}
        for name, value in sent.items():
            on_screen = name in screen if screen is not None else name in FIELDS and FIELDS[name].on_screen
            if not on_screen:
                errors[name] = f"Field '{name}' cannot be set. It is not on the appropriate screen, or unknown."
                continue
            try:
                values[name] = read_value(name, value, limit=self.store.text_limit)
            except BadValueError as bad:
                errors[name] = str(bad)
        if errors:
            raise RefusedError(400, **errors)
        return values

    def _label_changes(self, issue: Issue, update: dict[str, Any]) -> dict[str, Any]:
        if set(update) - {"labels"}:
            raise RefusedError(400, "Only labels can be changed through 'update' here.")
        if "labels" not in update:
            return {}
        labels = set(issue.fields.get("labels") or [])
        for change in update["labels"]:
            labels = (labels | {change["add"]}) if "add" in change else labels - {change.get("remove")}
        return {"labels": sorted(labels)}

    def _text(self, field: str, text: Any) -> str:
        try:
            value = read_value("description", text, limit=self.store.text_limit)
        except BadValueError as bad:
            raise RefusedError(400, **{field: str(bad)}) from None
        if not value:
            raise RefusedError(400, **{field: "Comment body can not be empty!"})
        return str(value)

    def _comment(self, issue: Issue, comment_id: str) -> Comment:
        found = next((comment for comment in issue.comments if comment.id == comment_id), None)
        if found is None:
            raise RefusedError(404, f"Can not find a comment for the id: {comment_id[:40]}.")
        return found

    def _project(self, sent: Any) -> str:
        wanted = sent if isinstance(sent, dict) else {}
        for project in PROJECTS.values():
            if wanted.get("id") == project["id"] or wanted.get("key") == project["key"]:
                return project["key"]
        raise RefusedError(400, project="Specify a valid project ID or key")

    def _issue_type(self, sent: Any) -> None:
        wanted = sent if isinstance(sent, dict) else {}
        if wanted.get("id") != ISSUE_TYPE["id"] and wanted.get("name") != ISSUE_TYPE["name"]:
            raise RefusedError(400, issuetype="Specify a valid issue type")
