"""Decisions: what a review came to, and what it sets in motion."""

from collections.abc import Sequence
from uuid import UUID

from domain.cases import actions as cases
from domain.cases.models import Case, Subject
from domain.cases.states import SubjectKind
from domain.core import content, events
from domain.core.actor import Actor
from domain.core.ids import new_id
from domain.core.transaction import Ref, atomic
from domain.review import rules
from domain.review.actions.enforcing import plan
from domain.review.events import DecisionMade, PolicyRef
from domain.review.fold import decision_row
from domain.review.models import Decision, DecisionPolicy
from domain.review.policies import Measure, PolicyVersion
from domain.review.queries import current_decision, policies_of
from domain.review.states import ApprovalNeed, Automation, DecisionKind


@atomic
async def decide(
    case_id: UUID,
    *,
    by: Actor,
    kind: DecisionKind,
    reasoning: str,
    policy_keys: Sequence[str] = (),
    actions: Sequence[Measure] | None = None,
    private_note: str | None = None,
    automation: Automation = Automation.NOT,
    token: UUID | None = None,
    expected_version: int | None = None,
) -> Decision:
    """Decides a case its holder has claimed. ``actions`` None takes the policies' defaults; () enforces nothing.

    A VIOLATION with something to enforce leaves the case ENFORCING, every other kind RESOLVED, REQUEUE back in its
    queue undecided. The decision that stood until now is overridden. Signals learn whether they were right.
    """
    rules.ensure_may_decide(by)
    decision_id = new_id()
    case = await _move(case_id, by=by, kind=kind, decision_id=decision_id, token=token, version=expected_version)
    # under the case's lock: what came into effect while this waited for it holds
    policies = await policies_of(policy_keys)
    rules.ensure_automation(by, automation, policies)
    rules.ensure_approved(kind, policies)
    measures = rules.measures_of(kind, policies, actions, subject=await _subject_kind(case))
    before = await current_decision(case_id)
    made = DecisionMade(
        case_id=case_id,
        decision_kind=kind,
        policies=tuple(PolicyRef(version_id=p.id, key=p.key, rev=p.rev) for p in policies),
        reasoning=await content.store(reasoning, path="reasoning"),
        private_note=await content.store(private_note, path="privateNote") if private_note else None,
        automation=automation,
        approval=ApprovalNeed.NOT_REQUIRED,
        person_id=by.person_id,
        override_of=before.id if before and kind is not DecisionKind.REQUEUE else None,
    )
    decision = await _write(decision_id, made, policies, by=by)
    if kind is not DecisionKind.REQUEUE:
        await cases.judge_signals(case_id, by=by, outcome=rules.outcome_of(kind))
        await _carry_out(case, decision, measures, by=by)
    return decision


async def _subject_kind(case: Case) -> SubjectKind | None:
    subject = await Subject.filter(id=case.subject_id).first() if case.subject_id else None
    return subject.kind if subject else None


async def _move(
    case_id: UUID, *, by: Actor, kind: DecisionKind, decision_id: UUID, token: UUID | None, version: int | None
) -> Case:
    """The case, locked and decided, or given back to its queue."""
    if kind is DecisionKind.REQUEUE:
        return await cases.release(case_id, by=by, token=token, expected_version=version)
    return await cases.mark_decided(case_id, by=by, decision_id=decision_id, token=token, expected_version=version)


async def _write(decision_id: UUID, made: DecisionMade, policies: Sequence[PolicyVersion], *, by: Actor) -> Decision:
    (entry,) = await events.append(Ref("decision", decision_id), made, by=by)
    decision = await Decision.create(**decision_row(made, entry))
    for policy in policies:
        await DecisionPolicy.create(decision_id=decision_id, version_id=policy.id, policy_key=policy.key)
    return decision


async def _carry_out(case: Case, decision: Decision, measures: Sequence[Measure], *, by: Actor) -> None:
    if not measures or case.subject_id is None:
        await cases.mark_resolved(case.id, by=by, resolution=decision.kind.value)
        return
    await cases.mark_enforcing(case.id, by=by, decision_id=decision.id)
    for measure in measures:
        await plan(measure, decision, subject_id=case.subject_id, by=by)
