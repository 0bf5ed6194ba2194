"""What of policies, decisions and enforcements can be asked for."""

from domain.cases.filters import CASE, SUBJECT
from domain.core import predicates as p
from domain.core.versions import ConfigKind
from domain.review.states import Automation, DecisionKind, EnforcementAction, EnforcementState

CONTENT_POLICY = p.Entity(
    "content_policy",
    table="config_version",
    fields=[
        p.ident("id", prefix="policy"),
        p.choice("config_kind", ConfigKind, sql='{row}."kind"'),
        p.text("key"),
        p.integer("rev"),
        p.flag(
            "in_effect",
            sql="{row}.id = (SELECT v.id FROM config_version v WHERE v.kind = {row}.kind AND v.key = {row}.key"
            " AND v.effective_from <= app_clock() ORDER BY v.rev DESC LIMIT 1)",
        ),
        p.moment("effective_from"),
    ],
)

DECISION: p.Entity = p.Entity(
    "decision",
    table="decision",
    fields=[
        p.ident("id", prefix="decision"),
        p.ident("case_id", prefix="case", key="CASE", keyed_in="case"),
        p.choice("kind", DecisionKind),
        p.choice("automation", Automation),
        p.ident("decided_by_id", prefix="principal"),
        p.ident("person_id", prefix="person", nullable=True),
        p.moment("decided_at"),
    ],
    relations=[
        p.to_one("case", lambda: CASE, column="case_id"),
        p.to_many("enforcements", lambda: ENFORCEMENT, column="decision_id"),
    ],
)

ENFORCEMENT: p.Entity = p.Entity(
    "enforcement",
    table="enforcement",
    fields=[
        p.ident("id", prefix="enforcement"),
        p.ident("case_id", prefix="case", key="CASE", keyed_in="case"),
        p.ident("decision_id", prefix="decision"),
        p.ident("subject_id", prefix="subject"),
        p.choice("action", EnforcementAction),
        p.choice("state", EnforcementState),
        p.text("failure_code", nullable=True),
        p.integer("attempts"),
        p.moment("planned_at"),
        p.moment("applied_at", nullable=True),
        p.moment("waived_at", nullable=True),
        p.moment("updated_at"),
    ],
    relations=[
        p.to_one("case", lambda: CASE, column="case_id"),
        p.to_one("decision", lambda: DECISION, column="decision_id"),
        p.to_one("subject", lambda: SUBJECT, column="subject_id"),
    ],
)
