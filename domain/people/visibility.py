"""What of people a viewer may see."""

from domain.core import predicates as p
from domain.people.filters import PRINCIPAL, TOKEN

INSIDE = p.holds("case.read") | p.holds("people.read") | p.holds("people.manage")
PEOPLE = INSIDE
TEAMS = INSIDE
ACTORS = INSIDE | PRINCIPAL["id"].eq(p.viewer("id"))
SENSITIVE_READS = p.holds("audit.read")
SEES_ADDRESSES = p.holds("people.read") | p.holds("people.manage")
TOKENS = p.holds("token.issue") | TOKEN["principal_id"].eq(p.viewer("id"))
