"""What of cases can be asked for: one declaration for lists, queues, routing and rights."""

from domain.cases.states import (
    CaseKind,
    CaseState,
    CommentVisibility,
    Priority,
    Sensitivity,
    Severity,
    SignalOrigin,
    SignalOutcome,
    SubjectKind,
)
from domain.core import predicates as p
from domain.people.filters import PERSON, TEAM

SUBJECT: p.Entity = p.Entity(
    "subject",
    table="subject",
    fields=[
        p.ident("id", prefix="subject"),
        p.choice("kind", SubjectKind),
        p.text("external_ref"),
        p.text("owner_ref", nullable=True),
        p.flag("live"),
        p.integer("reach"),
        p.moment("created_at"),
    ],
    relations=[p.to_many("cases", lambda: CASE, column="subject_id")],
)

CASE_OF_SIGNAL = (
    '{row}."id" = (SELECT s.case_id FROM case_signal s WHERE s.signal_id = {parent}."id" AND s.detached_at IS NULL)'
)
"""How a signal finds its case: by the unique index of what is attached."""

SIGNAL: p.Entity = p.Entity(
    "signal",
    table="signal",
    fields=[
        p.ident("id", prefix="signal"),
        p.choice("origin", SignalOrigin),
        p.choice("outcome", SignalOutcome),
        p.text("reason_code"),
        p.text("dedupe_key", description="By the sender's own id of it."),
        p.ident("filed_by_id", prefix="principal"),
        p.moment("received_at"),
    ],
    relations=[p.Relation("case", lambda: CASE, CASE_OF_SIGNAL, many=False)],
)

QUEUE = p.Entity(
    "queue",
    table="queue",
    fields=[
        p.ident("id", prefix="queue"),
        p.text("key"),
        p.text("name"),
        p.integer("position"),
        p.flag("active"),
        p.ident("team_id", prefix="team"),
    ],
)

CASE: p.Entity = p.Entity(
    "case",
    table="case",
    fields=[
        p.ident("id", prefix="case", key="CASE", keyed_in="case"),
        p.integer("number"),
        p.choice("kind", CaseKind),
        p.choice("state", CaseState),
        p.choice("severity", Severity, ordered=True, description="By severity: SEV0, the worst, is the least."),
        p.choice("priority", Priority, ordered=True, description="By priority: P1, the most urgent, is the least."),
        p.choice("sensitivity", Sensitivity),
        p.ident("subject_id", prefix="subject", nullable=True),
        p.ident("queue_id", prefix="queue", nullable=True),
        p.ident("team_id", prefix="team", nullable=True),
        p.ident("assignee_id", prefix="person", nullable=True),
        p.text("reason_code", nullable=True),
        p.text("hold_reason", nullable=True),
        p.text("resolution", nullable=True),
        p.text("language", nullable=True),
        p.text("region", nullable=True),
        p.integer("tier"),
        p.integer("reopen_count"),
        p.number(
            "rank",
            sql="(SELECT w.rank FROM case_worklist w WHERE w.id = {row}.id)",
            nullable=True,
            description="By the order reckoned for it, from 0 to 100, the most pressing highest.",
        ),
        p.moment(
            "due_at",
            sql="(SELECT w.due_at FROM case_worklist w WHERE w.id = {row}.id)",
            nullable=True,
            description="When the next of its running clocks is due: a time, or a duration relative to now such as"
            " PT1H; isNull where none runs.",
        ),
        p.moment("opened_at"),
        p.moment("resolved_at", nullable=True),
        p.moment("updated_at"),
        p.document(
            "text",
            key="CASE",
            keyed_in="case",
            description="By the words of its title and of what was said about it; CASE-12 finds that case, and those"
            " in which it is spoken of.",
        ),
    ],
    relations=[
        p.to_one("subject", lambda: SUBJECT, column="subject_id"),
        p.to_one("queue", lambda: QUEUE, column="queue_id"),
        p.to_one("team", lambda: TEAM, column="team_id"),
        p.to_one("assignee", lambda: PERSON, column="assignee_id"),
    ],
)

CASE_RANK = p.Entity(
    "case_rank",
    table="case_rank",
    fields=[p.ident("id", prefix="rank"), p.number("value"), p.integer("formula_version")],
    relations=[p.to_one("case", lambda: CASE, column="id")],
)

COMMENT = p.Entity(
    "case_comment",
    table="case_comment",
    fields=[
        p.ident("id", prefix="comment"),
        p.ident("case_id", prefix="case", key="CASE", keyed_in="case"),
        p.ident("author_id", prefix="principal"),
        p.choice("visibility", CommentVisibility),
        p.moment("created_at"),
    ],
    relations=[p.to_one("case", lambda: CASE, column="case_id")],
)

CASE_EVENT = p.Entity(
    "case_event",
    table="event",
    fields=[
        p.text("kind"),
        p.integer("seq"),
        p.ident("subject_id", prefix="case", key="CASE", keyed_in="case"),
        p.text("subject_type"),
        p.ident("actor_id", prefix="principal"),
        p.moment("occurred_at"),
        p.moment("recorded_at"),
    ],
    relations=[p.to_one("case", lambda: CASE, column="subject_id")],
)

LEASE = p.Entity(
    "lease",
    table="lease",
    fields=[
        p.ident("id", prefix="lease"),
        p.ident("case_id", prefix="case", key="CASE", keyed_in="case"),
        p.ident("holder_id", prefix="person"),
        p.moment("expires_at"),
        p.moment("released_at", nullable=True),
    ],
    relations=[p.to_one("case", lambda: CASE, column="case_id")],
)
