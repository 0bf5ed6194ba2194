"""Subjects, the signals about them, the cases that review them, and where those cases wait."""

from uuid import UUID

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.models import Model

from domain.cases.states import (
    CaseKind,
    CaseState,
    CommentVisibility,
    LinkKind,
    Priority,
    Sensitivity,
    Severity,
    SignalOrigin,
    SignalOutcome,
    SubjectKind,
)
from domain.core.actor import Origin
from domain.core.ids import new_id
from domain.core.models import Content
from domain.people.models import Person, Principal, Requester, Team


class Subject(Model):
    """What a case is about: a live room, an account, a video. One row per thing on the platform."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    kind = fields.CharEnumField(SubjectKind, max_length=16)
    external_ref = fields.CharField(max_length=255)
    parent: fields.ForeignKeyNullableRelation["Subject"] = fields.ForeignKeyField(
        "caseward.Subject", related_name=False, null=True
    )
    owner_ref = fields.CharField(max_length=255, null=True)
    reach = fields.BigIntField(default=0, db_default=0)
    live = fields.BooleanField(default=False, db_default=False)
    started_at = fields.DatetimeField(null=True)
    ended_at = fields.DatetimeField(null=True)
    version = fields.BigIntField()
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        app = "caseward"
        table = "subject"
        unique_together = (("kind", "external_ref"),)


class Signal(Model):
    """One piece of news that may need review. Never changed, save for its outcome."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    subject: fields.ForeignKeyRelation[Subject] = fields.ForeignKeyField(
        "caseward.Subject", related_name=False, on_delete=OnDelete.RESTRICT
    )
    origin = fields.CharEnumField(SignalOrigin, max_length=32)
    channel = fields.CharField(max_length=64)
    reporter: fields.ForeignKeyNullableRelation[Requester] = fields.ForeignKeyField(
        "caseward.Requester", related_name=False, null=True
    )
    filed_by: fields.ForeignKeyRelation[Principal] = fields.ForeignKeyField("caseward.Principal", related_name=False)
    rule_version = fields.CharField(max_length=127, null=True)
    reason_code = fields.CharField(max_length=64)
    confidence = fields.FloatField(null=True)
    reporter_mark = fields.CharField(max_length=64, null=True)
    reporter_agreed = fields.IntField(default=0, db_default=0)
    reporter_disagreed = fields.IntField(default=0, db_default=0)
    detail: fields.ForeignKeyNullableRelation[Content] = fields.ForeignKeyField(
        "caseward.Content", related_name=False, null=True
    )
    dedupe_key = fields.CharField(max_length=255)
    outcome = fields.CharEnumField(SignalOutcome, max_length=16)
    version = fields.BigIntField()
    received_at = fields.DatetimeField()

    subject_id: UUID
    filed_by_id: UUID

    class Meta:
        app = "caseward"
        table = "signal"
        unique_together = (("filed_by", "origin", "dedupe_key"),)
        indexes = (Index(fields=("subject_id", "received_at"), name="signal_subject"),)


class Queue(Model):
    """Where cases wait: a predicate that routes them in, an owner team, an order, a capacity."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    key = fields.CharField(max_length=64, unique=True)
    name = fields.CharField(max_length=127)
    position = fields.IntField()
    team: fields.ForeignKeyRelation[Team] = fields.ForeignKeyField(
        "caseward.Team", related_name=False, on_delete=OnDelete.RESTRICT
    )
    predicate = fields.JSONField[object]()
    skills = ArrayField(element_type="text", default=list)
    capacity = fields.IntField(null=True)
    active = fields.BooleanField(default=True, db_default=True)
    created_at = fields.DatetimeField()

    team_id: UUID

    class Meta:
        app = "caseward"
        table = "queue"


class Case(Model):
    """A unit of work on a subject."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    number = fields.BigIntField(unique=True)
    kind = fields.CharEnumField(CaseKind, max_length=16)
    workflow = fields.CharField(max_length=16)
    state = fields.CharEnumField(CaseState, max_length=32)
    subject: fields.ForeignKeyNullableRelation[Subject] = fields.ForeignKeyField(
        "caseward.Subject", related_name=False, null=True, on_delete=OnDelete.RESTRICT
    )
    title: fields.ForeignKeyRelation[Content] = fields.ForeignKeyField(
        "caseward.Content", related_name=False, on_delete=OnDelete.RESTRICT
    )
    severity = fields.CharEnumField(Severity, max_length=8)
    priority = fields.CharEnumField(Priority, max_length=8)
    sensitivity = fields.CharEnumField(Sensitivity, max_length=16)
    queue: fields.ForeignKeyNullableRelation[Queue] = fields.ForeignKeyField(
        "caseward.Queue", related_name=False, null=True, on_delete=OnDelete.RESTRICT
    )
    team: fields.ForeignKeyNullableRelation[Team] = fields.ForeignKeyField(
        "caseward.Team", related_name=False, null=True, on_delete=OnDelete.RESTRICT
    )
    assignee: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "caseward.Person", related_name=False, null=True, on_delete=OnDelete.RESTRICT
    )
    hold_reason = fields.CharField(max_length=64, null=True)
    hold_until = fields.DatetimeField(null=True)
    tier = fields.IntField(default=0, db_default=0)
    resolution = fields.CharField(max_length=64, null=True)
    reason_code = fields.CharField(max_length=64, null=True)
    language = fields.CharField(max_length=16, null=True)
    region = fields.CharField(max_length=16, null=True)
    details = fields.JSONField[dict[str, object]](default=dict)
    merged_into: fields.ForeignKeyNullableRelation["Case"] = fields.ForeignKeyField(
        "caseward.Case", related_name=False, null=True, on_delete=OnDelete.RESTRICT
    )
    reopen_count = fields.IntField(default=0, db_default=0)
    opened_at = fields.DatetimeField()
    resolved_at = fields.DatetimeField(null=True)
    origin = fields.CharEnumField(Origin, max_length=16)
    version = fields.BigIntField()
    updated_at = fields.DatetimeField()

    subject_id: UUID | None
    title_id: UUID
    queue_id: UUID | None
    team_id: UUID | None
    assignee_id: UUID | None

    class Meta:
        app = "caseward"
        table = "case"
        indexes = (
            Index(fields=("queue_id", "state", "priority", "opened_at", "id"), name="case_worklist_order"),
            Index(fields=("opened_at", "id"), name="case_opened"),
            Index(fields=("updated_at", "id"), name="case_updated"),
            Index(fields=("assignee_id", "state"), name="case_assignee"),
            Index(fields=("subject_id",), name="case_subject"),
        )


class CaseRank(Model):
    """The order reckoned for a case, and what it is made of; by the case's id. Kept with the worklist."""

    id = fields.UUIDField(primary_key=True)
    value = fields.FloatField()
    formula_version = fields.IntField()
    severity = fields.FloatField()
    priority = fields.FloatField()
    reach = fields.FloatField()
    trusted = fields.FloatField()
    detected = fields.FloatField()
    reported = fields.FloatField()
    trusted_signals = fields.IntField()
    detected_signals = fields.IntField()
    reported_signals = fields.IntField()

    class Meta:
        app = "caseward"
        table = "case_rank"


class CaseSignal(Model):
    """A signal's place in a case; a signal belongs to one open case at a time."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    case: fields.ForeignKeyRelation[Case] = fields.ForeignKeyField("caseward.Case", related_name=False)
    signal: fields.ForeignKeyRelation[Signal] = fields.ForeignKeyField("caseward.Signal", related_name=False)
    attached_at = fields.DatetimeField()
    detached_at = fields.DatetimeField(null=True)

    class Meta:
        app = "caseward"
        table = "case_signal"
        indexes = (Index(fields=("case_id",), name="case_signal_case"),)


class CaseLink(Model):
    """How one case belongs to another."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    case: fields.ForeignKeyRelation[Case] = fields.ForeignKeyField("caseward.Case", related_name=False)
    other: fields.ForeignKeyRelation[Case] = fields.ForeignKeyField("caseward.Case", related_name=False)
    kind = fields.CharEnumField(LinkKind, max_length=16)
    created_at = fields.DatetimeField()

    class Meta:
        app = "caseward"
        table = "case_link"
        unique_together = (("case", "other", "kind"),)


class Lease(Model):
    """The fenced, expiring right to work on a case now. ``token`` fences every write of its holder."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    case: fields.ForeignKeyRelation[Case] = fields.ForeignKeyField("caseward.Case", related_name=False)
    holder: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("caseward.Person", related_name=False)
    token = fields.UUIDField(unique=True, default=new_id)
    acquired_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    released_at = fields.DatetimeField(null=True)

    case_id: UUID
    holder_id: UUID

    class Meta:
        app = "caseward"
        table = "lease"


class CaseDraft(Model):
    """What a holder had written when the lease ended: never lost, one per case and person."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    case: fields.ForeignKeyRelation[Case] = fields.ForeignKeyField("caseward.Case", related_name=False)
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("caseward.Person", related_name=False)
    body: fields.ForeignKeyRelation[Content] = fields.ForeignKeyField("caseward.Content", related_name=False)
    saved_at = fields.DatetimeField()

    class Meta:
        app = "caseward"
        table = "case_draft"
        unique_together = (("case", "person"),)


class CaseComment(Model):
    """A remark on a case. INTERNAL ones never leave the desk."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    case: fields.ForeignKeyRelation[Case] = fields.ForeignKeyField("caseward.Case", related_name=False)
    author: fields.ForeignKeyRelation[Principal] = fields.ForeignKeyField("caseward.Principal", related_name=False)
    body: fields.ForeignKeyRelation[Content] = fields.ForeignKeyField("caseward.Content", related_name=False)
    visibility = fields.CharEnumField(CommentVisibility, max_length=16)
    source = fields.CharField(max_length=64, null=True)
    source_event_id = fields.CharField(max_length=255, null=True)
    created_at = fields.DatetimeField()

    case_id: UUID
    author_id: UUID

    class Meta:
        app = "caseward"
        table = "case_comment"
        indexes = (Index(fields=("case_id", "created_at", "id"), name="case_comment_case"),)
