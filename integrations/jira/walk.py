"""Taking an issue through its workflow, one transition at a time, looking again after each."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from domain.mirror.outcomes import Ambiguous, Failure, Ok, Outcome, ProtocolFault, ProtocolFaultBy, Rejected, RejectedBy
from domain.mirror.remote import RemoteStatus
from domain.mirror.written import Blocked, BlockedBy, Moved
from integrations.jira.gateway import JiraGateway
from integrations.jira.workflow import MAX_HOPS, Exit, WorkflowMap, plan, read_exits

MOST_REFUSALS: Final = 2
MOST_LOSSES: Final = 2


@dataclass
class Walk:
    """One attempt to bring an issue to a status. `values` are by Jira's field ids; `defaults` by status, then field."""

    gateway: JiraGateway
    graph: WorkflowMap
    issue_id: str
    target: str
    forbidden: frozenset[str] = frozenset()
    values: Mapping[str, Any] = field(default_factory=dict)
    defaults: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    _hops: list[RemoteStatus] = field(default_factory=list)
    _closed: set[tuple[str, str]] = field(default_factory=set)
    _last: RemoteStatus | None = None
    _refusals: int = 0
    _losses: int = 0
    _heard: tuple[str, ...] = ()

    async def go(self) -> Outcome[Moved] | Blocked:
        """Two reads and one write per hop. A refused or lost hop is looked at again before anything is repeated."""
        if self.target in self.forbidden:
            return Blocked(BlockedBy.FORBIDDEN_STATUS)
        for _ in range(MAX_HOPS + MOST_REFUSALS + MOST_LOSSES):
            seen = await self._look()
            if not isinstance(seen, Ok):
                return seen
            here, exits = seen.value
            self._note(here)
            if here.id == self.target:
                return Ok(Moved(here, tuple(self._hops)))
            way = self._choose(here, exits)
            if isinstance(way, Blocked):
                return way
            failed = await self._take(here, way)
            if failed is not None:
                return failed
        return Blocked(BlockedBy.KEEPS_CHANGING, hops=tuple(self._hops), messages=self._heard)

    def _note(self, here: RemoteStatus) -> None:
        """Hops are what was seen, so one whose reply was lost counts too."""
        if self._last is not None and self._last.id != here.id:
            self._hops.append(here)
        self._last = here

    async def _look(self) -> Outcome[tuple[RemoteStatus, tuple[Exit, ...]]]:
        path = f"issue/{self.issue_id}"
        issue = await self.gateway.call("GET", path, params={"fields": "status"})
        if not isinstance(issue, Ok):
            return issue
        try:
            status = issue.value["fields"]["status"]
            here = RemoteStatus(str(status["id"]), str(status["name"]))
        except (KeyError, TypeError):
            return ProtocolFault(ProtocolFaultBy.SHAPE)
        if here.id == self.target:
            return Ok((here, ()))
        answer = await self.gateway.call("GET", f"{path}/transitions", params={"expand": "transitions.fields"})
        if not isinstance(answer, Ok):
            return answer
        try:
            exits = read_exits(answer.value)
        except (KeyError, TypeError, AttributeError):
            return ProtocolFault(ProtocolFaultBy.SHAPE)
        self.graph.observe(here.id, exits)
        return Ok((here, exits))

    def _choose(self, here: RemoteStatus, exits: tuple[Exit, ...]) -> Exit | Blocked:
        """The first step of the shortest way whose screen can be filled."""
        available = tuple(leaving.to for leaving in exits)
        missing: list[Any] = []
        closed = set(self._closed)
        while way := self._plan(here, closed):
            usable = [leaving for leaving in exits if leaving.to.id == way[0]]
            for leaving in usable:
                if not leaving.missing(self._have(leaving)):
                    return leaving
                missing += leaving.missing(self._have(leaving))
            closed.add((here.id, way[0]))
        hops = tuple(self._hops)
        if self._refusals:
            return Blocked(BlockedBy.REFUSED, here, available, tuple(missing), hops, self._heard)
        if missing:
            return Blocked(BlockedBy.MISSING_FIELDS, here, available, tuple(dict.fromkeys(missing)), hops)
        return Blocked(BlockedBy.NO_PATH, here, available, (), hops)

    def _plan(self, here: RemoteStatus, closed: set[tuple[str, str]]) -> tuple[str, ...] | None:
        if len(self._hops) >= MAX_HOPS:
            return None
        return plan(self.graph, start=here.id, target=self.target, forbidden=self.forbidden, closed=frozenset(closed))

    def _have(self, leaving: Exit) -> dict[str, Any]:
        """Values for what the screen offers: ours before the mapping's."""
        both = {**self.defaults.get(leaving.to.id, {}), **self.values}
        return {name: value for name, value in both.items() if name in leaving.offers and value is not None}

    async def _take(self, here: RemoteStatus, leaving: Exit) -> Failure | None:
        """None means look again: it worked, or it was refused or lost and what is true now decides."""
        body: dict[str, Any] = {"transition": {"id": leaving.id}}
        if fields := self._have(leaving):
            body["fields"] = fields
        outcome = await self.gateway.call("POST", f"issue/{self.issue_id}/transitions", body=body)
        match outcome:
            case Ok():
                return None
            case Rejected(reason=RejectedBy.INVALID | RejectedBy.CONFLICT):
                self._refusals += 1
                self._heard = (*outcome.messages, *(f"{k}: {v}" for k, v in outcome.field_errors.items()))
                if self._refusals >= MOST_REFUSALS:
                    self._closed.add((here.id, leaving.to.id))
                return None
            case Ambiguous() if self._losses + 1 < MOST_LOSSES:
                self._losses += 1
                return None
            case _:
                return outcome
