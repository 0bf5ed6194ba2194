"""What one entry field may cost, by the rules that `schema.reads.costs` tells: counted before a row is read."""

from schema.reads.portable.pages import Page
from schema.reads.portable.walk import Shapes
from schema.reads.portable.wanted import Wanted
from schema.reads.selects import Mode, Read
from schema.reads.sources import Among, Computed, Many, SameRow

LIST = 10
AGGREGATE = 10


def cost(read: Read, shapes: Shapes, page: Page | None) -> int:
    """The objects an entry field may read at most."""
    if page is not None:
        return _page(page, shapes)
    times = {Mode.LIST: LIST, Mode.NODES: len(read.ids)}.get(read.mode, 1)
    return times * (1 + _dearest(shapes))


def _dearest(shapes: Shapes) -> int:
    return max((sum(map(_field, wanted)) for wanted in shapes.values()), default=0)


def _field(wanted: Wanted) -> int:
    if wanted.page is not None:
        return _page(wanted.page, wanted.below)
    match wanted.source:
        case Among():
            return AGGREGATE
        case Computed():
            return 1
        case SameRow():
            return _dearest(wanted.below)
        case Many(limit=limit):
            return min(limit, LIST) * (1 + _dearest(wanted.below))
    return 1 + _dearest(wanted.below) if wanted.below else 0


def _page(page: Page, shapes: Shapes) -> int:
    (fields,) = shapes.values()
    found = 0
    for wanted in fields:
        if wanted.name == "totalCount":
            found += AGGREGATE
        elif wanted.name == "nodes":
            found += page.size * (1 + _dearest(wanted.below))
        elif wanted.name == "edges":
            (edge,) = wanted.below.values()
            found += page.size * (1 + sum(_dearest(each.below) for each in edge if each.name == "node"))
    return found
