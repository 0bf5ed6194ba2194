"""Who may see addresses and what was sent to them."""

from domain.core import predicates as p
from domain.notify.filters import CONTACT, NOTIFICATION

CONTACTS = CONTACT["person_id"].eq(p.viewer("person_id")) | p.holds("people.manage")
NOTIFICATIONS = NOTIFICATION["person_id"].eq(p.viewer("person_id")) | p.holds("page.read")
