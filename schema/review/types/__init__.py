"""A content policy, a decision, and the enforcements that carry it out."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import strawberry

from domain.cases.states import Severity
from domain.core import predicates as p
from domain.core.actor import Actor
from domain.core.models import ConfigVersion
from domain.review import models, rules, visibility
from domain.review.filters import CONTENT_POLICY, DECISION, ENFORCEMENT
from domain.review.policies import Measure
from domain.review.states import ApprovalNeed, Automation, DecisionKind, EnforcementAction, EnforcementState
from schema import reads
from schema.abilities import Ability, told
from schema.cases.types import Case, Subject
from schema.cases.types.sensitive import of_case
from schema.cases.types.words import content
from schema.people.types import Account, Person
from schema.review.types import words
from schema.scalars import Long

assert words  # noqa: S101 - imported for the descriptions it gives to the enums


@strawberry.type(description="Something to do about a violation.")
class PolicyMeasure:
    action: EnforcementAction = strawberry.field(description="What to do.")
    lasting: timedelta | None = strawberry.field(description="For how long; null for good.")


def _measures(row: Mapping[str, Any], _viewer: Actor) -> list[PolicyMeasure]:
    measures = [Measure.model_validate(given) for given in row["measures"] or ()]
    return [PolicyMeasure(action=measure.action, lasting=measure.lasting) for measure in measures]


def _abilities(row: Mapping[str, Any], viewer: Actor) -> list[Ability]:
    return told(rules.abilities(EnforcementState(row["state"]), viewer, waived=row["waived"]))


def _said(name: str) -> str:
    return f"({{row}}.body->>'{name}')"


@reads.entity(
    ConfigVersion,
    prefix="policy",
    text_key="key",
    current=CONTENT_POLICY["in_effect"].sql,
    filters=CONTENT_POLICY,
    visible=visibility.CONTENT_POLICIES,
    sorts=("key", "effective_from"),
    order="key",
)
class ContentPolicy(reads.Node):
    """One version of a policy: what is not allowed, and what may be done about it. Versions never change."""

    key: str = reads.column(description="Its name, the same for all its versions: live.scam.")
    rev: int = reads.column(description="Which version of it this is, from 1.")
    title: str = reads.expression(_said("title"), description="Its name for people.")
    summary: str = reads.expression(_said("summary"), description="What it forbids, and what it does not.")
    parent_key: str | None = reads.expression(_said("parent"), description="The policy it belongs under.")
    severity: Severity = reads.expression(_said("severity"), description="How much harm a violation does.")
    allowed_actions: list[EnforcementAction] = reads.expression(
        "ARRAY(SELECT jsonb_array_elements_text({row}.body->'allowed_actions'))",
        description="What may be done about a violation.",
    )
    default_actions: list[PolicyMeasure] = reads.computed(
        needs={"measures": "({row}.body->'default_actions')"},
        compute=_measures,
        description="What is done about a violation unless the decision says otherwise.",
    )
    requires_four_eyes: bool = reads.expression(
        "({row}.body->>'requires_four_eyes')::boolean", description="Whether a second person must agree."
    )
    automation: Automation = reads.expression(
        _said("automation"), description="How much of a decision may be automated at most."
    )
    effective_from: datetime = reads.column(description="Since when, or from when, it counts.")
    in_effect: bool = reads.expression(
        CONTENT_POLICY["in_effect"].sql, description="Whether it is the version that counts now."
    )


@reads.entity(
    models.Enforcement,
    prefix="enforcement",
    filters=ENFORCEMENT,
    visible=visibility.ENFORCEMENTS,
    sensitive=of_case(ENFORCEMENT),
    sorts=("updated_at",),
    order="-updated_at",
)
class Enforcement(reads.Node):
    """One thing the platform is told to do, and how far it got."""

    case: Case | None = reads.reference("case_id", description="The case it is about.")
    subject: Subject | None = reads.reference("subject_id", description="What it is done to.")
    action: EnforcementAction = reads.column(description="What is done.")
    lasting: timedelta | None = reads.column(description="For how long; null for good.")
    state: EnforcementState = reads.column(description="How far it got.")
    attempts: int = reads.column(description="How often it was sent or asked for.")
    receipt: str | None = reads.column(description="The platform's receipt.")
    external_id: str | None = reads.column(description="The platform's own id of it.")
    failure_code: str | None = reads.column(
        description="Why it failed: the platform's word, or UNREACHABLE and UNCONFIRMED where it did not say."
    )
    planned_at: datetime = reads.column(description="When it was decided.")
    applied_at: datetime | None = reads.column(description="When the platform carried it out.")
    ends_at: datetime | None = reads.column(description="When it ends by itself.")
    waived_at: datetime | None = reads.column(description="When a person let its failure be.")
    updated_at: datetime = reads.column(description="When it last changed.")
    viewer_can: list[Ability] = reads.computed(
        needs={"state": "{row}.state", "waived": "({row}.waived_at IS NOT NULL)"},
        compute=_abilities,
        description="What you may do to it now, and why not otherwise.",
    )
    version: Long = reads.column(description="Counts its own events.")


@reads.entity(
    models.Decision,
    prefix="decision",
    filters=DECISION,
    visible=visibility.DECISIONS,
    sensitive=of_case(DECISION),
    sorts=("decided_at",),
    order="-decided_at",
)
class Decision(reads.Node):
    """What a review came to, and why. Never changed: a later decision overrides it."""

    case: Case | None = reads.reference("case_id", description="The case it decides.")
    kind: DecisionKind = reads.column(description="What it came to.")
    policies: list[ContentPolicy] = reads.many(
        on="EXISTS (SELECT 1 FROM decision_policy dp WHERE dp.version_id = {row}.id AND dp.decision_id = {parent}.id)",
        order="key",
        description="The versions of the policies it stands on.",
    )
    reasoning: str | None = reads.expression(content("reasoning_id"), description="Why; null once it was erased.")
    private_note: str | None = reads.expression(
        content("private_note_id"),
        shown_if=p.holds("case.decide"),
        description="A note among those who decide; null for others, and where there is none.",
    )
    decided_by: Account | None = reads.reference("decided_by_id", description="The account that decided.")
    person: Person | None = reads.reference("person_id", description="The person who decided.")
    automation: Automation = reads.column(description="How much of it was taken without a person.")
    approval: ApprovalNeed = reads.column(description="Whether a second person has to agree.")
    current: bool = reads.expression(
        "({row}.kind <> 'REQUEUE' AND NOT EXISTS (SELECT 1 FROM decision o WHERE o.override_of_id = {row}.id))",
        description="Whether it stands: final, and overridden by none.",
    )
    enforcements: list[Enforcement] = reads.many("decision_id", order="updated_at", description="What carries it out.")
    decided_at: datetime = reads.column(description="When it was taken.")
