"""The emulator's own interface: make it fail, act as a person, look at what it was asked."""

from datetime import timedelta
from typing import Any

from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from integrations.jira.emulator.hooks import HookSender
from integrations.jira.emulator.rest_issues import IssuesRest
from integrations.jira.emulator.rest_site import RefusedError, Site, json_body
from integrations.jira.emulator.show import available_steps
from integrations.jira.emulator.site import PEOPLE, PROJECT, PROJECTS, STATUSES, Step, default_workflow
from integrations.jira.emulator.store import Issue
from integrations.jira.emulator.values import BadValueError, read_value
from integrations.jira.emulator.wire import Fault, FaultyWire


class Deed(BaseModel):
    """What a person does. `person` is an account id or a name; `to` a status or project by id, key or name."""

    person: str
    do: str
    issue: str = ""
    fields: dict[str, Any] = {}
    body: str = ""
    internal: bool = False
    comment: str = ""
    to: str = ""
    force: bool = False


class Control:
    """Unauthenticated on purpose: the emulator belongs on a loopback address."""

    def __init__(self, site: Site, rest: IssuesRest, wire: FaultyWire, hooks: HookSender) -> None:
        self.site, self.rest, self.wire, self.hooks = site, rest, wire, hooks
        self.store = site.store

    def routes(self) -> list[Route]:
        return [
            Route("/faults", self.faults, methods=["GET", "POST", "DELETE"]),
            Route("/requests", self.requests, methods=["GET", "DELETE"]),
            Route("/webhooks", self.webhooks, methods=["GET", "PUT"]),
            Route("/settings", self.settings, methods=["PUT"]),
            Route("/permissions", self.permissions, methods=["PUT"]),
            Route("/workflow", self.workflow, methods=["PUT", "DELETE"]),
            Route("/act", self.act, methods=["POST"]),
            Route("/reset", self.reset, methods=["POST"]),
        ]

    async def faults(self, request: Request) -> Response:
        if request.method == "POST":
            self.wire.faults.append(Fault.model_validate(await own_body(request)))
        if request.method == "DELETE":
            self.wire.faults.clear()
        return JSONResponse([fault.model_dump() for fault in self.wire.faults])

    async def requests(self, request: Request) -> Response:
        if request.method == "DELETE":
            self.wire.seen.clear()
        method, path = request.query_params.get("method"), request.query_params.get("path")
        found = [s for s in self.wire.seen if method in {None, s.method} and path in {None, s.path}]
        return JSONResponse({"count": len(found), "requests": [seen.model_dump() for seen in found]})

    async def webhooks(self, request: Request) -> Response:
        if request.method == "PUT":
            self.hooks.modes = self.hooks.modes.model_copy(update=await own_body(request))
        shown = [
            {"event": d.event, "identifier": d.identifier, "statuses": d.statuses, "done": d.done}
            for d in self.hooks.deliveries
        ]
        modes = self.hooks.modes.model_dump(exclude={"secret"})
        return JSONResponse({"modes": modes, "pending": self.hooks.pending, "deliveries": shown})

    async def settings(self, request: Request) -> Response:
        """`index_lag` and `clock_offset` in seconds, `text_limit` in characters; `stopped` stops the clock, and search
        learns nothing more about the issues in `held`."""
        body = await own_body(request)
        if "index_lag" in body:
            self.store.index_lag = timedelta(seconds=float(body["index_lag"]))
        if "clock_offset" in body:
            self.store.clock_offset = timedelta(seconds=float(body["clock_offset"]))
        if "stopped" in body:
            self.store.stopped_at = None
            self.store.stopped_at = self.store.now() if body["stopped"] else None
        if "held" in body:
            self.store.held = {str(issue) for issue in body["held"]}
        if "text_limit" in body:
            self.store.text_limit = int(body["text_limit"])
        return JSONResponse({"now": self.store.now().isoformat()})

    async def permissions(self, request: Request) -> Response:
        body = await own_body(request)
        self.store.denied[find_person(str(body["person"]))] = {str(name) for name in body.get("denied", [])}
        return JSONResponse({})

    async def workflow(self, request: Request) -> Response:
        if request.method == "DELETE":
            self.store.workflow = default_workflow()
        else:
            self.store.workflow = [Step(**step) for step in (await own_body(request))["steps"]]
        return JSONResponse({"steps": len(self.store.workflow)})

    async def reset(self, _request: Request) -> Response:
        """An empty board without faults, lag, denials or memory of requests; webhooks stay as they are."""
        self.store.clear()
        self.store.denied.clear()
        self.store.workflow = default_workflow()
        self.store.index_lag = self.store.clock_offset = timedelta(0)
        self.store.stopped_at = None
        self.store.held.clear()
        self.wire.faults.clear()
        self.wire.seen.clear()
        return JSONResponse({})

    async def act(self, request: Request) -> Response:
        deed = Deed.model_validate(await own_body(request))
        actor = find_person(deed.person)
        if deed.do == "create":
            issue = self.store.create(self._read(deed.fields), actor=actor, project=deed.to or PROJECT["key"])
            return JSONResponse({"id": issue.id, "key": issue.key})
        found = self.store.find(deed.issue)
        if found is None:
            raise RefusedError(404, "There is no such issue.")
        result = self._do(deed, found, actor)
        return JSONResponse({"id": found.id, "key": found.key} | result)

    def _do(self, deed: Deed, issue: Issue, actor: str) -> dict[str, Any]:
        match deed.do:
            case "edit":
                self.store.edit(issue, self._read(deed.fields), actor=actor)
            case "comment":
                text = str(read_value("description", deed.body, limit=self.store.text_limit) or "")
                if not text:
                    raise RefusedError(400, "Comment body can not be empty!")
                return {"comment": self.store.comment(issue, text, actor=actor, internal=deed.internal).id}
            case "edit-comment" | "delete-comment":
                self._change_comment(deed, issue, actor)
            case "transition":
                self._transition(deed, issue, actor)
            case "move":
                if deed.to not in PROJECTS:
                    raise RefusedError(400, "There is no such project.")
                self.store.move(issue, deed.to, actor=actor)
            case "clone":
                clone = self.store.clone(issue, actor=actor)
                return {"clone": {"id": clone.id, "key": clone.key}}
            case "delete":
                self.store.delete(issue, actor=actor)
            case _:
                raise RefusedError(400, "Nobody knows how to do that.")
        return {}

    def _change_comment(self, deed: Deed, issue: Issue, actor: str) -> None:
        comment = next((c for c in issue.comments if c.id == deed.comment), None)
        if comment is None:
            raise RefusedError(404, "There is no such comment.")
        if deed.do == "delete-comment":
            self.store.delete_comment(issue, comment, actor=actor)
        else:
            self.store.edit_comment(issue, comment, deed.body, actor=actor)

    def _transition(self, deed: Deed, issue: Issue, actor: str) -> None:
        """`force` is an administrator's hand: no workflow, no screen."""
        status = next((s for s in STATUSES.values() if deed.to in {s.id, s.name}), None)
        if status is None:
            raise RefusedError(400, "There is no such status.")
        if deed.force:
            self.store.edit(issue, {"status": status.id}, actor=actor)
            return
        step = next((step for step in available_steps(self.store, issue) if step.target == status.id), None)
        if step is None:
            raise RefusedError(409, f"The workflow has no way from here to {status.name}.")
        required = {name: {"id": "10000"} for name, needed in step.screen.items() if needed and name == "resolution"}
        self.rest.take(step, issue, required | deed.fields, actor=actor)

    def _read(self, fields: dict[str, Any]) -> dict[str, Any]:
        return {name: read_value(name, value, limit=self.store.text_limit) for name, value in fields.items()}


async def own_body(request: Request) -> dict[str, Any]:
    """Only `application/json`, so that no page of another site can send it without asking first."""
    if not request.headers.get("content-type", "").startswith("application/json"):
        raise RefusedError(415, "Send application/json.")
    return await json_body(request)


def find_person(name: str) -> str:
    """By account id, whole name or first name."""
    for person in PEOPLE.values():
        if name.lower() in {person.account_id, person.name.lower(), person.name.split()[0].lower()}:
            return person.account_id
    raise RefusedError(400, "There is no such person.")


async def refused(_request: Request, error: Exception) -> Response:
    """Errors in Jira's form."""
    if isinstance(error, RefusedError):
        return JSONResponse(error.body, error.status)
    if isinstance(error, BadValueError | ValidationError | KeyError | TypeError | ValueError):
        return JSONResponse({"errorMessages": [str(error)[:500]], "errors": {}}, 400)
    raise error
