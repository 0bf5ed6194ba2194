"""What of clocks can be asked for. The state is the one at this instant, whether or not anybody looked."""

from domain.cases.filters import CASE
from domain.core import predicates as p
from domain.inquiries.filters import INQUIRY
from domain.sla.clocks import ClockState
from domain.sla.metrics import Metric
from domain.sla.policies import PolicyKind

STATE_NOW = "(CASE WHEN {row}.state = 'RUNNING' AND {row}.due_at < app_clock() THEN 'BREACHING' ELSE {row}.state END)"

SLA_CLOCK = p.Entity(
    "sla_clock",
    table="sla_clock",
    fields=[
        p.ident("id", prefix="slaclock"),
        p.text("subject_type"),
        p.choice("metric", Metric),
        p.choice("policy_kind", PolicyKind),
        p.text("policy_key"),
        p.text("holder", nullable=True),
        p.choice("state", ClockState, sql=STATE_NOW),
        p.moment("started_at"),
        p.moment("due_at", nullable=True),
        p.moment("stopped_at", nullable=True),
        p.moment("breached_at", nullable=True),
    ],
    relations=[
        p.to_one("case", lambda: CASE, column="subject_id"),
        p.to_one("inquiry", lambda: INQUIRY, column="subject_id"),
    ],
)

_OF_CLOCK = [p.to_one("clock", lambda: SLA_CLOCK, column="clock_id")]

SLA_SEGMENT = p.Entity("sla_segment", table="sla_segment", fields=[p.integer("number")], relations=_OF_CLOCK)
SLA_TRANSITION = p.Entity("sla_transition", table="sla_transition", fields=[p.integer("number")], relations=_OF_CLOCK)
SLA_FIRING = p.Entity("sla_firing", table="sla_firing", fields=[p.moment("at")], relations=_OF_CLOCK)

SLA_POLICY = p.Entity(
    "sla_policy",
    table="config_in_effect",
    fields=[p.ident("id", prefix="slapolicy"), p.text("kind"), p.text("key"), p.integer("rev")],
)
CALENDAR = p.Entity(
    "calendar",
    table="config_in_effect",
    fields=[p.ident("id", prefix="calendar"), p.text("kind"), p.text("key"), p.integer("rev")],
)
