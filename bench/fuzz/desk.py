"""Who asks, what they may never be told, and how the desk is kept as it was in spite of what they do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from tortoise import connections

from domain.core.actor import Actor, ActorKind, Tool
from domain.people import actions as people
from domain.people.queries import actor_of_principal
from domain.people.roles import Role
from tests.builders import SYSTEM, a_person, an_account
from tests.schema.reads.differential import identifiers
from tests.schema.reads.populated import Desk

CONFIGURED = {
    "PublishCalendarInput": "CALENDAR", "PublishSlaPolicyInput": "SLA_POLICY", "PublishScheduleInput": "SCHEDULE",
    "PublishEscalationPolicyInput": "ESCALATION_POLICY",
}  # fmt: skip
VIEW = [{"state": {"in": ["QUEUED"]}}, {"openedAt": {"gte": "-P2W"}}, {"and": [{"text": {"search": "odd"}}]}, {}]
HIDDEN = """
WITH hidden AS (SELECT * FROM "case" WHERE NOT (sensitivity = 'STANDARD' OR sensitivity = ANY($1::text[])))
SELECT 'case' AS of, id, 'CASE-' || number AS key FROM hidden
UNION ALL SELECT 'comment', id, NULL FROM case_comment WHERE case_id IN (SELECT id FROM hidden)
UNION ALL SELECT 'slaclock', id, NULL FROM sla_clock WHERE subject_id IN (SELECT id FROM hidden)
UNION ALL SELECT 'decision', id, NULL FROM decision WHERE case_id IN (SELECT id FROM hidden)
UNION ALL SELECT 'signal', s.id, NULL FROM signal s JOIN case_signal c ON c.signal_id = s.id
 WHERE c.case_id IN (SELECT id FROM hidden) AND s.filed_by_id <> $2::uuid
"""
SAID = "SELECT DISTINCT given FROM bulk_item WHERE given IS NOT NULL"
"""What callers named that could not be found for them: who reads it in a batch learns nothing of what there is."""
KEEP = "CREATE TABLE fuzz_grant AS SELECT * FROM role_grant"
HEAL = """
UPDATE principal SET documents = NULL, suspended_at = NULL
 WHERE documents IS NOT NULL OR suspended_at IS NOT NULL;
DELETE FROM role_grant WHERE id NOT IN (SELECT id FROM fuzz_grant);
INSERT INTO role_grant SELECT * FROM fuzz_grant ON CONFLICT DO NOTHING
"""


@dataclass(slots=True)
class Asking:
    """Accounts of different rights with their tokens."""

    accounts: dict[str, UUID]
    tokens: dict[str, str] = field(default_factory=dict)
    hidden: dict[str, frozenset[str]] = field(default_factory=dict)

    async def token(self, name: str) -> str:
        """A new one."""
        _, secret = await people.issue_token(self.accounts[name], by=SYSTEM, name="fuzz")
        self.tokens[name] = secret
        return secret

    async def heal(self) -> None:
        """Gives everybody the rights they began with."""
        await connections.get("default").execute_script(HEAL)

    async def look(self) -> None:
        """Reads anew what each may not be told, as the rows say, not as the API does."""
        for name in self.accounts:
            self.hidden[name] = await self.unseen(name)

    async def unseen(self, name: str) -> frozenset[str]:
        """Ids and keys this one may not be told now."""
        actor: Actor = await actor_of_principal(self.accounts[name], tool=Tool.GRAPHQL)
        if "case.see_all" in actor.permissions:
            return frozenset()
        rows = await connections.get("default").execute_query_dict(HIDDEN, [list(actor.clearances), actor.id])
        ids = {f"{row['of']}_{str(row['id']).replace('-', '')}" for row in rows}
        said = {row["given"] for row in await connections.get("default").execute_query_dict(SAID)}
        return frozenset(ids | {row["key"] for row in rows if row["key"]}) - said


async def asking(desk: Desk) -> Asking:
    """The viewers of the desk that have an account, and some of other roles."""
    named = {name: one.id for name, one in desk.viewers.items() if name not in {"system", "nobody", "narrow"}}
    for role in (Role.LEAD, Role.MANAGER, Role.LEGAL, Role.RESPONDER, Role.POLICY_OWNER):
        named[role.lower()] = (await a_person(f"F{role.lower()}", role)).id
    for role in (Role.INTAKE, Role.REQUESTER, Role.AUTOMATION):
        named[role.lower()] = (await an_account(f"F{role.lower()}", role, kind=ActorKind.SERVICE)).id
    named["powerless"] = (await an_account("Fnone", kind=ActorKind.SERVICE)).id
    found = Asking(named)
    for name in named:
        await found.token(name)
    await connections.get("default").execute_script(KEEP)
    await found.look()
    return found


async def configured() -> Mapping[str, list[Any]]:
    """Bodies of what is configured, by the input that publishes such."""
    rows = await connections.get("default").execute_query_dict(
        "SELECT kind, body FROM config_version ORDER BY kind, key"
    )
    found = {name: [row["body"] for row in rows if row["kind"] == kind] for name, kind in CONFIGURED.items()}
    return found | {"SaveViewInput": VIEW}


async def rows() -> list[str]:
    """Ids of rows of every kind, whoever may see them."""
    return await identifiers()
