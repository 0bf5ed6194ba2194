"""May this happen? Values in, a refusal or nothing out. Mutations and ``viewerCan`` ask the same functions."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from domain.cases import workflows
from domain.cases.errors import DecisionNeeded, LeaseHeld, LeaseLost, LeaseNeeded, NotOnHold
from domain.cases.fold import ENDED
from domain.cases.states import CaseState, Priority, Severity, SignalOrigin
from domain.core.actor import Actor
from domain.core.errors import Forbidden, Refusal, invalid

LEASE_LENGTH = timedelta(minutes=15)

LONGEST_HOLD = timedelta(days=366)
"""What is set aside for longer is forgotten."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseFacts:
    """A living lease: who may work on the case until when."""

    holder_id: UUID
    holder_name: str
    token: UUID | None
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFacts:
    """What the rules need to know of a case, at ``now``."""

    workflow: str
    state: CaseState
    team_id: UUID | None
    assignee_id: UUID | None
    lease: LeaseFacts | None
    now: datetime
    queue_id: UUID | None = None
    tier: int = 0
    severity: Severity = Severity.SEV3
    priority: Priority = Priority.P3

    @property
    def living(self) -> LeaseFacts | None:
        """The lease, if it has not run out."""
        return self.lease if self.lease and self.lease.expires_at > self.now else None


def is_lead_of(by: Actor, team_id: UUID | None) -> bool:
    """Whether the actor leads the team that owns the case; a case without a team belongs to every lead."""
    return by.may("case.take_over") and (team_id is None or team_id in by.leads or by.may("case.see_all"))


def ensure_claimant(by: Actor) -> UUID:
    """The person who claims. Refuses who may not claim any case."""
    by.ensure("case.claim")
    if by.person_id is None:
        raise Forbidden("A case is claimed by a person. Use a token that acts for one.")
    return by.person_id


def ensure_can_claim(case: CaseFacts, by: Actor, *, take_over: bool = False) -> None:
    """Refuses while another person holds a living lease, save for a lead who takes it over."""
    ensure_claimant(by)
    ensure_unheld(case, by, take_over=take_over)
    if case.living is None and case.state is not CaseState.IN_REVIEW:
        workflows.ensure_move(case.workflow, case.state, CaseState.IN_REVIEW)


def ensure_unheld(case: CaseFacts, by: Actor, *, take_over: bool = False) -> None:
    """Refuses with LEASE_HELD while another is at work, save for a lead who takes the case over."""
    living = case.living
    if living is None:
        return
    if living.holder_id != by.person_id and not (take_over and is_lead_of(by, case.team_id)):
        raise LeaseHeld(living.holder_name, living.expires_at)


def ensure_holds_lease(case: CaseFacts, by: Actor, token: UUID | None) -> None:
    """Refuses unless the actor's person holds the living lease, and the token, where given, is its own."""
    living = case.living
    if living is None:
        if case.lease is not None and case.lease.holder_id == by.person_id:
            raise LeaseLost
        raise LeaseNeeded
    if living.holder_id != by.person_id:
        raise LeaseHeld(living.holder_name, living.expires_at)
    if token is not None and token != living.token:
        raise LeaseLost(newer=True)


def ensure_can_move(case: CaseFacts, by: Actor, target: CaseState, *, token: UUID | None = None) -> None:
    """Refuses a move the workflow lacks; under review it needs the lease, elsewhere nobody else may hold one."""
    by.ensure("case.work")
    if target is CaseState.QUEUED:
        workflows.ensure_open(case.state)
    workflows.ensure_move(case.workflow, case.state, target)
    if case.state is CaseState.IN_REVIEW:
        ensure_holds_lease(case, by, token)


def ensure_can_queue(case: CaseFacts, by: Actor) -> None:
    """As any move; and from one queue to another while nobody is at work on it."""
    if case.state is CaseState.QUEUED:
        by.ensure("case.work")
    else:
        ensure_can_move(case, by, CaseState.QUEUED)


def ensure_can_decide(case: CaseFacts, by: Actor, *, token: UUID | None = None) -> None:
    """Refuses who may not decide, and what is not under the actor's review."""
    by.ensure("case.decide")
    ensure_can_move(case, by, CaseState.DECIDED, token=token)


def ensure_can_resolve(case: CaseFacts, by: Actor, *, token: UUID | None = None) -> None:
    """Refuses a review case, which a decision resolves, and what is resolved or finished otherwise."""
    by.ensure("case.work")
    if case.state in ENDED:
        workflows.ensure_move(case.workflow, case.state, CaseState.RESOLVED)
    if case.workflow == "review":
        raise DecisionNeeded
    ensure_can_move(case, by, CaseState.RESOLVED, token=token)


def ensure_can_resume(case: CaseFacts, by: Actor) -> None:
    """Refuses what is not on hold."""
    by.ensure("case.work")
    workflows.ensure_open(case.state)
    if case.state is not CaseState.ON_HOLD:
        raise NotOnHold(case.state)


def ensure_can_prioritize(_case: CaseFacts, by: Actor) -> None:
    """Harm and order may be judged at any time, by the same people."""
    by.ensure("case.work")


def ensure_judged(severity: Severity | None, priority: Priority | None) -> None:
    """Refuses to judge a case anew and say nothing of it."""
    if severity is None and priority is None:
        raise invalid("severity", "Give a severity, a priority, or both.", code="MISSING")


def ensure_can_release(case: CaseFacts, by: Actor, *, token: UUID | None = None) -> None:
    by.ensure("case.work")
    workflows.ensure_open(case.state)
    workflows.ensure_move(case.workflow, case.state, CaseState.QUEUED)
    if case.lease is not None or not is_lead_of(by, case.team_id):
        ensure_holds_lease(case, by, token)


def ensure_can_assign(case: CaseFacts, by: Actor) -> None:
    """Leads of the owning team and automations assign; nobody works a case that is over."""
    by.ensure("case.assign")
    workflows.ensure_open(case.state)


def ensure_can_reopen(case: CaseFacts, by: Actor) -> None:
    by.ensure("case.reopen")
    workflows.ensure_finished(case.state)


def ensure_can_cancel(case: CaseFacts, by: Actor) -> None:
    by.ensure("case.cancel")
    workflows.ensure_move(case.workflow, case.state, CaseState.CANCELLED)


def ensure_can_comment(_case: CaseFacts, by: Actor) -> None:
    by.ensure("case.comment")


def ensure_can_add_evidence(case: CaseFacts, by: Actor) -> None:
    """Evidence comes at any time, after the decision too: an appeal may rest on it."""
    by.ensure("evidence.add")
    workflows.ensure_not_gone(case.state)


ABILITIES: dict[str, Callable[[CaseFacts, Actor], None]] = {
    "CLAIM": ensure_can_claim,
    "RELEASE": ensure_can_release,
    "ASSIGN": ensure_can_assign,
    "HOLD": lambda case, by: ensure_can_move(case, by, CaseState.ON_HOLD),
    "ESCALATE": lambda case, by: ensure_can_move(case, by, CaseState.ESCALATED),
    "RESUME": ensure_can_resume,
    "QUEUE": ensure_can_queue,
    "PRIORITIZE": ensure_can_prioritize,
    "DECIDE": ensure_can_decide,
    "RESOLVE": ensure_can_resolve,
    "REOPEN": ensure_can_reopen,
    "CANCEL": ensure_can_cancel,
    "COMMENT": ensure_can_comment,
    "ADD_EVIDENCE": ensure_can_add_evidence,
}


def abilities(case: CaseFacts, by: Actor) -> Iterator[tuple[str, Refusal | None]]:
    """Every action with the refusal it would meet now; None where it may happen."""
    for action, ensure in ABILITIES.items():
        try:
            ensure(case, by)
        except Refusal as refusal:
            yield action, refusal
        else:
            yield action, None


def first_severity(origin: SignalOrigin, *, live: bool) -> Severity:
    """Until policy or a person says otherwise: live harm from a trusted source weighs more."""
    trusted = origin in {SignalOrigin.TRUSTED_FLAGGER, SignalOrigin.LEGAL, SignalOrigin.STAKEHOLDER_ESCALATION}
    if live:
        return Severity.SEV1 if trusted else Severity.SEV2
    return Severity.SEV2 if trusted else Severity.SEV3


PRIORITY_OF = {
    Severity.SEV0: Priority.P1,
    Severity.SEV1: Priority.P1,
    Severity.SEV2: Priority.P2,
    Severity.SEV3: Priority.P3,
    Severity.SEV4: Priority.P4,
}
