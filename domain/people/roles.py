"""Roles: named sets of permissions. One page says who may do what."""

from collections.abc import Iterable
from enum import StrEnum

from domain.core.actor import Actor


class Role(StrEnum):
    """What a person or a service account does at the desk."""

    VIEWER = "VIEWER"
    REVIEWER = "REVIEWER"
    RATER = "RATER"
    LEAD = "LEAD"
    MANAGER = "MANAGER"
    POLICY_OWNER = "POLICY_OWNER"
    RESPONDER = "RESPONDER"
    ANALYST = "ANALYST"
    LEGAL = "LEGAL"
    ADMIN = "ADMIN"
    FLAGGER = "FLAGGER"
    REQUESTER = "REQUESTER"
    INTAKE = "INTAKE"
    DETECTOR = "DETECTOR"
    AUTOMATION = "AUTOMATION"
    TRACKER = "TRACKER"


VIEWER = frozenset({"case.read", "inquiry.read", "sla.read", "oncall.read", "page.read", "people.read", "mirror.read"})
REVIEWER = VIEWER | {
    "case.claim", "case.work", "case.comment", "case.open", "case.decide", "case.reopen", "signal.file",
    "inquiry.answer", "inquiry.file", "page.acknowledge", "file.upload", "evidence.add",
}  # fmt: skip
LEAD = REVIEWER | {
    "case.assign", "case.take_over", "case.cancel", "page.raise", "oncall.override", "mirror.operate",
    "enforcement.operate", "case.bulk",
}  # fmt: skip
MANAGER = LEAD | {"config.publish", "people.manage", "queue.manage", "actor.suspend"}
ADMIN = MANAGER | {
    "token.issue", "log.verify", "system.operate", "case.see_all", "content.erase", "audit.read", "query.explain",
    "file.hold",
}  # fmt: skip

LEGAL = VIEWER | {
    "case.comment", "case.reopen", "content.erase", "audit.read", "file.upload", "evidence.add", "file.hold",
}  # fmt: skip
INTAKE = frozenset({
    "signal.file", "signal.receive", "signal.read_own", "inquiry.file", "inquiry.read_own", "subject.report",
    "file.upload",
})  # fmt: skip

PERMISSIONS: dict[Role, frozenset[str]] = {
    Role.VIEWER: VIEWER,
    Role.REVIEWER: REVIEWER,
    Role.RATER: frozenset({"case.read"}),
    Role.LEAD: LEAD,
    Role.MANAGER: MANAGER,
    Role.POLICY_OWNER: VIEWER | {"config.publish"},
    Role.RESPONDER: VIEWER | {"page.acknowledge", "page.raise", "case.comment", "file.upload"},
    Role.ANALYST: VIEWER,
    Role.LEGAL: LEGAL,
    Role.ADMIN: ADMIN,
    Role.FLAGGER: frozenset({"signal.file", "signal.flag", "signal.read_own"}),
    Role.REQUESTER: frozenset({"inquiry.file", "inquiry.read_own"}),
    Role.INTAKE: INTAKE,
    Role.DETECTOR: frozenset({"signal.file", "signal.detect", "signal.read_own"}),
    Role.AUTOMATION: REVIEWER | {"case.assign", "case.cancel", "case.bulk", "signal.detect"},
    Role.TRACKER: frozenset({"case.read", "case.comment", "case.work", "mirror.read"}),
}


PROGRAMS = frozenset({Role.INTAKE, Role.DETECTOR, Role.AUTOMATION, Role.TRACKER})
"""Roles made for programs, which are no persons and do nothing that only a person does."""

ALL = frozenset().union(*PERMISSIONS.values())
"""Every permission a role can give: what a token's scopes may name."""


def permissions_of(roles: frozenset[Role], scopes: frozenset[str] | None = None) -> frozenset[str]:
    """Everything the roles allow together, narrowed to a token's scopes where it has any."""
    granted = frozenset().union(*(PERMISSIONS[role] for role in roles))
    return granted if scopes is None else granted & scopes


def rights_beyond(roles: Iterable[Role], by: Actor) -> list[str]:
    """The rights of administrators that the roles allow and the actor lacks. What only outsiders or services may do
    counts for nothing here: no administrator does it."""
    held = frozenset[str]().union(*(PERMISSIONS[role] for role in roles))
    return sorted(name for name in held & ADMIN if not by.may(name))
