"""What of people a viewer may see."""

from domain.core import predicates as p

INSIDE = p.holds("case.read") | p.holds("people.read") | p.holds("people.manage")
PEOPLE = INSIDE
TEAMS = INSIDE
ACTORS = INSIDE
SEES_ADDRESSES = p.holds("people.read") | p.holds("people.manage")
