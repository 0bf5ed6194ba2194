"""How cases and issues correspond: one version of the rules, and what is sent at all. Pure."""

from typing import Any, Self

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic import Field as Setting

from domain.cases.filters import CASE
from domain.cases.states import CaseState, Priority, Sensitivity
from domain.core import predicates as p
from domain.mirror.merge import WAYS
from domain.mirror.remote import Field
from domain.mirror.states import MirrorWinner

TERMINAL = frozenset({CaseState.RESOLVED, CaseState.CLOSED, CaseState.CANCELLED, CaseState.MERGED})


class MirrorMapping(BaseModel):
    """Statuses, priorities and accounts are the tracker's own ids.

    `only` is a filter over cases, as clients write one. `statuses`: case state → status. `states`: status → the state
    meant when a person moves the issue there. `people`: e-mail address or id of a person → account. `egress` names
    the fields that may leave the desk. `case_link` is an address with `{key}` in it. `tracker` is what only the
    tracker's adapter understands.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    project: str
    only: dict[str, Any] = Setting(default_factory=dict)
    sensitivities: frozenset[Sensitivity] = frozenset({Sensitivity.STANDARD})
    statuses: dict[CaseState, str]
    states: dict[str, CaseState]
    priorities: dict[Priority, str] = Setting(default_factory=dict)
    people: dict[str, str] = Setting(default_factory=dict)
    egress: frozenset[Field] = frozenset(WAYS)
    share_comments: bool = True
    case_link: str | None = None
    winners: dict[Field, MirrorWinner] = Setting(default_factory=dict)
    tracker: dict[str, Any] = Setting(default_factory=dict)

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        p.parse(CASE, self.only)
        if unread := set(self.statuses.values()) - set(self.states):
            raise ValueError(f"states must say what these statuses mean: {', '.join(sorted(unread))}")
        for state, status in self.statuses.items():
            meant = self.states[status]
            if self.statuses.get(meant) != status:
                raise ValueError(f"{status} means {meant}, but {meant} shows as another status than {state}")
        if len(set(self.people.values())) != len(self.people):
            raise ValueError("two people are mapped to the same account")
        return self

    def winner(self, field: Field, *, ours: CaseState, theirs: CaseState | None) -> MirrorWinner:
        """Whose value stays on a clash. A status is nobody's where either side has ended: that needs a person."""
        if field in self.winners:
            return self.winners[field]
        if field is Field.STATUS and (ours in TERMINAL or theirs in TERMINAL):
            return MirrorWinner.NOBODY
        return MirrorWinner.CASE

    def url(self, key: str) -> str | None:
        """Where people find the case."""
        return self.case_link.replace("{key}", key) if self.case_link else None
