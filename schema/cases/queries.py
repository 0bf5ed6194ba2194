"""Finding cases, and what they are about."""

import strawberry

from schema import reads
from schema.cases.types import Case, Queue, RankFormula, SensitiveRead, Signal, Subject, rank_formulas
from schema.mutations import Info


def _formulas(info: Info) -> list[RankFormula]:
    info.context.viewer.ensure("case.read")
    return rank_formulas()


@strawberry.type
class CaseQueries:
    case: Case | None = reads.root_one(Case, description="One case. Needs the permission case.read.")
    cases: reads.Connection[Case] = reads.root_connection(
        Case, description="The cases you may see. Empty without the permission case.read."
    )
    queue: Queue | None = reads.root_one(Queue, description="One queue. Needs the permission case.read.")
    queues: reads.Connection[Queue] = reads.root_connection(
        Queue, description="The queues, in the order they are tried. Empty without the permission case.read."
    )
    subject: Subject | None = reads.root_one(
        Subject, description="One thing on the platform. Needs the permission case.read."
    )
    subjects: reads.Connection[Subject] = reads.root_connection(
        Subject, description="The things cases are about. Empty without the permission case.read."
    )
    signals: reads.Connection[Signal] = reads.root_connection(
        Signal, description="Signals: those of the cases you may see, and the ones you filed."
    )
    rank_formulas: list[RankFormula] = strawberry.field(
        resolver=_formulas,
        description="Every version of the formula by which cases are ranked, the oldest first. "
        "FORBIDDEN without the permission case.read.",
    )
    sensitive_reads: reads.Connection[SensitiveRead] = reads.root_connection(
        SensitiveRead,
        description="Who was shown cases that not everybody may see, newest first. "
        "Empty without the permission audit.read.",
    )
