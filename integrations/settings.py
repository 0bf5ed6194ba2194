"""Everything a deployment may set. Nothing else reads the environment."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AliasChoices, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from domain.files.media import KNOWN

CommaSeparated = NoDecode
"""Marks a list written as ``a,b,c`` in the environment instead of as JSON."""


class Settings(BaseSettings):
    """Read once by the composition root and passed on; frozen. Variables are the names in capitals after CASEWARD_."""

    model_config = SettingsConfigDict(
        env_prefix="CASEWARD_", env_ignore_empty=True, extra="ignore", frozen=True, populate_by_name=True
    )

    home: Path = Field(
        default=Path(".caseward"),
        description="Folder of the embedded servers' data, of their logs and of stored files.",
    )
    database_url: SecretStr | None = Field(
        default=None,
        validation_alias=AliasChoices("DATABASE_URL", "CASEWARD_DATABASE_URL"),
        description="A PostgreSQL 18 or later to use. Unset: the embedded one in the home folder.",
    )
    redis_url: SecretStr | None = Field(
        default=None,
        validation_alias=AliasChoices("REDIS_URL", "CASEWARD_REDIS_URL"),
        description="A Redis or Valkey to use. Unset: the embedded Valkey in the home folder.",
    )
    api_host: str = Field(default="127.0.0.1", description="Address the API listens on.")
    api_port: int = Field(default=8000, ge=0, le=65535, description="Port the API listens on; 0 takes a free one.")
    public_url: str = Field(
        default="http://127.0.0.1:8000", description="Where people and other systems reach the API; used in links."
    )
    cors_origins: Annotated[tuple[str, ...], CommaSeparated] = Field(
        default=(), description="Origins whose pages may call the API from a browser, separated by commas."
    )
    graphiql: bool = Field(default=True, description="Whether GET /graphql in a browser opens the query editor.")
    reads: Literal["compiled", "portable"] = Field(
        default="compiled",
        description="How reads are answered: by one SQL statement each, or by walking rows, which is slow and needs "
        "nothing of its libraries that an upgrade may take away.",
    )
    introspection: bool = Field(default=True, description="Whether clients may ask for the schema.")
    documents: Literal["open", "prefer", "required"] = Field(
        default="open",
        description="Whether clients may send any GraphQL document, should send registered ones, or must. "
        "An account or token may be held to more, never to less.",
    )
    log_format: Literal["console", "json"] = Field(
        default="console", description="Logs for people at a terminal, or one JSON object a line."
    )

    cost_limit: int = Field(
        default=20_000, ge=1, description="How much one operation may cost; docs/graphql.md says how it is counted."
    )
    cost_capacity: int = Field(
        default=100_000,
        ge=1,
        description="How much cost a principal may spend at once; never less than one operation's.",
    )
    cost_restore_rate: int = Field(default=2_000, ge=1, description="How much of that comes back each second.")
    read_seconds: float = Field(default=10.0, gt=0, description="Seconds all reads of one request may take together.")
    slow_read_seconds: float = Field(
        default=1.0, ge=0, description="Seconds from which on a read is logged as slow, with its SQL and no values."
    )

    sensitive_read_days: int | None = Field(
        default=None,
        ge=1,
        description="Days after which it is deleted who was shown what of cases that not everybody may see. "
        "Unset: never; how long it must or may be kept is your law's to say.",
    )

    secret_keys: Annotated[tuple[SecretStr, ...], CommaSeparated] = Field(
        default=(),
        description="Keys of the credentials stored in the database, separated by commas: the first encrypts, "
        "every one decrypts. To rotate, put a new key in front.",
    )

    oidc_issuer: str | None = Field(
        default=None, description="OpenID Connect issuer people sign in at; its address exactly as its tokens have it."
    )
    oidc_client_id: str | None = Field(default=None, description="What the issuer calls this desk.")
    oidc_client_secret: SecretStr | None = Field(
        default=None, description="Secret of that client; unset where the issuer asks for none."
    )
    oidc_audiences: Annotated[tuple[str, ...], CommaSeparated] = Field(
        default=(),
        description="Whom bearer tokens must be meant for, separated by commas. Unset: the client.",
    )
    oidc_algorithms: Annotated[tuple[str, ...], CommaSeparated] = Field(
        default=("RS256", "ES256"), description="Signatures that are believed, separated by commas."
    )
    oidc_scopes: str = Field(default="openid email profile", description="What a sign-in asks the issuer for.")
    oidc_email_claim: str = Field(default="email", description="Claim with the address a person is known by here.")
    oidc_name_claim: str = Field(default="name", description="Claim with the name of a person who is new here.")
    oidc_groups_claim: str = Field(default="groups", description="Claim with the groups a person is in.")
    oidc_teams: Annotated[tuple[str, ...], CommaSeparated] = Field(
        default=(), description="Which group is which team, as group=team key, separated by commas."
    )
    oidc_roles: Annotated[tuple[str, ...], CommaSeparated] = Field(
        default=(), description="Which group has which role, as group=ROLE, separated by commas."
    )
    oidc_newcomers: bool = Field(
        default=False, description="Whether somebody whom only the issuer knows is added when they sign in."
    )
    token: SecretStr | None = Field(
        default=None, description="Bearer token that `caseward call` sends; no server reads it."
    )
    session_hours: float = Field(default=12, gt=0, le=720, description="How long a browser stays signed in, in hours.")

    jira_url: str | None = Field(default=None, description="Jira site the mirror speaks to.")
    jira_kind: Literal["cloud", "dc"] = Field(default="cloud", description="Jira Cloud, or Jira Data Center.")
    jira_email: str | None = Field(default=None, description="Account the mirror acts as in Jira.")
    jira_token: SecretStr | None = Field(default=None, description="API token of that account.")
    jira_webhook_secret: SecretStr | None = Field(
        default=None, description="Secret that Jira's webhooks are signed with."
    )
    jira_webhook_secret_previous: SecretStr | None = Field(
        default=None, description="The secret before it; accepted as well while a rotation is under way."
    )

    smtp_url: SecretStr | None = Field(
        default=None, description="Mail server, as smtp://user:password@host:port or smtps://. Unset: mail is printed."
    )
    mail_from: str = Field(default="caseward@localhost", description="Sender of Caseward's mail.")
    enforcer_url: str | None = Field(
        default=None, description="Endpoint of the platform that carries out enforcements. Unset: they are printed."
    )
    enforcer_secret: SecretStr | None = Field(
        default=None, description="Secret that requests to the enforcer, and its receipts, are signed with."
    )

    blobs_url: str | None = Field(
        default=None,
        description="Where files are kept: file:///a/folder, or s3://bucket/prefix?region=…&endpoint=https://… (an "
        "endpoint for anything that is not Amazon's). Unset: the folder blobs in the home folder.",
    )
    blobs_access_key: SecretStr | None = Field(default=None, description="Access key of the bucket.")
    blobs_secret_key: SecretStr | None = Field(default=None, description="Secret key of the bucket.")
    upload_bytes: int = Field(
        default=100 * 1024 * 1024, ge=1, le=5 * 1000**3, description="How many bytes one file may have."
    )
    upload_types: Annotated[tuple[str, ...], CommaSeparated] = Field(
        default=KNOWN, description="Media types of files that are taken, separated by commas; others cannot be told."
    )

    @field_validator(
        "cors_origins", "secret_keys", "oidc_audiences", "oidc_algorithms", "oidc_teams", "oidc_roles", "upload_types",
        mode="before",
    )  # fmt: skip
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("upload_types")
    @classmethod
    def _told(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if unknown := sorted(set(value) - set(KNOWN)):
            message = f"Files of the type {unknown[0]} cannot be told from others. Known are {', '.join(KNOWN)}."
            raise ValueError(message)
        return value
