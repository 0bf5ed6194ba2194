"""What of contact methods and notifications can be asked for."""

from domain.core import predicates as p
from domain.notify.states import ContactKind, NotificationState, Urgency
from domain.people.filters import PERSON

CONTACT = p.Entity(
    "contact_method",
    table="contact_method",
    fields=[
        p.ident("id", prefix="contact"),
        p.ident("person_id", prefix="person"),
        p.choice("kind", ContactKind),
        p.integer("position"),
    ],
    relations=[p.to_one("person", lambda: PERSON, column="person_id")],
)

NOTIFICATION = p.Entity(
    "notification",
    table="notification",
    fields=[
        p.ident("id", prefix="notification"),
        p.ident("person_id", prefix="person"),
        p.choice("state", NotificationState),
        p.choice("urgency", Urgency),
        p.moment("created_at"),
    ],
    relations=[p.to_one("person", lambda: PERSON, column="person_id")],
)
