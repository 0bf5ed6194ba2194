"""What of schedules and overrides can be asked for."""

from domain.core import predicates as p
from domain.oncall.states import OverrideKind
from domain.people.filters import PERSON

SCHEDULE = p.Entity(
    "schedule",
    table="config_in_effect",
    fields=[
        p.ident("id", prefix="schedule"),
        p.text("kind"),
        p.text("key"),
        p.integer("rev"),
        p.moment("effective_from"),
    ],
)

OVERRIDE = p.Entity(
    "override",
    table="override",
    fields=[
        p.ident("id", prefix="override"),
        p.text("schedule_key"),
        p.choice("kind", OverrideKind),
        p.moment("starts_at"),
        p.moment("ends_at"),
        p.moment("created_at"),
        p.moment("withdrawn_at", nullable=True),
    ],
    relations=[
        p.to_one("removed", lambda: PERSON, column="removed_id"),
        p.to_one("added", lambda: PERSON, column="added_id"),
    ],
)
