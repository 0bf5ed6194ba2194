"""Lists: which rows, in which order, cut into pages, counted."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from schema.reads.portable.judging import Judge
from schema.reads.portable.pages import Order, Page, cursor, cut, in_order
from schema.reads.portable.rows import Told, plain
from schema.reads.portable.wanted import Wanted
from schema.reads.types import CountRelation

COUNTED = 10_000


@dataclass(frozen=True, slots=True)
class Lists:
    """Orders and pages of one world's rows."""

    judge: Judge

    async def keys(self, order: Order, ids: Iterable[Any]) -> dict[Any, list[Any]]:
        """The values of the order's keys, row by row."""
        found: dict[Any, list[Any]] = {each: [] for each in ids}
        for key in order:
            values = await self.judge.world.values(key.table, key.sql, found)
            # a row that the key's table does not know is not in a list of that order
            found = {each: [*before, values[each]] for each, before in found.items() if each in values}
        return found

    async def ordered(self, order: Order, ids: Iterable[Any]) -> list[Any]:
        """The rows, the first first; texts in the database's own order of texts."""
        return in_order(order, await self._ranked(order, await self.keys(order, ids)))

    async def _ranked(self, order: Order, rows: dict[Any, list[Any]]) -> dict[Any, list[Any]]:
        for place in range(len(order)):
            texts = {each[place] for each in rows.values() if isinstance(each[place], str)}
            if texts:
                ranks = await self.judge.world.ranks(texts)
                for each in rows.values():
                    each[place] = ranks.get(each[place], each[place])
        return rows

    async def cut(self, page: Page, ids: Iterable[Any]) -> tuple[list[Any], bool]:
        """The rows of a page, and whether there are more beyond it."""
        rows = await self.keys(page.order, ids)
        if page.edge is None:
            return cut(page, await self._ranked(page.order, rows), None)
        at = "edge"
        pairs = zip(page.order, page.edge, strict=True)
        rows[at] = [
            None if text == key.absent else await self.judge.world.read(text, key.sql_type) for key, text in pairs
        ]
        edge = (await self._ranked(page.order, rows)).pop(at)
        return cut(page, rows, edge)

    async def cursors(self, page: Page, ids: Iterable[Any]) -> Mapping[Any, str]:
        rows = list(ids)
        texts: dict[Any, list[Any]] = {each: [] for each in rows}
        for key in page.order:
            values = await self.judge.world.values(key.table, f"({key.sql})::text", rows)
            for each in rows:
                texts[each].append(key.absent if values[each] is None else values[each])
        return {each: cursor(page, texts[each]) for each in rows}


def total(wanted: Wanted, matching: int) -> Told:
    """The count, exact up to a bound."""
    (fields,) = wanted.below.values()
    relation = CountRelation.EXACT if matching <= COUNTED else CountRelation.AT_LEAST
    return plain(fields, value=min(matching, COUNTED), relation=relation)


def around(wanted: Wanted, page: Page, cursors: list[str], *, more: bool) -> Told:
    """What lies around the page: what came before a cursor is not looked for, it is known to be there."""
    (fields,) = wanted.below.values()
    began = page.edge is not None
    return plain(
        fields,
        hasNextPage=began if page.backward else more,
        hasPreviousPage=more if page.backward else began,
        startCursor=cursors[0] if cursors else None,
        endCursor=cursors[-1] if cursors else None,
    )
