"""The enforcer of a desk without a platform: what would be done is logged."""

import structlog

from domain.review.ports import Applied, Enforcer, Order, Outcome, Standing, Unheard

log = structlog.get_logger(__name__)


class ConsoleEnforcer(Enforcer):
    """Carries out everything by saying so, once per key; what it said is forgotten when it ends."""

    def __init__(self) -> None:
        self._done: dict[str, Applied] = {}

    async def dispatch(self, order: Order, *, key: str) -> Outcome:
        """Always Applied."""
        if key not in self._done:
            log.info(
                "enforcement",
                action=order.action.value,
                subject=f"{order.subject_kind.value} {order.subject_ref}",
                lasting=str(order.lasting) if order.lasting else "for good",
                key=key,
            )
            self._done[key] = Applied(receipt=f"console:{key}")
        return self._done[key]

    async def status(self, key: str) -> Standing:
        """Applied or Unheard."""
        return self._done.get(key, Unheard())

    async def close(self) -> None:
        """Holds nothing."""
