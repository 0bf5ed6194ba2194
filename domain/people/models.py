"""Who works here, in which teams, with which rights; and who writes to us from outside."""

from uuid import UUID

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.indexes import Index
from tortoise.models import Model

from domain.core.actor import ActorKind
from domain.core.ids import new_id
from domain.core.models import Content
from domain.people.roles import Role
from domain.people.states import DocumentMode


class Person(Model):
    """A user of the desk. Rights and independence are judged by person, never by account."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    name = fields.CharField(max_length=127)
    email = fields.CharField(max_length=255, unique=True)
    time_zone = fields.CharField(max_length=64, default="UTC", db_default="UTC")
    locale = fields.CharField(max_length=16, default="en", db_default="en")
    clearances = ArrayField(element_type="text", default=list)
    active = fields.BooleanField(default=True, db_default=True)
    created_at = fields.DatetimeField()

    class Meta:
        app = "caseward"
        table = "person"


class Team(Model):
    """Owns queues and the cases in them."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    key = fields.CharField(max_length=64, unique=True)
    name = fields.CharField(max_length=127)
    created_at = fields.DatetimeField()

    class Meta:
        app = "caseward"
        table = "team"


class Membership(Model):
    """A person's place in a team; a lead may assign and take over its work."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    team: fields.ForeignKeyRelation[Team] = fields.ForeignKeyField("caseward.Team", related_name=False)
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("caseward.Person", related_name=False)
    lead = fields.BooleanField(default=False, db_default=False)

    class Meta:
        app = "caseward"
        table = "membership"
        unique_together = (("team", "person"),)


class Principal(Model):
    """An account that can act: a person's own, or a service's, a model's, the system's."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    kind = fields.CharEnumField(ActorKind, max_length=16)
    name = fields.CharField(max_length=127)
    person: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "caseward.Person", related_name=False, null=True
    )
    owner: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "caseward.Person", related_name=False, null=True
    )
    documents = fields.CharEnumField(DocumentMode, max_length=16, null=True)
    suspended_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()

    person_id: UUID | None
    owner_id: UUID | None

    class Meta:
        app = "caseward"
        table = "principal"


class RoleGrant(Model):
    """A role held by a principal."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    principal: fields.ForeignKeyRelation[Principal] = fields.ForeignKeyField("caseward.Principal", related_name=False)
    role = fields.CharEnumField(Role, max_length=32)

    class Meta:
        app = "caseward"
        table = "role_grant"
        unique_together = (("principal", "role"),)


class ApiToken(Model):
    """A bearer token: 256 random bits, kept as their SHA-256, shown once. ``rows_per_hour``: how many cases it may
    change in batches within an hour; None is 100,000."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    principal: fields.ForeignKeyRelation[Principal] = fields.ForeignKeyField("caseward.Principal", related_name=False)
    name = fields.CharField(max_length=127)
    digest = fields.CharField(max_length=64, unique=True)
    scopes = ArrayField(element_type="text", null=True)
    rows_per_hour = fields.IntField(null=True)
    documents = fields.CharEnumField(DocumentMode, max_length=16, null=True)
    replaces = fields.UUIDField(null=True)
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField(null=True)
    last_used_at = fields.DatetimeField(null=True)
    revoked_at = fields.DatetimeField(null=True)

    principal_id: UUID

    class Meta:
        app = "caseward"
        table = "api_token"


class Identity(Model):
    """Who an identity provider says a person is: (issuer, subject), linked once. ``told_at`` is when the token whose
    groups were taken over last was issued, ``groups_digest`` what they were."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    issuer = fields.CharField(max_length=255)
    subject = fields.CharField(max_length=255)
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("caseward.Person", related_name=False)
    groups_digest = fields.CharField(max_length=64, null=True)
    told_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()

    person_id: UUID

    class Meta:
        app = "caseward"
        table = "identity"
        unique_together = (("issuer", "subject"),)


class BrowserSession(Model):
    """A person signed in with a browser: 256 random bits in a cookie, kept as their SHA-256.

    ``renewal`` is the provider's refresh token, sealed with those bits, so that nobody reads it without the cookie;
    ``access_until`` is for how long the provider's last word holds, ``renewing_until`` that somebody is asking anew.
    """

    id = fields.UUIDField(primary_key=True, default=new_id)
    principal: fields.ForeignKeyRelation[Principal] = fields.ForeignKeyField("caseward.Principal", related_name=False)
    digest = fields.CharField(max_length=64, unique=True)
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    ended_at = fields.DatetimeField(null=True)
    renewal = fields.BinaryField(null=True)
    access_until = fields.DatetimeField(null=True)
    renewing_until = fields.DatetimeField(null=True)

    principal_id: UUID

    class Meta:
        app = "caseward"
        table = "browser_session"


class SensitiveRead(Model):
    """That an account was shown a thing not everybody may see: who, what, by which document, when. Ids alone."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    reader: fields.ForeignKeyRelation[Principal] = fields.ForeignKeyField("caseward.Principal", related_name=False)
    subject_type = fields.CharField(max_length=32)
    subject_id = fields.UUIDField()
    document = fields.CharField(max_length=71)
    request_id = fields.CharField(max_length=127)
    read_at = fields.DatetimeField()

    class Meta:
        app = "caseward"
        table = "sensitive_read"
        indexes = (
            Index(fields=("read_at", "id"), name="sensitive_read_order"),
            Index(fields=("subject_id", "read_at"), name="sensitive_read_subject"),
            Index(fields=("reader_id", "read_at"), name="sensitive_read_reader"),
        )


class Requester(Model):
    """A person outside who writes to us. Name and address are content, so that they can be erased."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    name: fields.ForeignKeyNullableRelation[Content] = fields.ForeignKeyField(
        "caseward.Content", related_name=False, null=True
    )
    address: fields.ForeignKeyNullableRelation[Content] = fields.ForeignKeyField(
        "caseward.Content", related_name=False, null=True
    )
    channel = fields.CharField(max_length=32)
    address_digest = fields.CharField(max_length=64)
    locale = fields.CharField(max_length=16, default="en", db_default="en")
    time_zone = fields.CharField(max_length=64, default="UTC", db_default="UTC")
    muted_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()

    class Meta:
        app = "caseward"
        table = "requester"
        unique_together = (("channel", "address_digest"),)
        indexes = (Index(fields=("address_digest",), name="requester_address"),)
