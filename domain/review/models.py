"""Decisions, the policy versions they stand on, and the enforcements that carry them out."""

from datetime import datetime
from uuid import UUID

from tortoise import fields
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.models import Model

from domain.cases.models import Case, Subject
from domain.core.actor import ActorKind
from domain.core.ids import new_id
from domain.core.models import ConfigVersion, Content
from domain.people.models import Person, Principal
from domain.review.states import ApprovalNeed, Automation, DecisionKind, EnforcementAction, EnforcementState


class Decision(Model):
    """What a review came to, and why. Never changed: a later decision overrides it, and each is overridden once."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    case: fields.ForeignKeyRelation[Case] = fields.ForeignKeyField(
        "caseward.Case", related_name=False, on_delete=OnDelete.RESTRICT
    )
    kind = fields.CharEnumField(DecisionKind, max_length=32)
    reasoning: fields.ForeignKeyRelation[Content] = fields.ForeignKeyField(
        "caseward.Content", related_name=False, on_delete=OnDelete.RESTRICT
    )
    private_note: fields.ForeignKeyNullableRelation[Content] = fields.ForeignKeyField(
        "caseward.Content", related_name=False, null=True, on_delete=OnDelete.RESTRICT
    )
    decided_by: fields.ForeignKeyRelation[Principal] = fields.ForeignKeyField(
        "caseward.Principal", related_name=False, on_delete=OnDelete.RESTRICT
    )
    person: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "caseward.Person", related_name=False, null=True, on_delete=OnDelete.RESTRICT
    )
    actor_kind = fields.CharEnumField(ActorKind, max_length=16)
    automation = fields.CharEnumField(Automation, max_length=16)
    approval = fields.CharEnumField(ApprovalNeed, max_length=16)
    override_of: fields.ForeignKeyNullableRelation["Decision"] = fields.ForeignKeyField(
        "caseward.Decision", related_name=False, null=True, on_delete=OnDelete.RESTRICT
    )
    decided_at = fields.DatetimeField()

    case_id: UUID
    reasoning_id: UUID
    person_id: UUID | None
    override_of_id: UUID | None

    class Meta:
        app = "caseward"
        table = "decision"
        indexes = (
            Index(fields=("case_id", "decided_at", "id"), name="decision_case"),
            Index(fields=("decided_at", "id"), name="decision_decided"),
        )


class DecisionPolicy(Model):
    """A policy version a decision stands on."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    decision: fields.ForeignKeyRelation[Decision] = fields.ForeignKeyField(
        "caseward.Decision", related_name=False, on_delete=OnDelete.RESTRICT
    )
    version: fields.ForeignKeyRelation[ConfigVersion] = fields.ForeignKeyField(
        "caseward.ConfigVersion", related_name=False, on_delete=OnDelete.RESTRICT
    )
    policy_key = fields.CharField(max_length=127)

    class Meta:
        app = "caseward"
        table = "decision_policy"
        unique_together = (("decision", "version"),)
        indexes = (Index(fields=("policy_key",), name="decision_policy_key"),)


class Enforcement(Model):
    """One thing the platform is told to do about a subject, and how far it got. FAILED stays until a person retries or
    waives it."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    decision: fields.ForeignKeyRelation[Decision] = fields.ForeignKeyField(
        "caseward.Decision", related_name=False, on_delete=OnDelete.RESTRICT
    )
    case: fields.ForeignKeyRelation[Case] = fields.ForeignKeyField(
        "caseward.Case", related_name=False, on_delete=OnDelete.RESTRICT
    )
    subject: fields.ForeignKeyRelation[Subject] = fields.ForeignKeyField(
        "caseward.Subject", related_name=False, on_delete=OnDelete.RESTRICT
    )
    action = fields.CharEnumField(EnforcementAction, max_length=32)
    lasting = fields.TimeDeltaField(null=True)
    state = fields.CharEnumField(EnforcementState, max_length=16)
    key = fields.CharField(max_length=127, unique=True)
    rounds = fields.IntField(default=1, db_default=1)
    attempts = fields.IntField(default=0, db_default=0)
    external_id = fields.CharField(max_length=255, null=True)
    receipt = fields.CharField(max_length=255, null=True)
    failure_code = fields.CharField(max_length=64, null=True)
    planned_at = fields.DatetimeField()
    applied_at: datetime | None = fields.DatetimeField(null=True)
    ends_at: datetime | None = fields.DatetimeField(null=True)
    waived_at: datetime | None = fields.DatetimeField(null=True)
    version = fields.BigIntField()
    updated_at = fields.DatetimeField()

    decision_id: UUID
    case_id: UUID
    subject_id: UUID

    class Meta:
        app = "caseward"
        table = "enforcement"
        indexes = (
            Index(fields=("decision_id",), name="enforcement_decision"),
            Index(fields=("case_id",), name="enforcement_case"),
            Index(fields=("state", "updated_at", "id"), name="enforcement_state"),
            Index(fields=("updated_at", "id"), name="enforcement_updated"),
        )
