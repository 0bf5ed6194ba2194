"""The tables of the core. The log's own (``event_head``, ``event_unsequenced``, ``sequencer``…) have no model: only
SQL functions touch them."""

from tortoise import fields
from tortoise.indexes import Index, PartialIndex
from tortoise.models import Model

from domain.core.actor import ActorKind, Origin, Tool
from domain.core.content import Retention
from domain.core.effects import EffectState
from domain.core.ids import new_id
from domain.core.versions import LONGEST_KEY, ConfigKind


class Event(Model):
    """One fact of the log. Partitioned by month of ``recorded_at``; never updated."""

    id = fields.BigIntField(primary_key=True, generated=True)
    subject_type = fields.CharField(max_length=32)
    subject_id = fields.UUIDField()
    seq = fields.BigIntField()
    kind = fields.CharField(max_length=64)
    schema_version = fields.IntField()
    occurred_at = fields.DatetimeField()
    recorded_at = fields.DatetimeField()
    actor_id = fields.UUIDField()
    actor_kind = fields.CharEnumField(ActorKind, max_length=16)
    origin = fields.CharEnumField(Origin, max_length=16)
    tool = fields.CharEnumField(Tool, max_length=16)
    causation_id = fields.BigIntField(null=True)
    correlation_id = fields.UUIDField(null=True)
    batch_id = fields.UUIDField(null=True)
    source = fields.CharField(max_length=64, null=True)
    source_event_id = fields.CharField(max_length=255, null=True)
    payload = fields.JSONField[dict[str, object]]()
    prev_hash = fields.BinaryField()
    hash = fields.BinaryField()

    class Meta:
        app = "caseward"
        table = "event"


class Content(Model):
    """A free text or personal value. Erasing empties ``body``; ``digest`` keeps the log's chain whole."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    digest = fields.CharField(max_length=64)
    body = fields.TextField(null=True)
    retention_class = fields.CharEnumField(Retention, max_length=16)
    legal_hold = fields.BooleanField(default=False, db_default=False)
    erased_at = fields.DatetimeField(null=True)

    class Meta:
        app = "caseward"
        table = "content"


class Secret(Model):
    """A credential encrypted at rest; ``key_id`` says with which key."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    name = fields.CharField(max_length=127, unique=True)
    ciphertext = fields.TextField()
    key_id = fields.CharField(max_length=32)
    created_at = fields.DatetimeField()
    rotated_at = fields.DatetimeField(null=True)

    class Meta:
        app = "caseward"
        table = "secret"


class Installation(Model):
    """This installation. ``epoch`` is raised after a restored backup, so that foreign systems are reconciled first."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    epoch = fields.IntField(default=1, db_default=1)
    created_at = fields.DatetimeField()

    class Meta:
        app = "caseward"
        table = "installation"


class Timer(Model):
    """The next thing that can happen to a subject."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    kind = fields.CharField(max_length=32)
    subject_type = fields.CharField(max_length=32)
    subject_id = fields.UUIDField()
    due_at = fields.DatetimeField()
    armed_at = fields.DatetimeField()
    parked_at = fields.DatetimeField(null=True)
    error = fields.TextField(null=True)

    class Meta:
        app = "caseward"
        table = "timer"
        unique_together = (("kind", "subject_type", "subject_id"),)
        indexes = (Index(fields=("due_at",), name="timer_due"),)


class Effect(Model):
    """Something to be done outside our database."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    kind = fields.CharField(max_length=32)
    key = fields.CharField(max_length=255, unique=True)
    subject_type = fields.CharField(max_length=32)
    subject_id = fields.UUIDField()
    payload = fields.JSONField[dict[str, object]]()
    state = fields.CharEnumField(EffectState, max_length=16)
    attempts = fields.IntField()
    not_before = fields.DatetimeField()
    lease_until = fields.DatetimeField(null=True)
    error = fields.TextField(null=True)
    batch_id = fields.UUIDField(null=True)
    actor_id = fields.UUIDField(null=True)
    created_at = fields.DatetimeField()
    done_at = fields.DatetimeField(null=True)

    class Meta:
        app = "caseward"
        table = "effect"
        indexes = (
            PartialIndex(fields=("not_before",), name="effect_due", condition={"state": "PENDING"}),
            Index(fields=("subject_type", "subject_id"), name="effect_subject"),
        )


class EffectGate(Model):
    """What follows outside from a batch waits for a subject until this moment, or until the batch is called back."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    batch_id = fields.UUIDField()
    subject_type = fields.CharField(max_length=32)
    subject_id = fields.UUIDField()
    until = fields.DatetimeField()

    class Meta:
        app = "caseward"
        table = "effect_gate"
        unique_together = (("subject_type", "subject_id", "batch_id"),)
        indexes = (Index(fields=("batch_id",), name="effect_gate_batch"),)


class ConfigVersion(Model):
    """One immutable version of something configured."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    kind = fields.CharEnumField(ConfigKind, max_length=32)
    key = fields.CharField(max_length=LONGEST_KEY)
    rev = fields.IntField()
    effective_from = fields.DatetimeField()
    body = fields.JSONField[dict[str, object]]()
    note = fields.TextField()
    created_by = fields.UUIDField()
    created_at = fields.DatetimeField()

    class Meta:
        app = "caseward"
        table = "config_version"
        unique_together = (("kind", "key", "rev"),)


class DirtySubject(Model):
    """A mark that a consumer must recompute a subject. Many marks, one recomputation."""

    id = fields.BigIntField(primary_key=True, generated=True)
    consumer = fields.CharField(max_length=32)
    subject_type = fields.CharField(max_length=32)
    subject_id = fields.UUIDField()

    class Meta:
        app = "caseward"
        table = "dirty_subject"
        indexes = (Index(fields=("consumer", "subject_type", "subject_id"), name="dirty_subject_of"),)


class ParkedSubject(Model):
    """A subject one consumer cannot recompute: it is out of date and says why."""

    id = fields.BigIntField(primary_key=True, generated=True)
    consumer = fields.CharField(max_length=32)
    subject_type = fields.CharField(max_length=32)
    subject_id = fields.UUIDField()
    error = fields.TextField()
    position = fields.BigIntField(null=True)
    parked_at = fields.DatetimeField()

    class Meta:
        app = "caseward"
        table = "parked_subject"
        unique_together = (("consumer", "subject_type", "subject_id"),)


class IdempotencyKey(Model):
    """What a mutation answered, so that its repeat answers the same for a day."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    principal_id = fields.UUIDField()
    key = fields.CharField(max_length=255)
    field = fields.CharField(max_length=127)
    input_hash = fields.CharField(max_length=64)
    outcome = fields.JSONField[dict[str, object]](null=True)
    created_at = fields.DatetimeField()

    class Meta:
        app = "caseward"
        table = "idempotency_key"
        unique_together = (("principal_id", "key", "field"),)
        indexes = (Index(fields=("created_at",), name="idempotency_key_created"),)


class TrustedDocument(Model):
    """A GraphQL document a client's build has registered; known by the SHA-256 of its text, never changed."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    digest = fields.CharField(max_length=64, unique=True)
    text = fields.TextField()
    client = fields.CharField(max_length=127)
    created_at = fields.DatetimeField()

    class Meta:
        app = "caseward"
        table = "trusted_document"
