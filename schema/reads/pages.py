"""One request's arguments of one selected field: which page, in which order, of what matches."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from domain.core import predicates
from domain.core.predicates import AllOf, AnyOf, Compare, Condition, IsNull, Op, Quantifier, Related
from schema.reads.declarations import ENDS, Declaration, Sort
from schema.reads.errors import CursorRefused, MisdeclaredRead, OrderRefused, PageRefused

DEFAULT_SIZE = 25
LARGEST_SIZE = 200
MAC_BYTES = 12


@dataclass(frozen=True, slots=True)
class SortKey:
    """One key of an order; the last is always the id."""

    name: str
    sort: Sort
    descending: bool
    nulls_first: bool

    @property
    def sql(self) -> str:
        """What is compared, over a `{row}` of `source_of` the order; never null where the type has ends."""
        value = f'{{row}}."{self.sort.in_view}"' if self.sort.view else self.sort.sql
        ends = ENDS.get(self.sort.sql_type) if self.sort.nullable else None
        if ends is None:
            return value
        least, greatest = ends
        end = greatest if self.nulls_first is self.descending else least
        return f"COALESCE({value}, '{end}'::{self.sort.sql_type})"

    @property
    def nullable(self) -> bool:
        return self.sort.nullable and self.sort.sql_type not in ENDS

    @property
    def reversed(self) -> "SortKey":
        return SortKey(self.name, self.sort, not self.descending, not self.nulls_first)


@dataclass(frozen=True, slots=True)
class Page:
    """``edge``: the sort keys, as text, of the row the page starts after (or, backward, ends before).

    ``ranged``: what is listed at all is narrowed by more than equalities.
    """

    size: int
    backward: bool
    order: tuple[SortKey, ...]
    condition: Condition | None
    edge: tuple[str | None, ...] | None
    scope: bytes
    ranged: bool = False

    @property
    def bound(self) -> int | None:
        """How many rows are enough, as a number the text may hold; None where only this request's own number will do.

        PostgreSQL keeps a plan for a text that says how little is wanted of it; so it is said, in powers of two, where
        conditions are equalities. A range may match all or nothing: there it had better plan for the values at hand.
        """
        steady = not self.ranged and (self.condition is None or is_steady(self.condition))
        return 1 << self.size.bit_length() if steady else None

    @property
    def shape(self) -> tuple[Any, ...]:
        """All that the SQL text depends on."""
        nulls = None if self.edge is None else tuple(value is None for value in self.edge)
        matching = None if self.condition is None else predicates.shape(self.condition)
        return (self.backward, self.order, matching, nulls, self.bound)


def is_steady(condition: Condition) -> bool:
    """Whether about as many rows match whatever values it compares with."""
    match condition:
        case Compare(op=op):
            return op in {Op.EQ, Op.IN}
        case AllOf(of) | AnyOf(of):
            return all(map(is_steady, of))
        case Related(quantifier=Quantifier.SOME | Quantifier.THAT, of=of):
            return is_steady(of)
    return isinstance(condition, IsNull)


def source_of(declaration: Declaration, order: tuple[SortKey, ...]) -> str:
    """What the rows of an order are read from: the type's table, or the view that has its keys."""
    view = next((key.sort.view for key in order if key.sort.view), None)
    return declaration.table if view is None else f'"{view}"'


def order_of(declaration: Declaration, order: str | None) -> tuple[SortKey, ...]:
    """Reads `-created_at,rank`; the id comes last and goes the way of the key before it."""
    written = [part.strip() for part in (order or declaration.order).split(",")]
    return _with_id([(part.removeprefix("-"), part.startswith("-"), None) for part in written], declaration)


def _with_id(keys: list[tuple[str, bool, bool | None]], declaration: Declaration) -> tuple[SortKey, ...]:
    found: list[SortKey] = []
    for name, descending, nulls_first in keys:
        if name != "id":
            first = descending if nulls_first is None else nulls_first
            found.append(SortKey(name, _sort(declaration, name), descending, first))
        else:
            break
    descending = keys[len(found)][1] if len(found) < len(keys) else found[-1].descending
    return (*found, SortKey("id", Sort('{row}."id"', declaration.id_type), descending, descending))


def _sort(declaration: Declaration, name: str) -> Sort:
    found = declaration.sorts.get(name)
    # a list without pages may be ordered by any column: no cursor has to hold its value
    return found if found is not None else Sort(f"{{row}}.{declaration.column(name)}", "", nullable=True)


def page_of(
    declaration: Declaration, given: Mapping[str, Any], default_order: str | None, secret: bytes, at: str
) -> Page:
    """Reads first, after, last, before, filter and orderBy. ``at`` names the list, so that cursors fit no other."""
    size, backward = _size(given)
    order = _order(declaration, given.get("orderBy")) or order_of(declaration, default_order)
    untyped = next((key.name for key in order if not key.sort.sql_type), None)
    if untyped is not None:
        raise MisdeclaredRead(f"{declaration.name}: pages are ordered by {untyped}, which is not among its sorts")
    condition = None
    if given.get("filter") is not None and declaration.filters is not None:
        condition = predicates.parse(declaration.filters, given["filter"], path=("filter",))
    scope = _scope(secret, at, order, condition)
    cursor = given.get("before") if backward else given.get("after")
    edge = None if cursor is None else read_cursor(cursor, scope, len(order), at="before" if backward else "after")
    return Page(size, backward, order, condition, edge, scope)


def _size(given: Mapping[str, Any]) -> tuple[int, bool]:
    first, last = given.get("first"), given.get("last")
    if first is not None and last is not None:
        raise PageRefused("Ask for first or last, not for both.", path=("last",))
    if given.get("after") is not None and (last is not None or given.get("before") is not None):
        raise PageRefused("after goes with first; before goes with last.", path=("after",))
    if first is not None and given.get("before") is not None:
        raise PageRefused("before goes with last; after goes with first.", path=("before",))
    backward = last is not None or given.get("before") is not None
    size = last if last is not None else first if first is not None else DEFAULT_SIZE
    if not 0 <= size <= LARGEST_SIZE:
        name = "first" if last is None else "last"
        raise PageRefused(f"{name} is {size}; 0 to {LARGEST_SIZE} is possible. Follow cursors for more.", path=(name,))
    return size, backward


def _order(declaration: Declaration, given: list[Mapping[str, Any]] | None) -> tuple[SortKey, ...]:
    if not given:
        return ()
    keys = []
    for item in given:
        nulls = item.get("nulls")
        name = item["field"].value
        keys.append((name, item["direction"].value == "DESC", None if nulls is None else nulls.value == "FIRST"))
    if len({name for name, _, _ in keys}) < len(keys):
        raise OrderRefused("Name each key of the order once.", path=("orderBy",))
    return _with_id(keys, declaration)


def _scope(secret: bytes, at: str, order: tuple[SortKey, ...], condition: Condition | None) -> bytes:
    """The key that signs the cursors of this list in this order of these matches: useless for any other."""
    said = [
        at,
        [(key.name, key.descending, key.nulls_first) for key in order],
        None if condition is None else predicates.dump(condition),
    ]
    return hmac.digest(secret, orjson.dumps(said, option=orjson.OPT_SORT_KEYS), "sha256")


def _mac(scope: bytes, payload: bytes) -> bytes:
    # nested, so that it cannot be lengthened; the same is said in SQL, which has sha256 and no hmac
    return hashlib.sha256(scope + hashlib.sha256(scope + payload).digest()).digest()[:MAC_BYTES]


def read_cursor(text: str, scope: bytes, length: int, *, at: str) -> tuple[str | None, ...]:
    """The sort keys a cursor holds; refuses with INVALID_CURSOR what was not made for this list, order and filter, and
    names the argument it came in: ``at``."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    mac, payload = raw[:MAC_BYTES], raw[MAC_BYTES:]
    if not payload.startswith(b"["):
        raise CursorRefused("This is no cursor. Take one from pageInfo or edges, or start without it.", path=(at,))
    if not hmac.compare_digest(mac, _mac(scope, payload)):
        raise CursorRefused(
            "This cursor was made for another list, order or filter. Start again without it.", path=(at,)
        )
    found: list[str | None] = orjson.loads(payload)
    if len(found) != length:
        raise CursorRefused("This cursor was made for another order. Start again without it.", path=(at,))
    return tuple(found)


def cursor_sql(keys: list[str], scope: str) -> str:
    """The cursor of a row whose sort keys are these expressions; ``scope`` is the bound signing key."""
    payload = f"convert_to(jsonb_build_array({', '.join(f'({key})::text' for key in keys)})::text, 'UTF8')"
    mac = f"substring(sha256({scope} || sha256({scope} || c.b)) FROM 1 FOR {MAC_BYTES})"
    return f"(SELECT translate(encode({mac} || c.b, 'base64'), E'+/=\\n', '-_') FROM (SELECT {payload} AS b) AS c)"
