"""What a view says, checked against what can be asked for now: when it is saved, and whenever it is used. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from domain.cases.filters import CASE
from domain.core import predicates as p
from domain.core.errors import FieldProblem, IdRefused, OrderRefused, invalid
from domain.core.predicates import Condition, Entity, PredicateRefused
from domain.inquiries.filters import INQUIRY
from domain.views.states import ViewOf

ENTITIES: Mapping[ViewOf, Entity] = {ViewOf.CASE: CASE, ViewOf.INQUIRY: INQUIRY}
ORDERS: Mapping[ViewOf, frozenset[str]] = {
    ViewOf.CASE: frozenset(
        {"opened_at", "updated_at", "resolved_at", "number", "severity", "priority", "due", "rank", "state"}
    ),
    ViewOf.INQUIRY: frozenset({"opened_at", "updated_at", "number"}),
}
"""By what each list can be ordered."""
PERMISSIONS: Mapping[ViewOf, str] = {ViewOf.CASE: "case.read", ViewOf.INQUIRY: "inquiry.read"}
LONGEST_NAME = 100
MOST_KEYS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """``order``: names of orders, each with a minus for descending; none leaves the list's own."""

    name: str
    filter: Mapping[str, Any]
    order: Sequence[str] = ()

    def dumped(self) -> str:
        """As it is kept; equal definitions are written alike."""
        said = {"name": self.name, "filter": self.filter, "order": list(self.order)}
        return orjson.dumps(said, option=orjson.OPT_SORT_KEYS).decode()


def loaded(text: str) -> Definition:
    """Reads what ``dumped`` wrote, whether or not it can still be asked for."""
    said = orjson.loads(text)
    return Definition(name=said["name"], filter=said["filter"], order=tuple(said["order"]))


def checked(of: ViewOf, name: str, filter_: Any, order: Sequence[str]) -> Definition:
    """The definition as it may be saved. Refuses with the path of the first wrong field."""
    if not 1 <= len(name.strip()) <= LONGEST_NAME:
        raise invalid("name", f"Give a name of 1 to {LONGEST_NAME} characters.")
    condition = condition_of(of, filter_)
    order_of(of, order)
    return Definition(name=name.strip(), filter=p.dump(condition), order=tuple(order))


def condition_of(of: ViewOf, filter_: Any) -> Condition:
    """What the filter says. INVALID_FILTER, with its path, where a field or a value is none any more."""
    return p.parse(ENTITIES[of], filter_, path=("filter",))


def order_of(of: ViewOf, order: Sequence[str]) -> str | None:
    """The order as lists take it; None for their own. INVALID_ORDER, with its path, where there is none such."""
    names = [key.removeprefix("-") for key in order]
    if len(names) > MOST_KEYS or len(set(names)) < len(names):
        raise OrderRefused(f"Name at most {MOST_KEYS} keys, each once.", path=("order",))
    for place, name in enumerate(names):
        if name not in ORDERS[of]:
            known = ", ".join(sorted(ORDERS[of]))
            raise OrderRefused(
                f"There is no order by {name} here; there are {known}, each with a minus in front to turn it round.",
                path=("order", place),
            )
    return ",".join(order) or None


def problem(of: ViewOf, definition: Definition) -> FieldProblem | None:
    """Why a view cannot be used as it is: a field has gone since. None where it can."""
    try:
        condition_of(of, definition.filter)
        order_of(of, definition.order)
    except PredicateRefused as refused:
        return refused.problems[0]
    except (IdRefused, OrderRefused) as refused:
        return FieldProblem(refused.path, refused.code, refused.message)
    return None
