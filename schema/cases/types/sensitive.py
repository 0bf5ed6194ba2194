"""What belongs to a case that not everybody may see: whoever is shown it is written down as shown that case."""

from domain.cases.visibility import SENSITIVE
from domain.core.predicates import Entity
from schema import reads


def of_case(entity: Entity, case_id: str = "{row}.case_id") -> reads.Sensitive:
    """For rows of ``entity``, which has a relation `case`; ``case_id`` is SQL over `{row}`."""
    return reads.sensitive(entity.related("case").that(SENSITIVE), of="case", id=case_id)
