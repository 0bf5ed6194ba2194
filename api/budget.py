"""What a principal may spend: operations are paid for before they run, and what came to nothing is paid back.

The headers are those of draft-ietf-httpapi-ratelimit-headers-06, the last draft with a field for each: from 07 on they
are one. Its quota units are ours of cost, its window is what a spent budget takes to be whole again.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from starlette.responses import Response

from api.refusals import PLAIN, OperationRefused
from integrations.redis import Balance, Budgets
from integrations.settings import Settings
from schema import Contract, reads, schema
from schema.context import Context

HEADERS = ("ratelimit-limit", "ratelimit-remaining", "ratelimit-reset", "ratelimit-policy")
FAILED = 1
"""What an operation costs of which nothing came."""
STREAM = 10
"""What starting a subscription costs at least."""
WORKED = frozenset({"READ_TIMED_OUT"})
"""Failures that have cost the database all they asked for."""


class BudgetSpent(OperationRefused):
    """Too little is left. ``headers`` say when there will be enough: in so many ``seconds``."""

    def __init__(self, cost: int, told: Mapping[str, Any]) -> None:
        left, rate = told["remaining"], told["restoreRate"]
        self.seconds = seconds = max(1, math.ceil((cost - left) / rate))
        said = (
            f"This costs {cost:,}; you have {left:,} left and regain {rate:,} a second. Send it again in {seconds} s."
        )
        extensions = {"code": "BUDGET_SPENT", "retryable": True, "retryAfter": seconds}
        super().__init__([{"message": said, "extensions": extensions}])
        self.told = told
        # where both are told they mean the same moment: when this very operation can be paid for
        self.headers = {**limits(told), "RateLimit-Reset": str(seconds), "Retry-After": str(seconds)}


@dataclass(slots=True)
class Charge:
    """What one operation of ``owner`` is charged. ``ahead``: it may begin to read before Redis has agreed, where
    plenty was left a moment ago; what it has read is not shown where Redis disagrees.
    """

    budgets: Budgets
    owner: str
    ahead: bool = False
    cost: int = 0
    _asked: list[Any] = field(default_factory=list)

    async def admit(self, cost: int) -> bool:
        """Whether so much may be spent now; False runs nothing."""
        ahead = self.ahead and self.budgets.has_plenty(self.owner, cost)
        self.cost += cost
        coming = self.budgets.take(self.owner, cost)
        self._asked.append((cost, coming))
        return ahead or _allows(await coming)

    async def settled(self, actual: int) -> dict[str, Any]:
        """What is told of it. Pays back what was not used; BUDGET_SPENT where Redis has not agreed."""
        balances = [(cost, await coming) for cost, coming in self._asked]
        taken = sum(cost for cost, balance in balances if balance is not None and balance.taken)
        refused = any(not _allows(balance) for _, balance in balances)
        back = taken if refused else max(0, taken - actual)
        if back:
            self.budgets.give_back(self.owner, back)
        known = next((balance for _, balance in reversed(balances) if balance is not None), None)
        if known is None:
            return {"actual": actual}
        told = {
            "actual": actual,
            "limit": self.budgets.capacity,
            "remaining": max(0, min(self.budgets.capacity, known.left + back)),
            "restoreRate": self.budgets.rate,
        }
        if refused:
            raise BudgetSpent(self.cost, {"requested": self.cost, **told, "actual": 0})
        return told


def budgets_of(settings: Settings, redis_url: str) -> Budgets | None:
    """What the settings give everybody; at least what one operation may cost."""
    if not redis_url:
        return None
    capacity = max(settings.cost_capacity, settings.cost_limit)
    return Budgets(redis_url, capacity=capacity, rate=settings.cost_restore_rate)


def charge(budgets: Budgets | None, owner: UUID, *, ahead: bool) -> Charge | None:
    """A charge to this principal; None where nobody has a budget."""
    return None if budgets is None else Charge(budgets, owner.hex, ahead=ahead)


async def settled(paid: reads.Charge | None, answer: dict[str, Any]) -> dict[str, Any]:
    """The answer, telling what it has cost and what is left."""
    if isinstance(paid, Charge):
        answer["extensions"]["cost"] |= await paid.settled(_actual(paid, answer))
    return answer


async def entered(
    about: Context, contract: Contract, variables: Mapping[str, Any], name: str | None
) -> dict[str, Any]:  # fmt: skip
    """Charges a subscription: at its start, once, what one of its events may read. Never paid back. Gives what is told
    of it."""
    paid, cost = about.watch.charge, STREAM
    if contract is schema:
        scratch, core = replace(about, watch=reads.Watch()), schema._schema  # noqa: SLF001 - it has no public name
        await reads.rehearse(core, about.document, variables=variables, name=name, context=scratch)
        cost = max(cost, scratch.watch.cost)
    if not isinstance(paid, Charge):
        return {"requested": cost}
    await paid.admit(cost)
    return {"requested": cost, **await paid.settled(cost)}


def limits(told: Mapping[str, Any]) -> dict[str, str]:
    """RateLimit-Limit, -Remaining, -Reset (seconds until all is there again) and -Policy; none where no budget was
    asked."""
    if "remaining" not in told:
        return {}
    limit, left, rate = told["limit"], told["remaining"], told["restoreRate"]
    return {
        "RateLimit-Limit": str(limit),
        "RateLimit-Remaining": str(left),
        "RateLimit-Reset": str(math.ceil((limit - left) / rate)),
        "RateLimit-Policy": f"{limit};w={math.ceil(limit / rate)}",
    }


def limits_of(answer: Mapping[str, Any]) -> dict[str, str]:
    """The same for an answer."""
    return limits(answer.get("extensions", {}).get("cost", {}))


def too_much(refused: BudgetSpent) -> Response:
    """429, of GraphQL's shape."""
    body = {"errors": refused.errors, "extensions": {"cost": dict(refused.told)}}
    return Response(reads.encode(body), 429, refused.headers, PLAIN)


def _allows(balance: Balance | None) -> bool:
    return balance is None or balance.taken


def _actual(paid: Charge, answer: Mapping[str, Any]) -> int:
    errors = answer.get("errors", ())
    data = answer.get("data") or {}
    empty = bool(errors) and all(value is None for value in data.values())
    if empty and not any(error["extensions"]["code"] in WORKED for error in errors):
        return min(FAILED, paid.cost)
    return paid.cost
