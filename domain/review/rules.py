"""May this be decided, and what follows from a receipt? Values in, a refusal or an answer out."""

import re
from collections.abc import Iterator, Sequence
from uuid import UUID

from domain.cases.states import SignalOutcome, SubjectKind
from domain.core.actor import Actor, ActorKind, Origin
from domain.core.errors import Forbidden, Refusal, invalid
from domain.review.errors import (
    ActionCannotLast,
    ActionNotAllowed,
    ActionUnfit,
    AutomationNotAllowed,
    EnforcementNotFailed,
    EnforcementWithoutViolation,
    FourEyesNeeded,
    PolicyNeeded,
    ReceiptContradicts,
    SubjectNeeded,
)
from domain.review.policies import Measure, PolicyVersion, default_measures
from domain.review.states import Automation, DecisionKind, EnforcementAction, EnforcementState, ReceiptState

_LEVELS = (Automation.NOT, Automation.PARTIALLY, Automation.FULLY)
_OUTCOMES = {DecisionKind.VIOLATION: SignalOutcome.AGREED, DecisionKind.NO_VIOLATION: SignalOutcome.DISAGREED}
_KEY = re.compile(r"^enforcement_([0-9a-f]{32})\.[1-9][0-9]*$")

_EVERYTHING = frozenset(SubjectKind)
FITTING: dict[EnforcementAction, frozenset[SubjectKind]] = {
    EnforcementAction.WARN: _EVERYTHING,
    EnforcementAction.MUTE: frozenset({SubjectKind.LIVE_SESSION}),
    EnforcementAction.LIMIT_REACH: _EVERYTHING - {SubjectKind.MESSAGE},
    EnforcementAction.END_STREAM: frozenset({SubjectKind.LIVE_SESSION}),
    EnforcementAction.REMOVE: _EVERYTHING - {SubjectKind.LIVE_SESSION, SubjectKind.ACCOUNT},
    EnforcementAction.SUSPEND: _EVERYTHING,
}
"""What each action can be done to. WARN and SUSPEND are done to the owner, whatever the thing is."""
LASTING = frozenset({EnforcementAction.MUTE, EnforcementAction.LIMIT_REACH, EnforcementAction.SUSPEND})
"""Actions that can end by themselves."""

UNREACHABLE = "UNREACHABLE"
UNCONFIRMED = "UNCONFIRMED"
UNSURE = frozenset({UNREACHABLE, UNCONFIRMED})
"""Failures after which the platform may have acted all the same: a retry keeps the key."""


def measures_of(
    kind: DecisionKind,
    policies: Sequence[PolicyVersion],
    asked: Sequence[Measure] | None,
    *,
    subject: SubjectKind | None,
) -> tuple[Measure, ...]:
    """What is to be enforced: what was asked for, or the policies' defaults. Each action at most once.

    Refuses a violation of nothing, enforcement without violation, actions none of the policies allows, actions that
    cannot be done to such a ``subject``, and terms of what does not last.
    """
    if kind is not DecisionKind.VIOLATION:
        if asked:
            raise EnforcementWithoutViolation
        return ()
    if not policies:
        raise PolicyNeeded
    measures = default_measures(policies) if asked is None else tuple(asked)
    allowed = {action for policy in policies for action in policy.spec.allowed_actions}
    for measure in measures:
        if measure.action not in allowed:
            raise ActionNotAllowed(measure.action, sorted(allowed))
    if len({measure.action for measure in measures}) < len(measures):
        raise invalid("actions", "Name each action once.", code="REPEATED")
    if measures and subject is None:
        raise SubjectNeeded
    for at, measure in enumerate(measures):
        if subject is not None and subject not in FITTING[measure.action]:
            raise ActionUnfit(measure.action, subject, sorted(a for a in allowed if subject in FITTING[a]), at)
        ensure_term(measure, path=("actions", at))
    return measures


def ensure_term(measure: Measure, *, path: tuple[str | int, ...]) -> None:
    """Refuses a term of what does not last."""
    if measure.lasting is not None and measure.action not in LASTING:
        raise ActionCannotLast(measure.action, (*path, "lasting"))


def ensure_approved(kind: DecisionKind, policies: Sequence[PolicyVersion]) -> None:
    """Refuses a violation of a policy that wants a second person."""
    keys = [policy.key for policy in policies if policy.spec.requires_four_eyes]
    if kind is DecisionKind.VIOLATION and keys:
        raise FourEyesNeeded(keys)


def ensure_may_decide(by: Actor) -> None:
    """Refuses who may not decide, and an import: it enforces nothing."""
    by.ensure("case.decide")
    if by.origin is Origin.IMPORT:
        raise Forbidden("An import enforces nothing, so it cannot decide. Import the case's moves instead.")


def ensure_automation(by: Actor, automation: Automation, policies: Sequence[PolicyVersion]) -> None:
    """Refuses more automation than each policy allows, and a machine that says it is none."""
    if by.kind is not ActorKind.HUMAN and automation is Automation.NOT:
        raise invalid("automation", "You are not a person: say PARTIALLY or FULLY.")
    for policy in policies:
        if _LEVELS.index(automation) > _LEVELS.index(policy.spec.automation):
            raise AutomationNotAllowed(policy.key, policy.spec.automation)


def outcome_of(kind: DecisionKind) -> SignalOutcome:
    """What a decision says of the signals that asked for it."""
    return _OUTCOMES.get(kind, SignalOutcome.IGNORED)


def is_terminal(state: EnforcementState, *, waived: bool) -> bool:
    """Whether nothing more is expected of an enforcement; FAILED is one only once waived."""
    return waived or state in {EnforcementState.APPLIED, EnforcementState.EXPIRED, EnforcementState.REVERSED}


def ensure_can_operate(state: EnforcementState, by: Actor, *, waived: bool) -> None:
    """Leads retry and waive what failed, until it is waived."""
    by.ensure("enforcement.operate")
    if state is not EnforcementState.FAILED or waived:
        raise EnforcementNotFailed(state)


def abilities(state: EnforcementState, by: Actor, *, waived: bool) -> Iterator[tuple[str, Refusal | None]]:
    """What may be done with an enforcement, each with the refusal it would meet now."""
    for action in ("RETRY", "WAIVE"):
        try:
            ensure_can_operate(state, by, waived=waived)
        except Refusal as refusal:
            yield action, refusal
        else:
            yield action, None


def receipt_changes(now: EnforcementState, told: ReceiptState, *, current: bool) -> bool:
    """Whether a receipt is news. ``current`` says that it is for the key last sent.

    A success counts whenever it comes, even after a failure; a failure counts only for the key last sent. Refuses a
    failure of what is applied, and a success of what was reversed or expired.
    """
    if told is ReceiptState.APPLIED:
        if now in {EnforcementState.REVERSING, EnforcementState.REVERSED, EnforcementState.EXPIRED}:
            raise ReceiptContradicts(now)
        return now is not EnforcementState.APPLIED
    if not current or now is EnforcementState.FAILED:
        return False
    if now not in {EnforcementState.PLANNED, EnforcementState.HELD, EnforcementState.DISPATCHED}:
        raise ReceiptContradicts(now)
    return True


def key_of(enforcement_id: UUID, number: int) -> str:
    """The idempotency key the platform is given, from 1; it names the enforcement."""
    return f"enforcement_{enforcement_id.hex}.{number}"


def enforcement_of(key: str) -> UUID | None:
    """The enforcement a key names; None where it is not one of our keys."""
    found = _KEY.match(key)
    return UUID(hex=found[1]) if found else None


def code_of(text: str) -> str:
    """A foreign failure code as it may stand in the log: capitals, digits and underscores, at most 64."""
    return re.sub(r"[^A-Z0-9]+", "_", text.upper()).strip("_")[:64] or "REFUSED"
