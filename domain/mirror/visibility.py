"""Who may see the mirror: whoever holds mirror.read, of the cases they may see."""

from domain.cases.visibility import CASES
from domain.core import predicates as p
from domain.mirror.filters import CONFLICT, LINK, OPERATION

CONNECTIONS = p.holds("mirror.read")
LINKS = p.holds("mirror.read") & LINK.related("case").that(CASES)
OPERATIONS = OPERATION.related("link").that(LINKS)
CONFLICTS = CONFLICT.related("link").that(LINKS)
