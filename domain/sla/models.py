"""Clocks as tables: a projection of the log, recomputed subject by subject. Only firings are written once and kept."""

from uuid import UUID

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.indexes import Index
from tortoise.models import Model

from domain.sla.clocks import ClockState, Mode, TransitionType
from domain.sla.metrics import GoalUnit, Metric
from domain.sla.policies import PolicyKind


class SlaClock(Model):
    """One cycle of one promise about a subject. Its id follows from what it is, so every fold finds the same row.

    ``state`` is as of the last fold: read it as BREACHING where it is RUNNING and ``due_at`` has passed.
    Durations are microseconds, ``goal`` and ``elapsed_base`` in counted time; ``digest`` covers segments and
    transitions too.
    """

    id = fields.UUIDField(primary_key=True)
    subject_type = fields.CharField(max_length=32)
    subject_id = fields.UUIDField()
    policy_kind = fields.CharEnumField(PolicyKind, max_length=16)
    metric = fields.CharEnumField(Metric, max_length=32)
    holder = fields.CharField(max_length=64, null=True)
    cycle = fields.IntField()
    policy_key = fields.CharField(max_length=127)
    policy_rev = fields.IntField()
    target_key = fields.CharField(max_length=127)
    instead_of = ArrayField(element_type="text", default=list)
    calendar = fields.CharField(max_length=127, null=True)
    goal = fields.TimeDeltaField()
    goal_unit = fields.CharEnumField(GoalUnit, max_length=16)
    state = fields.CharEnumField(ClockState, max_length=16)
    started_at = fields.DatetimeField()
    running_since = fields.DatetimeField(null=True)
    elapsed_base = fields.TimeDeltaField()
    due_at = fields.DatetimeField(null=True)
    stopped_at = fields.DatetimeField(null=True)
    breached_at = fields.DatetimeField(null=True)
    cancelled_at = fields.DatetimeField(null=True)
    cancel_reason = fields.CharField(max_length=255, null=True)
    revision = fields.IntField()
    digest = fields.CharField(max_length=32)

    class Meta:
        app = "caseward"
        table = "sla_clock"
        indexes = (
            Index(fields=("due_at", "id"), name="sla_clock_due"),
            Index(fields=("started_at", "id"), name="sla_clock_started"),
        )


class SlaSegment(Model):
    """A stretch of a clock, counted or not: those of mode RUN sum to what has elapsed. ``business`` is 0 while open."""

    id = fields.UUIDField(primary_key=True)
    clock: fields.ForeignKeyRelation[SlaClock] = fields.ForeignKeyField("caseward.SlaClock", related_name=False)
    number = fields.IntField()
    started_at = fields.DatetimeField()
    ended_at = fields.DatetimeField(null=True)
    mode = fields.CharEnumField(Mode, max_length=16)
    reason = fields.CharField(max_length=255, null=True)
    team_id = fields.UUIDField(null=True)
    business = fields.TimeDeltaField()
    seq = fields.BigIntField(null=True)

    clock_id: UUID

    class Meta:
        app = "caseward"
        table = "sla_segment"
        unique_together = (("clock", "number"),)


class SlaTransition(Model):
    """A step of a clock's life: when it became true, and when it came to light."""

    id = fields.UUIDField(primary_key=True)
    clock: fields.ForeignKeyRelation[SlaClock] = fields.ForeignKeyField("caseward.SlaClock", related_name=False)
    number = fields.IntField()
    type = fields.CharEnumField(TransitionType, max_length=16)
    at = fields.DatetimeField()
    detected_at = fields.DatetimeField()
    revision = fields.IntField()
    cause = fields.CharField(max_length=255)
    seq = fields.BigIntField(null=True)

    clock_id: UUID

    class Meta:
        app = "caseward"
        table = "sla_transition"
        unique_together = (("clock", "number"),)


class SlaFiring(Model):
    """That a threshold was acted on: once per clock, threshold (-1 is the breach itself) and revision of a promise."""

    id = fields.UUIDField(primary_key=True)
    subject_type = fields.CharField(max_length=32)
    subject_id = fields.UUIDField()
    clock_id = fields.UUIDField()
    threshold = fields.IntField()
    revision = fields.IntField()
    at = fields.DatetimeField()
    fired_at = fields.DatetimeField()
    event_id = fields.BigIntField()
    ended_at = fields.DatetimeField(null=True)
    voided_at = fields.DatetimeField(null=True)

    class Meta:
        app = "caseward"
        table = "sla_firing"
        unique_together = (("clock_id", "threshold", "revision"),)
        indexes = (Index(fields=("subject_type", "subject_id"), name="sla_firing_subject"),)
