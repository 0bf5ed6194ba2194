"""What a viewer may do to a case: the rules of the mutations, asked beforehand."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.cases import rules
from domain.cases.rules import CaseFacts, LeaseFacts
from domain.cases.states import CaseState
from domain.core.actor import Actor
from schema.abilities import Ability, told

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
