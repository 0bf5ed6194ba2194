"""Pages and orders in Python: which rows come next, and the cursors that say so.

A cursor is the same text the database writes: one given out by either evaluator is taken by the other.
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cmp_to_key
from typing import Any, TypeVar

import orjson

from domain.core import predicates
from domain.core.predicates import Condition
from schema.reads.declarations import ENDS, Declaration
from schema.reads.errors import CursorRefused, OrderRefused, PageRefused

T = TypeVar("T")
Values = Sequence[Any]
USUAL, MOST = 25, 200
MAC = 12


@dataclass(frozen=True, slots=True)
class Key:
    """One key of an order. ``sql`` is over `{row}` of ``table``; ``sql_type`` is empty where no cursor has to hold it;
    ``absent`` is what cursors hold instead of null, where the type has a value that comes before or after all others.
    """

    name: str
    table: str
    sql: str
    sql_type: str
    descending: bool
    nulls_first: bool
    absent: str | None = None


Order = tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """``edge``: the cursor's values, as text. ``scope`` signs the cursors of this list."""

    size: int
    backward: bool
    order: Order
    condition: Condition | None
    edge: tuple[str | None, ...] | None
    scope: bytes


def read_order(declaration: Declaration, text: str | None) -> Order:
    """Reads `-created_at,rank`, and puts the id last."""
    said = [each.strip() for each in (text or declaration.order).split(",")]
    return _ordered(declaration, [(each.lstrip("-"), each.startswith("-"), each.startswith("-")) for each in said])


def _ordered(declaration: Declaration, said: list[tuple[str, bool, bool]]) -> Order:
    keys: list[Key] = []
    for name, descending, nulls_first in said:
        if name == "id":
            return (*keys, _identity(declaration, descending))
        sort = declaration.sorts.get(name)
        sql, sql_type = (sort.sql, sort.sql_type) if sort else (f"{{row}}.{declaration.column(name)}", "")
        absent = None
        if sort is not None and sort.nullable and sql_type in ENDS:
            absent = ENDS[sql_type][nulls_first is descending]
        keys.append(Key(name, declaration.table, sql, sql_type, descending, nulls_first, absent))
    return (*keys, _identity(declaration, keys[-1].descending))


def _identity(declaration: Declaration, descending: bool) -> Key:
    return Key("id", declaration.table, '{row}."id"', declaration.id_type, descending, descending)


def read_page(
    declaration: Declaration, given: Mapping[str, Any], order: str | None, secret: bytes, coordinate: str
) -> Page:
    """What the arguments of a connection ask for; refuses as the compiler does."""
    said = {name: given.get(name) for name in ("first", "last", "after", "before", "filter", "orderBy")}
    size, backward = _read_size(said)
    keys = _read_order_by(declaration, said["orderBy"] or []) or read_order(declaration, order)
    condition = None
    if said["filter"] is not None and declaration.filters is not None:
        condition = predicates.parse(declaration.filters, said["filter"], path=("filter",))
    scope = _scope(secret, coordinate, keys, condition)
    cursor, at = (said["before"], "before") if backward else (said["after"], "after")
    edge = None if cursor is None else _opened(cursor, scope, keys, at=at)
    return Page(size, backward, keys, condition, edge, scope)


def _read_size(said: Mapping[str, Any]) -> tuple[int, bool]:
    present = {name for name, value in said.items() if value is not None}
    for together, message, at in (
        ({"first", "last"}, "Ask for first or last, not for both.", "last"),
        ({"after", "last"}, "after goes with first; before goes with last.", "after"),
        ({"after", "before"}, "after goes with first; before goes with last.", "after"),
        ({"first", "before"}, "before goes with last; after goes with first.", "before"),
    ):
        if together <= present:
            raise PageRefused(message, path=(at,))
    name = "first" if said["last"] is None else "last"
    size = USUAL if said[name] is None else said[name]
    if not 0 <= size <= MOST:
        raise PageRefused(f"{name} is {size}; 0 to {MOST} is possible. Follow cursors for more.", path=(name,))
    return size, bool({"last", "before"} & present)


def _read_order_by(declaration: Declaration, items: list[Mapping[str, Any]]) -> Order:
    said = []
    for item in items:
        descending, nulls = item["direction"].value == "DESC", item.get("nulls")
        said.append((item["field"].value, descending, descending if nulls is None else nulls.value == "FIRST"))
    if len({name for name, _, _ in said}) != len(said):
        raise OrderRefused("Name each key of the order once.", path=("orderBy",))
    return _ordered(declaration, said) if said else ()


def _scope(secret: bytes, coordinate: str, order: Order, condition: Condition | None) -> bytes:
    keys = [(key.name, key.descending, key.nulls_first) for key in order]
    said = [coordinate, keys, None if condition is None else predicates.dump(condition)]
    return hmac.digest(secret, orjson.dumps(said, option=orjson.OPT_SORT_KEYS), "sha256")


def _signed(scope: bytes, payload: bytes) -> bytes:
    return hashlib.sha256(scope + hashlib.sha256(scope + payload).digest()).digest()[:MAC]


def cursor(page: Page, texts: Values) -> str:
    """The cursor of a row whose sort keys are these texts."""
    said = [key.absent if text is None else text for key, text in zip(page.order, texts, strict=True)]
    payload = json.dumps(said, ensure_ascii=False).encode()
    return base64.urlsafe_b64encode(_signed(page.scope, payload) + payload).decode().rstrip("=")


def _opened(text: str, scope: bytes, order: Order, *, at: str) -> tuple[str | None, ...]:
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    signature, payload = raw[:MAC], raw[MAC:]
    if not payload.startswith(b"["):
        raise CursorRefused("This is no cursor. Take one from pageInfo or edges, or start without it.", path=(at,))
    if not hmac.compare_digest(signature, _signed(scope, payload)):
        raise CursorRefused(
            "This cursor was made for another list, order or filter. Start again without it.", path=(at,)
        )
    values: list[str | None] = json.loads(payload)
    if len(values) != len(order):
        raise CursorRefused("This cursor was made for another order. Start again without it.", path=(at,))
    return tuple(None if text == key.absent else text for key, text in zip(order, values, strict=True))


def compare(order: Order, left: Values, right: Values) -> int:
    """Below 0 where ``left`` comes first, above 0 where ``right`` does."""
    for key, one, other in zip(order, left, right, strict=True):
        if one is None and other is None:
            continue
        if one is None or other is None:
            return -1 if (one is None) is key.nulls_first else 1
        if one != other:
            return -1 if (one < other) is not key.descending else 1
    return 0


def in_order(order: Order, rows: Mapping[T, Values]) -> list[T]:
    """The rows' names, the first first."""

    def ahead(one: T, other: T) -> int:
        return compare(order, rows[one], rows[other])

    return sorted(rows, key=cmp_to_key(ahead))


def cut(page: Page, rows: Mapping[T, Values], edge: Values | None) -> tuple[list[T], bool]:
    """The rows of the page, and whether there are more beyond it."""
    found = in_order(page.order, rows)
    if edge is not None:
        way = -1 if page.backward else 1
        found = [each for each in found if compare(page.order, rows[each], edge) * way > 0]
    if page.backward:
        return (found[-page.size :] if page.size else []), len(found) > page.size
    return found[: page.size], len(found) > page.size
