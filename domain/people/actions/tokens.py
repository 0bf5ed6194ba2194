"""Bearer tokens: made, replaced with an overlap, ended. Their secrets are shown once and kept nowhere."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from domain.core import clock, events
from domain.core.actor import Actor, ActorKind
from domain.core.errors import FieldProblem, NotFound, ValidationFailed
from domain.core.ids import new_id
from domain.core.texts import problem_of
from domain.core.transaction import Ref, atomic
from domain.people import rules
from domain.people.events import DocumentsLimited, TokenCapped, TokenIssued, TokenRevoked, TokenRotated
from domain.people.models import ApiToken, Principal
from domain.people.queries import token_digest
from domain.people.roles import ALL
from domain.people.states import DocumentMode

LONGEST_NAME = 127
LONGEST_OVERLAP = timedelta(days=30)
MOST_ROWS = 1_000_000_000


@atomic
async def issue_token(
    principal_id: UUID,
    *,
    by: Actor,
    name: str,
    scopes: Sequence[str] | None = None,
    expires_at: datetime | None = None,
    documents: DocumentMode | None = None,
    rows_per_hour: int | None = None,
) -> tuple[ApiToken, str]:
    """A new bearer token and its secret, which is shown this once and kept nowhere.

    ``scopes`` are permissions: of those its account has, the token has these; None is all of them. ``rows_per_hour``:
    how many cases it may change in batches within an hour.
    The system's own account, which may do everything, has no token.
    """
    rules.ensure_can_issue(by)
    now = await clock.now()
    problems = [problem_of(name, path=("name",), limit=LONGEST_NAME), *map(_problem_of_scope, scopes or ())]
    if not name.strip():
        problems.append(FieldProblem(("name",), "BLANK", "Say what the token is for."))
    if expires_at is not None and expires_at <= now:
        problems.append(FieldProblem(("expiresAt",), "IN_THE_PAST", "Give a moment to come."))
    problems.append(_problem_of_cap(rows_per_hour))
    if found := [problem for problem in problems if problem is not None]:
        raise ValidationFailed(found)
    account = await Principal.filter(id=principal_id).first()
    if account is None:
        raise NotFound("account", principal_id, path=("accountId",))
    if account.kind is ActorKind.SYSTEM:
        said = "Caseward itself needs no token. Name the account of a person or a service."
        raise ValidationFailed([FieldProblem(("accountId",), "INVALID", said)])
    secret = _secret()
    token = await ApiToken.create(
        id=new_id(),
        principal_id=principal_id,
        name=name,
        digest=token_digest(secret),
        scopes=None if scopes is None else sorted(set(scopes)),
        documents=documents,
        rows_per_hour=rows_per_hour,
        created_at=now,
        expires_at=expires_at,
    )
    await events.append(Ref("principal", principal_id), TokenIssued(token_id=token.id), by=by)
    return token, secret


@atomic
async def rotate_token(
    token_id: UUID, *, by: Actor, overlap: timedelta = timedelta(hours=24)
) -> tuple[ApiToken, str]:  # fmt: skip
    """A successor with the same name, scopes and lifetime, and its secret. The old one holds for ``overlap`` yet, so
    that whoever uses it can change over. Refuses with TOKEN_ENDED what does not hold any more, and with
    TOKEN_REPLACED what has a successor.
    """
    rules.ensure_can_issue(by)
    if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
        raise ValidationFailed([FieldProblem(("overlap",), "INVALID", "From nothing to 30 days.")])
    now = await clock.now()
    token = await ApiToken.filter(id=token_id).select_for_update().first()
    if token is None:
        raise NotFound("token", token_id)
    known = await ApiToken.filter(replaces=token.id).first()
    rules.ensure_can_rotate(
        rules.TokenFacts(
            expires_at=token.expires_at,
            revoked_at=token.revoked_at,
            successor_id=None if known is None else known.id,
            now=now,
        ),
        by,
    )
    lifetime = None if token.expires_at is None else token.expires_at - token.created_at
    secret = _secret()
    successor = await ApiToken.create(
        id=new_id(),
        principal_id=token.principal_id,
        name=token.name,
        digest=token_digest(secret),
        scopes=token.scopes,
        documents=token.documents,
        rows_per_hour=token.rows_per_hour,
        replaces=token.id,
        created_at=now,
        expires_at=None if lifetime is None else now + lifetime,
    )
    token.expires_at = min(now + overlap, token.expires_at or now + overlap)
    await token.save(update_fields=["expires_at"])
    rotated = TokenRotated(token_id=token.id, successor_id=successor.id)
    await events.append(Ref("principal", token.principal_id), rotated, by=by)
    return successor, secret


@atomic
async def revoke_token(token_id: UUID, *, by: Actor) -> None:
    """Ends a token at once. Repeating changes nothing."""
    rules.ensure_can_issue(by)
    token = await ApiToken.filter(id=token_id).select_for_update().first()
    if token is None:
        raise NotFound("token", token_id)
    if token.revoked_at is None:
        token.revoked_at = await clock.now()
        await token.save(update_fields=["revoked_at"])
        await events.append(Ref("principal", token.principal_id), TokenRevoked(token_id=token.id), by=by)


@atomic
async def cap_token(token_id: UUID, *, by: Actor, rows_per_hour: int | None) -> None:
    """Says how many cases a token may change in batches within an hour, from this hour on; None leaves it to the
    installation. A successor is made with the same."""
    rules.ensure_can_issue(by)
    if (problem := _problem_of_cap(rows_per_hour)) is not None:
        raise ValidationFailed([problem])
    token = await ApiToken.filter(id=token_id).select_for_update().first()
    if token is None:
        raise NotFound("token", token_id)
    if token.rows_per_hour != rows_per_hour:
        token.rows_per_hour = rows_per_hour
        await token.save(update_fields=["rows_per_hour"])
        capped = TokenCapped(token_id=token.id, rows_per_hour=rows_per_hour)
        await events.append(Ref("principal", token.principal_id), capped, by=by)


@atomic
async def limit_documents(principal_id: UUID, *, by: Actor, mode: DocumentMode | None) -> None:
    """Says which GraphQL documents an account may send, whatever token it uses; None leaves it to the installation."""
    rules.ensure_can_issue(by)
    account = await Principal.filter(id=principal_id).select_for_update().first()
    if account is None:
        raise NotFound("account", principal_id, path=("accountId",))
    if account.documents != mode:
        await Principal.filter(id=principal_id).update(documents=mode)
        await events.append(Ref("principal", principal_id), DocumentsLimited(mode=mode), by=by)


def _secret() -> str:
    return f"cw_{secrets.token_urlsafe(32)}"


def _problem_of_cap(rows: int | None) -> FieldProblem | None:
    if rows is None or 0 <= rows <= MOST_ROWS:
        return None
    return FieldProblem(("rowsPerHour",), "INVALID", f"From 0 to {MOST_ROWS:,}, or nothing.")


def _problem_of_scope(scope: str) -> FieldProblem | None:
    if scope in ALL:
        return None
    return FieldProblem(("scopes",), "UNKNOWN", f"There is no permission {scope[:80]}.")
