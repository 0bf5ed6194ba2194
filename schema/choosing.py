"""Which of the two ways reads are answered: compiled, or by walking rows."""

from functools import cache
from typing import Literal

import structlog

from schema import Contract, portable, reads, schema
from schema.reads.probing import moved

log = structlog.get_logger(__name__)


@cache
def chosen(wanted: Literal["compiled", "portable"]) -> Contract:
    """The contract to serve. Where the compiler's hooks into the libraries have moved, reads are answered without it,
    and a warning names the hooks. Refuses what cannot be read as declared.
    """
    gone = moved()
    if gone:
        log.warning(
            "portable_reads",
            moved=gone,
            means="Answers are right and slow until Caseward is installed with the libraries it is pinned to.",
        )
        return portable()
    reads.verify(schema)
    return portable() if wanted == "portable" else schema
