"""Cases are ranked anew where the news is their subject's: how many it reaches, and whether it is live."""

from collections.abc import Sequence

from domain.core import projections
from domain.core.transaction import Ref
from domain.mirror import projection as mirror
from domain.sla import worklist

CONSUMER = "ranks"
SUBJECTS = ("subject",)


async def recompute(ref: Ref) -> None:
    """``recompute_all`` of one subject."""
    await recompute_all([ref])


async def recompute_all(refs: Sequence[Ref]) -> None:
    """Ranks the cases about these subjects, in the transaction under way. Those that moved are looked at by the mirror:
    no event of theirs tells it."""
    if moved := await worklist.project_about([ref.id for ref in refs]):
        await projections.mark_all(mirror.CONSUMER, [Ref("case", id) for id in moved])  # noqa: A001
