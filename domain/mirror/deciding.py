"""A decision made in the tracker: the fields of its screen, filled in whole by somebody who may decide."""

from dataclasses import dataclass

from domain.cases import actions as cases
from domain.cases.errors import DecisionNeeded
from domain.cases.models import Case
from domain.cases.states import CaseState
from domain.core.actor import Actor
from domain.mirror.remote import Field, RemoteIssue
from domain.review import actions as review
from domain.review.policies import Measure
from domain.review.states import DecisionKind, EnforcementAction

NO_ACTION = "NO_ACTION"
ASKED = {Field.POLICY: "Policy", Field.DECISION: "Decision", Field.REASON: "Reason"}


@dataclass(frozen=True, slots=True)
class Form:
    """What stands in the decision's fields. `decision` is a kind of decision, or an action, which means a violation."""

    policy: str | None = None
    decision: str | None = None
    reason: str | None = None

    @property
    def missing(self) -> tuple[str, ...]:
        """The names of the fields still to be filled in. Only a violation needs a policy."""
        given = {Field.POLICY: self.policy, Field.DECISION: self.decision, Field.REASON: self.reason}
        if self.kind not in {None, DecisionKind.VIOLATION}:
            del given[Field.POLICY]
        return tuple(ASKED[name] for name, value in given.items() if value is None)

    @property
    def kind(self) -> DecisionKind | None:
        """None while the decision is open, or is a word nobody knows here."""
        if self.decision == NO_ACTION:
            return DecisionKind.NO_VIOLATION
        if self.decision in EnforcementAction.__members__:
            return DecisionKind.VIOLATION
        return DecisionKind.__members__.get(self.decision or "")

    @property
    def measures(self) -> tuple[Measure, ...] | None:
        """None takes the policy's defaults."""
        action = EnforcementAction.__members__.get(self.decision or "")
        return (Measure(action=action),) if action is not None else None


def form_of(issue: RemoteIssue) -> Form:
    """The decision's fields as they stand on the issue; those the mapping lacks are open."""
    policy, decision, reason = (_filled(issue, name) for name in ASKED)
    return Form(policy, decision, reason)


def _filled(issue: RemoteIssue, name: Field) -> str | None:
    value = issue.fields.get(name)
    return value.strip() or None if isinstance(value, str) else None


async def decide(case: Case, form: Form, *, by: Actor) -> None:
    """Decides as the person who moved the issue and claims the case if nobody has. DECISION_NEEDED while incomplete."""
    kind = form.kind
    if form.missing or kind is None or form.reason is None:
        raise DecisionNeeded
    if case.state is not CaseState.IN_REVIEW:
        await cases.claim(case.id, by=by)
    keys = (form.policy,) if form.policy is not None else ()
    await review.decide(case.id, by=by, kind=kind, reasoning=form.reason, policy_keys=keys, actions=form.measures)
