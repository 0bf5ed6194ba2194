"""A believable small organisation: teams, people, queues, policies, an on-call week, tokens for each kind of work."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from caseward.demo import policies
from domain.calendars import actions as calendars
from domain.cases import actions as cases
from domain.core import clock, versions
from domain.core.actor import ActorKind, Tool, system
from domain.core.versions import ConfigKind
from domain.escalation import publishing as escalation
from domain.mirror import actions as mirror
from domain.notify import actions as notify
from domain.notify.states import ContactKind
from domain.oncall import actions as oncall
from domain.people import actions as people
from domain.people.errors import TokenInvalid
from domain.people.models import Person, Principal
from domain.people.queries import actor_of_token
from domain.people.roles import Role
from domain.review import actions as review
from domain.sla import actions as sla
from integrations.jira.emulator.mapping import emulator_mapping
from integrations.jira.trackers import mirror_mapping
from integrations.settings import Settings

BY = system(Tool.COMMAND_LINE)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)

TEAMS = {"live-safety": "Live safety", "trust-desk": "Trust desk", "partner-desk": "Partner desk"}

PEOPLE: dict[str, tuple[str, str, bool, tuple[Role, ...], str]] = {
    # address: name, team, leads it, roles, time zone
    "ada@desk.example": ("Ada Okafor", "live-safety", False, (Role.REVIEWER,), "Africa/Lagos"),
    "bo@desk.example": ("Bo Lindqvist", "live-safety", True, (Role.LEAD, Role.RESPONDER), "Europe/Stockholm"),
    "chen@desk.example": ("Chen Wei", "trust-desk", False, (Role.REVIEWER,), "Asia/Singapore"),
    "alice@desk.example": ("Alice Moreau", "partner-desk", False, (Role.REVIEWER,), "Europe/Paris"),
    "dana@desk.example": ("Dana Souza", "trust-desk", True, (Role.MANAGER, Role.RESPONDER), "America/Sao_Paulo"),
    "farid@desk.example": ("Farid Haddad", "trust-desk", False, (Role.POLICY_OWNER,), "Asia/Amman"),
    "grace@desk.example": ("Grace Kim", "partner-desk", False, (Role.ANALYST, Role.VIEWER), "Asia/Seoul"),
    "vera@desk.example": ("Vera Novak", "partner-desk", False, (Role.VIEWER,), "Europe/Prague"),
    "luca@desk.example": ("Luca Rossi", "trust-desk", False, (Role.LEGAL,), "Europe/Rome"),
    "root@desk.example": ("Root Admin", "trust-desk", False, (Role.ADMIN,), "UTC"),
}

ACCOUNTS: dict[str, tuple[ActorKind, tuple[Role, ...]]] = {
    "safestreams-flagger": (ActorKind.SERVICE, (Role.FLAGGER,)),
    "intake-form": (ActorKind.SERVICE, (Role.INTAKE,)),
    "sweeper-script": (ActorKind.SERVICE, (Role.AUTOMATION,)),
    "scout-model": (ActorKind.MODEL, (Role.DETECTOR,)),
}

TOKENS = {
    "reviewer": "ada@desk.example",
    "lead": "bo@desk.example",
    "manager": "dana@desk.example",
    "policy_owner": "farid@desk.example",
    "analyst": "grace@desk.example",
    "viewer": "vera@desk.example",
    "legal": "luca@desk.example",
    "admin": "root@desk.example",
    "operations": "alice@desk.example",
    "flagger": "safestreams-flagger",
    "intake": "intake-form",
    "automation": "sweeper-script",
    "model": "scout-model",
}

QUEUES: dict[str, tuple[str, str, dict[str, Any]]] = {
    # key: name, team, predicate; tried in this order
    "live-harm": (
        "Live harm",
        "live-safety",
        {"subject": {"live": {"eq": True}}, "severity": {"in": ["SEV0", "SEV1"]}},
    ),
    "live": ("Live rooms", "live-safety", {"subject": {"kind": {"eq": "LIVE_SESSION"}}}),
    "partners": ("Partners", "partner-desk", {"kind": {"in": ["INQUIRY", "SERVICE"]}}),
    "general": ("Everything else", "trust-desk", {}),
}

JIRA_ACCOUNTS = {
    "ada@desk.example": "acc-ada",
    "alice@desk.example": "acc-alice",
    "bo@desk.example": "acc-bo",
    "chen@desk.example": "acc-chen",
    "dana@desk.example": "acc-dana",
}

JIRA = "jira"


@dataclass(frozen=True, slots=True)
class Organisation:
    """What was loaded. ``tokens`` holds a bearer token for each name of TOKENS."""

    tokens: Mapping[str, str] = field(repr=False)
    people: Mapping[str, Person] = field(repr=False)

    def summary(self) -> dict[str, Any]:
        """Counts, for a person or a script; no token."""
        return {"teams": len(TEAMS), "people": len(self.people), "queues": len(QUEUES), "tokens": sorted(self.tokens)}


async def load(settings: Settings) -> Organisation:
    """Loads it all through the actions. Repeating changes nothing: what is configured is published once."""
    members = await _people()
    for position, (key, (name, team, predicate)) in enumerate(QUEUES.items(), start=1):
        await cases.define_queue(key, by=BY, name=name, team_key=team, predicate=predicate, position=position)
    await _configuration()
    if settings.jira_url is not None:
        await _mirror(settings.jira_url, settings.public_url)
    return Organisation(tokens=await _tokens(settings.home), people=members)


async def _people() -> dict[str, Person]:
    teams = {key: await people.add_team(key, by=BY, name=name) for key, name in TEAMS.items()}
    found = {}
    for address, (name, team, leads, roles, zone) in PEOPLE.items():
        person = await people.add_person(name, by=BY, email=address, roles=roles, time_zone=zone)
        await people.join(teams[team].id, by=BY, person_id=person.id, lead=leads)
        await notify.add_contact(person.id, by=BY, kind=ContactKind.EMAIL, address=address)
        found[address] = person
    for name, (kind, roles) in ACCOUNTS.items():
        await people.add_account(name, by=BY, kind=kind, roles=roles)
    return found


async def _configuration() -> None:
    for key, body in policies.CONTENT.items():
        if await versions.latest(ConfigKind.CONTENT_POLICY, key) is None:
            await review.publish_policy(key, by=BY, body=body, note="First version", effective_from=LONG_AGO)
    if await versions.latest(ConfigKind.SCHEDULE, "live-desk") is None:
        monday = (await clock.now()).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=35)
        spec = policies.schedule(anchor=(monday - timedelta(days=monday.weekday())).replace(tzinfo=None))
        await oncall.publish_schedule("live-desk", by=BY, spec=spec, note="First version")
    if await versions.latest(ConfigKind.ESCALATION_POLICY, "live-desk") is None:
        await escalation.publish_policy("live-desk", by=BY, spec=policies.ESCALATION, note="First version")
    for key, spec in policies.CALENDARS.items():
        if await versions.latest(ConfigKind.CALENDAR, key) is None:
            await calendars.publish_calendar(key, by=BY, spec=spec, note="First version", effective_from=LONG_AGO)
    for key, spec in policies.SLA.items():
        if await versions.latest(ConfigKind.SLA_POLICY, key) is None:
            await sla.publish_policy(key, by=BY, spec=spec, note="First version", effective_from=LONG_AGO)


async def _mirror(jira_url: str, public_url: str) -> None:
    await mirror.connect(
        JIRA, by=BY, kind=JIRA, base_url=jira_url, doubt_grace=timedelta(seconds=10), doubt_probes=2
    )  # fmt: skip
    if await versions.latest(ConfigKind.MIRROR_MAPPING, JIRA) is None:
        mapping = mirror_mapping(
            emulator_mapping(), people=JIRA_ACCOUNTS, case_link=f"{public_url}/graphql?case={{key}}"
        )  # fmt: skip
        body = mapping.model_dump(mode="json") | {"people": JIRA_ACCOUNTS}
        await mirror.publish_mapping(JIRA, body=body, by=BY, note="First version")


async def _tokens(home: Path) -> dict[str, str]:
    """The tokens of an earlier start where they are still good, new ones otherwise."""
    place = home / "tokens.json"
    kept: dict[str, str] = json.loads(place.read_text()) if place.exists() else {}
    found = {role: kept.get(role) or "" for role in TOKENS}
    for role, account in TOKENS.items():
        if not await _is_good(found[role]):
            owner = await Principal.filter(person__email=account).first() or await Principal.get(name=account)
            _, found[role] = await people.issue_token(owner.id, by=BY, name=f"demo {role}")
    place.parent.mkdir(parents=True, exist_ok=True)
    place.touch(mode=0o600)
    place.write_text(json.dumps(found, indent=2))
    return found


async def _is_good(token: str) -> bool:
    try:
        await actor_of_token(token, tool=Tool.COMMAND_LINE)
    except TokenInvalid:
        return False
    return True
