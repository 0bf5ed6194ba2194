"""What of people and teams can be asked for."""

from domain.core import predicates as p
from domain.core.actor import ActorKind

PERSON = p.Entity(
    "person",
    table="person",
    fields=[
        p.ident("id", prefix="person"),
        p.text("name"),
        p.text("email"),
        p.text("time_zone"),
        p.text("locale"),
        p.flag("active"),
    ],
)

TEAM = p.Entity(
    "team", table="team", fields=[p.ident("id", prefix="team"), p.text("key"), p.text("name")]
)  # fmt: skip

SENSITIVE_READ = p.Entity(
    "sensitive_read",
    table="sensitive_read",
    fields=[
        p.ident("id", prefix="read"),
        p.ident("reader_id", prefix="principal"),
        p.ident("subject_id", prefix="case", key="CASE", keyed_in="case"),
        p.text("document", description="By the SHA-256 of what was asked, sha256:…, or the file that was fetched."),
        p.text("request_id", description="By the id of the request, as X-Request-Id told it."),
        p.moment("read_at"),
    ],
)

PRINCIPAL = p.Entity(
    "principal",
    table="principal",
    fields=[p.ident("id", prefix="principal"), p.choice("kind", ActorKind), p.text("name")],
)

TOKEN = p.Entity(
    "api_token",
    table="api_token",
    fields=[
        p.ident("id", prefix="token"),
        p.ident("principal_id", prefix="principal"),
        p.text("name"),
        p.moment("created_at"),
        p.moment("expires_at", nullable=True),
        p.moment("last_used_at", nullable=True),
        p.moment("revoked_at", nullable=True),
    ],
)
