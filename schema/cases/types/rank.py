"""The order reckoned for a case, as people can follow it: its points, and the versions of the formula."""

from datetime import datetime

import strawberry

from domain.cases import models, ranking, visibility
from domain.cases.filters import CASE_RANK
from schema import reads
from schema.cases.types.sensitive import of_case
from schema.scalars import Long


@reads.part()
class CaseRankComponents:
    """What a rank is the sum of, in points. Who reported is no part of it."""

    severity: float = reads.column(description="For how much harm it is.")
    priority: float = reads.column(description="For the order people gave it.")
    reach: float = reads.column(description="For how many people its subject reaches, and whether it is live.")
    trusted: float = reads.column(description="For what trusted flaggers, legal and stakeholders said.")
    detected: float = reads.column(description="For what detectors found.")
    reported: float = reads.column(description="For what users reported, by how right they were before.")


@reads.entity(
    models.CaseRank,
    prefix="rank",
    filters=CASE_RANK,
    visible=visibility.RANKS,
    sensitive=of_case(CASE_RANK, "{row}.id"),
    order="-value",
)
class CaseRank(reads.Node):
    """The order reckoned for a case, and how it came about."""

    value: float = reads.column(description="From 0 to 100, the most pressing highest.")
    formula_version: int = reads.column(description="The version of the formula: see rankFormulas.")
    components: CaseRankComponents = reads.same_row(description="What it is the sum of.")
    trusted_signals: Long = reads.column(description="How many flaggers, legal and stakeholders count.")
    detected_signals: Long = reads.column(description="How many detectors count.")
    reported_signals: Long = reads.column(description="How many reports of users count, each known reporter once.")


@strawberry.type(description="One thing a version of the formula counts.")
class RankFormulaComponent:
    name: str = strawberry.field(description="As among the components of a rank.")
    most: float = strawberry.field(description="The points it can have.")
    follows_from: str = strawberry.field(description="What its points follow from.")


@strawberry.type(description="One version of the formula by which cases are ranked. Never changed.")
class RankFormula:
    version: int = strawberry.field(description="Counts up.")
    effective_from: datetime = strawberry.field(description="From when on it holds.")
    components: list[RankFormulaComponent] = strawberry.field(description="What it counts.")


def rank_formulas() -> list[RankFormula]:
    """Every version, the oldest first."""
    return [
        RankFormula(
            version=each.version,
            effective_from=each.effective_from,
            components=[
                RankFormulaComponent(name=name, most=most, follows_from=each.told[name])
                for name, most in each.most.items()
            ],
        )
        for each in ranking.FORMULAS
    ]
