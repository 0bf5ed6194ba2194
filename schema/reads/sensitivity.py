"""Rows of which it has to be known who was shown them: the statement that shows them says which they were.

While a row becomes JSON its name is added to a setting of the transaction, which the statement returns beside the
answer: no second look at the rows, and nothing for rows a filter or a page left out. Costs one comparison per row.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from domain.core.predicates import Condition

if TYPE_CHECKING:
    from schema.reads.declarations import Declaration
    from schema.reads.writer import Writer

SETTING = "caseward.shown"


@dataclass(frozen=True, slots=True)
class Sensitive:
    """``condition``: which rows are. ``of`` and ``id`` (SQL over `{row}`): under whose prefix and id it is noted."""

    condition: Condition
    of: str = ""
    id: str = '{row}."id"'


@dataclass(frozen=True, slots=True)
class Seen:
    """Something of this prefix and id was shown."""

    prefix: str
    id: UUID


def sensitive(condition: Condition, *, of: str = "", id: str = '{row}."id"') -> Sensitive:  # noqa: A002 - its word
    """For `entity(sensitive=…)`: rows of which the condition holds are noted as they are shown.

    What belongs to a sensitive thing is noted as that thing: ``of`` is its prefix, ``id`` its id. Read straight from
    it (a relation of that very type), it is not noted again.
    """
    return Sensitive(condition, of, id)


def noting(writer: "Writer", declaration: "Declaration", row: str, found: str) -> str:
    """``found``, which notes its row where that is sensitive. The inner CASE keeps others from being noted."""
    declared = declaration.sensitive
    if declared is None or (declared.of and declared.of == writer.within):
        return found
    writer.noting = True
    name = f"'{declared.of or declaration.prefix}:' || ({writer.over(declared.id, row)})::text"
    noted = f"set_config('{SETTING}', concat_ws(',', current_setting('{SETTING}', TRUE), {name}), TRUE) IS NULL"
    condition = writer.condition(declared.condition, row)
    return f"CASE WHEN CASE WHEN {condition} THEN {noted} ELSE FALSE END THEN NULL ELSE {found} END"


def with_notes(body: str) -> str:
    """The statement of ``body`` that also returns what was noted: OFFSET 0 has the body done before that is read."""
    return f"SELECT a.body, current_setting('{SETTING}', TRUE) FROM (SELECT ({body})::text AS body OFFSET 0) AS a"


def seen(noted: str | None) -> tuple[Seen, ...]:
    """What was noted, each once."""
    names = dict.fromkeys(name for name in (noted or "").split(",") if name)
    return tuple(Seen(prefix, UUID(id_)) for prefix, _, id_ in (name.partition(":") for name in names))
