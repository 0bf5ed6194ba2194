"""What of pages and escalation policies can be asked for."""

from domain.cases.filters import CASE
from domain.core import predicates as p
from domain.escalation.states import PageStatus, RunState
from domain.notify.filters import NOTIFICATION
from domain.notify.states import Urgency
from domain.people.filters import PERSON

PAGE: p.Entity = p.Entity(
    "page",
    table="page",
    fields=[
        p.ident("id", prefix="page", key="PAGE", keyed_in="page"),
        p.integer("number"),
        p.choice("status", PageStatus),
        p.choice("urgency", Urgency),
        p.text("policy_key"),
        p.text("subject_type"),
        p.text("dedupe_key", sql='{row}."dedup_key"'),
        p.ident("owner_id", prefix="person", nullable=True),
        p.integer("occurrences"),
        p.moment("opened_at"),
        p.moment("updated_at"),
        p.moment("resolved_at", nullable=True),
    ],
    relations=[
        p.to_one("owner", lambda: PERSON, column="owner_id"),
        p.to_one("case", lambda: CASE, column="subject_id", description="The case it is about."),
        p.to_many(
            "notifications",
            lambda: NOTIFICATION,
            on='{row}."subject_type" = \'page\' AND {row}."subject_id" = {parent}."id"',
            description="What was sent to whom.",
        ),
    ],
)

PAGE_RUN = p.Entity(
    "page_run",
    table="page_run",
    fields=[p.ident("id", prefix="run"), p.choice("state", RunState), p.moment("started_at")],
    relations=[p.to_one("page", lambda: PAGE, column="page_id")],
)

PAGE_EVENT = p.Entity(
    "page_event",
    table="page_event",
    fields=[
        p.text("kind"),
        p.integer("seq"),
        p.ident("subject_id", prefix="page", key="PAGE", keyed_in="page"),
        p.moment("occurred_at"),
    ],
    relations=[p.to_one("page", lambda: PAGE, column="subject_id")],
)

POLICY = p.Entity(
    "escalation_policy",
    table="config_in_effect",
    fields=[
        p.ident("id", prefix="policy"),
        p.text("kind"),
        p.text("key"),
        p.integer("rev"),
        p.moment("effective_from"),
    ],
)
