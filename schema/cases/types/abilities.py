"""What a viewer may do to a case: the rules of the mutations, asked beforehand."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry

from domain.cases import rules
from domain.cases.rules import CaseFacts, LeaseFacts
from domain.cases.states import CaseState
from domain.core.actor import Actor
from domain.core.errors import Refusal


@strawberry.type(description="Why something is not possible now.")
class Reason:
    code: str = strawberry.field(description="Stable word for the situation, the same as the mutation's problem.")
    message: str = strawberry.field(description="What is wrong and what to do next, made for people.")


@strawberry.type(description="Something you might do, and whether you may.")
class Ability:
    action: str = strawberry.field(
        description="What: to a case CLAIM RELEASE ASSIGN HOLD ESCALATE RESUME QUEUE PRIORITIZE DECIDE"
        " RESOLVE REOPEN CANCEL COMMENT ADD_EVIDENCE; to an"
        " enforcement RETRY WAIVE; to an inquiry REPLY NOTE ASSIGN LINK CONVERT CLOSE."
    )
    allowed: bool = strawberry.field(description="Whether the mutation would succeed now.")
    reasons: list[Reason] = strawberry.field(description="Why not; empty where it is allowed.")


ABILITY_NEEDS = {
    "workflow": "{row}.workflow",
    "state": "{row}.state",
    "team": "{row}.team_id",
    "assignee": "{row}.assignee_id",
    "now": "to_char({clock} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"+00:00\"')",
    "lease": "(SELECT json_build_object('holder', l.holder_id, 'name', h.name, 'expires', to_char(l.expires_at"
    " AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"+00:00\"')) FROM lease l JOIN person h ON h.id = l.holder_id"
    " WHERE l.case_id = {row}.id AND l.released_at IS NULL)",
}


def abilities(row: Mapping[str, Any], viewer: Actor) -> list[Ability]:
    return told(rules.abilities(_facts(row), viewer))


def told(judged: Iterable[tuple[str, Refusal | None]]) -> list[Ability]:
    """Verdicts of the rules as clients see them."""
    return [
        Ability(
            action=action,
            allowed=refusal is None,
            reasons=[] if refusal is None else [Reason(code=refusal.code, message=refusal.message)],
        )
        for action, refusal in judged
    ]


def _facts(row: Mapping[str, Any]) -> CaseFacts:
    lease = row["lease"]
    return CaseFacts(
        workflow=row["workflow"],
        state=CaseState(row["state"]),
        team_id=_uuid(row["team"]),
        assignee_id=_uuid(row["assignee"]),
        lease=lease
        and LeaseFacts(
            holder_id=UUID(lease["holder"]),
            holder_name=lease["name"],
            token=None,
            expires_at=datetime.fromisoformat(lease["expires"]),
        ),
        now=datetime.fromisoformat(row["now"]),
    )


def _uuid(text: str | None) -> UUID | None:
    return None if text is None else UUID(text)
