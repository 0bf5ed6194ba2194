"""What of the mirror can be asked for."""

from domain.cases.filters import CASE
from domain.core import predicates as p
from domain.mirror.states import (
    MirrorConflictState,
    MirrorConnectionState,
    MirrorLinkState,
    MirrorOperationKind,
    MirrorOperationState,
)

CONNECTION = p.Entity(
    "mirror_connection",
    table="mirror_connection",
    fields=[
        p.ident("id", prefix="tracker"),
        p.text("key"),
        p.choice("state", MirrorConnectionState),
    ],
)

LINK = p.Entity(
    "mirror_link",
    table="mirror_link",
    fields=[
        p.ident("id", prefix="mirror"),
        p.ident("case_id", prefix="case", key="CASE", keyed_in="case"),
        p.ident("connection_id", prefix="tracker"),
        p.choice("state", MirrorLinkState),
        p.text("remote_key", nullable=True),
        p.flag("needs_decision"),
        p.moment("created_at"),
    ],
    relations=[
        p.to_one("case", lambda: CASE, column="case_id"),
        p.to_one("connection", lambda: CONNECTION, column="connection_id"),
    ],
)

OPERATION = p.Entity(
    "mirror_operation",
    table="mirror_operation",
    fields=[
        p.ident("id", prefix="mirrorop"),
        p.ident("link_id", prefix="mirror"),
        p.choice("kind", MirrorOperationKind),
        p.choice("state", MirrorOperationState),
        p.integer("seq"),
        p.moment("created_at"),
    ],
    relations=[p.to_one("link", lambda: LINK, column="link_id")],
)

CONFLICT = p.Entity(
    "mirror_conflict",
    table="mirror_conflict",
    fields=[
        p.ident("id", prefix="conflict"),
        p.ident("link_id", prefix="mirror"),
        p.text("field"),
        p.choice("state", MirrorConflictState),
        p.moment("created_at"),
    ],
    relations=[p.to_one("link", lambda: LINK, column="link_id")],
)
