"""What the mirror remembers of the other side. Operational: it can be rebuilt from the log and the tracker."""

from datetime import datetime, timedelta
from uuid import UUID

from tortoise import fields
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.models import Model

from domain.cases.models import Case, CaseComment
from domain.core.ids import new_id
from domain.mirror.states import (
    InboxState,
    MirrorConflictState,
    MirrorConnectionState,
    MirrorLinkState,
    MirrorOperationKind,
    MirrorOperationState,
    MirrorPause,
)
from domain.people.models import Principal

POLL_EVERY = timedelta(seconds=90)


class MirrorConnection(Model):
    """A tracker that cases are mirrored into. Its credentials are settings, never rows."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    key = fields.CharField(max_length=32, unique=True)
    kind = fields.CharField(max_length=16)
    base_url = fields.CharField(max_length=255)
    state = fields.CharEnumField(MirrorConnectionState, max_length=16)
    reason = fields.CharField(max_length=255, null=True)
    failures = fields.IntField(default=0, db_default=0)
    retry_at = fields.DatetimeField(null=True)
    account_id = fields.CharField(max_length=255, null=True)
    principal: fields.ForeignKeyRelation[Principal] = fields.ForeignKeyField("caseward.Principal", related_name=False)
    doubt_grace = fields.TimeDeltaField(default=timedelta(minutes=5))
    doubt_probes = fields.IntField(default=3, db_default=3)
    poll_every = fields.TimeDeltaField(default=POLL_EVERY)
    epoch = fields.IntField(default=1, db_default=1)
    """Counts the times our own past was lost: a backup was restored, and the tracker knows more of us than we do."""
    paused_at = fields.DatetimeField(null=True)
    pause_reason = fields.CharEnumField(MirrorPause, max_length=16, null=True)
    created_at = fields.DatetimeField()

    principal_id: UUID

    class Meta:
        app = "caseward"
        table = "mirror_connection"

    @property
    def source(self) -> str:
        """The system named in the source of everything that comes from here."""
        return f"{self.kind}:{self.key}"


class MirrorLink(Model):
    """A case and its issue: one issue a case and connection, one case an issue."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    case: fields.ForeignKeyRelation[Case] = fields.ForeignKeyField("caseward.Case", related_name=False)
    connection: fields.ForeignKeyRelation[MirrorConnection] = fields.ForeignKeyField(
        "caseward.MirrorConnection", related_name=False, on_delete=OnDelete.RESTRICT
    )
    state = fields.CharEnumField(MirrorLinkState, max_length=16)
    reason: str | None = fields.TextField(null=True)
    marker = fields.CharField(max_length=64, unique=True)
    remote_id = fields.CharField(max_length=64, null=True)
    remote_key = fields.CharField(max_length=64, null=True)
    remote_url = fields.CharField(max_length=500, null=True)
    needs_decision = fields.BooleanField(default=False, db_default=False)
    lease_token = fields.UUIDField(null=True)
    lease_until = fields.DatetimeField(null=True)
    synced_at = fields.DatetimeField(null=True)
    known_updated = fields.DatetimeField(null=True)
    """The latest change of the issue, by the tracker's clock, that was read or that a comparison was asked for."""
    unannounced = fields.DatetimeField(null=True)
    """That change, where the poll found it before any delivery told of it: counted if none has by the next poll."""
    created_at = fields.DatetimeField()

    case_id: UUID
    connection_id: UUID

    class Meta:
        app = "caseward"
        table = "mirror_link"
        unique_together = (("connection", "case"), ("connection", "remote_id"))


class MirrorCursor(Model):
    """How far a project has been asked for changes. The mark moves only after the last page of a walk."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    connection: fields.ForeignKeyRelation[MirrorConnection] = fields.ForeignKeyField(
        "caseward.MirrorConnection", related_name=False
    )
    project = fields.CharField(max_length=64)
    mark = fields.DatetimeField()
    """By the tracker's clock: what changed before it has been seen."""
    since: datetime | None = fields.DatetimeField(null=True)
    """Where the walk under way began; null between walks."""
    page: str | None = fields.TextField(null=True)
    reached: datetime | None = fields.DatetimeField(null=True)
    """The latest change the walk has met."""
    begun_at: datetime | None = fields.DatetimeField(null=True)
    polled_at: datetime | None = fields.DatetimeField(null=True)
    """When the last whole walk began: what changed before it, and was in the tracker's search, is known."""
    found = fields.BigIntField(default=0, db_default=0)
    missed = fields.BigIntField(default=0, db_default=0)
    missed_at = fields.DatetimeField(null=True)
    lease_token: UUID | None = fields.UUIDField(null=True)
    lease_until: datetime | None = fields.DatetimeField(null=True)

    connection_id: UUID

    class Meta:
        app = "caseward"
        table = "mirror_cursor"
        unique_together = (("connection", "project"),)


class MirrorBaseline(Model):
    """What both sides held when they last agreed on a field. A side has changed when it differs from its own."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    link: fields.ForeignKeyRelation[MirrorLink] = fields.ForeignKeyField("caseward.MirrorLink", related_name=False)
    field = fields.CharField(max_length=16)
    ours = fields.TextField(null=True)
    theirs = fields.TextField(null=True)
    remote_updated = fields.DatetimeField()

    class Meta:
        app = "caseward"
        table = "mirror_baseline"
        unique_together = (("link", "field"),)


class MirrorOperation(Model):
    """Something to be done in the tracker for a link, in the order of `seq`; kept when it fails for good."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    link: fields.ForeignKeyRelation[MirrorLink] = fields.ForeignKeyField("caseward.MirrorLink", related_name=False)
    seq = fields.BigIntField()
    kind = fields.CharEnumField(MirrorOperationKind, max_length=16)
    dedupe_key = fields.CharField(max_length=255, unique=True)
    state = fields.CharEnumField(MirrorOperationState, max_length=16)
    wanted = fields.IntField(default=1, db_default=1)
    """How often it was asked for; one asked for again while it ran runs again."""
    comment_id = fields.UUIDField(null=True)
    note = fields.TextField(null=True)
    attempts = fields.IntField(default=0, db_default=0)
    probes = fields.IntField(default=0, db_default=0)
    sent_at = fields.DatetimeField(null=True)
    not_before = fields.DatetimeField()
    error: str | None = fields.TextField(null=True)
    created_at = fields.DatetimeField()
    done_at = fields.DatetimeField(null=True)

    link_id: UUID

    class Meta:
        app = "caseward"
        table = "mirror_operation"
        indexes = (Index(fields=("link_id", "seq"), name="mirror_operation_lane"),)


class MirrorInbox(Model):
    """A delivery as it came. Its content is a hint; the tracker itself is asked."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    connection: fields.ForeignKeyRelation[MirrorConnection] = fields.ForeignKeyField(
        "caseward.MirrorConnection", related_name=False
    )
    delivery_key = fields.CharField(max_length=255)
    body = fields.BinaryField()
    issue_id = fields.CharField(max_length=64, null=True)
    actor = fields.CharField(max_length=255, null=True)
    changed = fields.JSONField[list[str]](default=list)
    happened_at = fields.DatetimeField(null=True)
    state = fields.CharEnumField(InboxState, max_length=16)
    reason = fields.CharField(max_length=255, null=True)
    received_at = fields.DatetimeField()
    done_at = fields.DatetimeField(null=True)

    connection_id: UUID

    class Meta:
        app = "caseward"
        table = "mirror_inbox"
        unique_together = (("connection", "delivery_key"),)
        indexes = (Index(fields=("connection_id", "issue_id", "received_at"), name="mirror_inbox_issue"),)


class MirrorComment(Model):
    """One comment on both sides; each side's is paired once."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    link: fields.ForeignKeyRelation[MirrorLink] = fields.ForeignKeyField("caseward.MirrorLink", related_name=False)
    comment: fields.ForeignKeyNullableRelation[CaseComment] = fields.ForeignKeyField(
        "caseward.CaseComment", related_name=False, null=True
    )
    """Null for a note of the mirror's own."""
    remote_id = fields.CharField(max_length=64)
    created_at = fields.DatetimeField()

    class Meta:
        app = "caseward"
        table = "mirror_comment"
        unique_together = (("link", "remote_id"), ("link", "comment"))


class MirrorConflict(Model):
    """Two values for one field, or one the desk refused, with what was lost."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    link: fields.ForeignKeyRelation[MirrorLink] = fields.ForeignKeyField("caseward.MirrorLink", related_name=False)
    field = fields.CharField(max_length=16)
    before = fields.TextField(null=True)
    ours = fields.TextField(null=True)
    theirs = fields.TextField(null=True)
    state = fields.CharEnumField(MirrorConflictState, max_length=16)
    reason = fields.CharField(max_length=64)
    actor = fields.CharField(max_length=255, null=True)
    times = fields.IntField(default=1, db_default=1)
    created_at = fields.DatetimeField()
    last_at = fields.DatetimeField()
    resolved_at = fields.DatetimeField(null=True)

    link_id: UUID

    class Meta:
        app = "caseward"
        table = "mirror_conflict"
        indexes = (Index(fields=("link_id", "state"), name="mirror_conflict_link"),)
