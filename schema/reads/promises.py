"""Promised values that are null all the same: the statement marks them, so that no answer passes for a right one.

A value that its type promises may still be missing where nothing in the database forbids it: in an expression, a view's
column, a part of an unknown kind. The mark costs the database a COALESCE and Python one search of the answer's text;
only an answer that holds one is read, and what its null means for the places above it worked out.
"""

from typing import Any

from graphql import get_nullable_type, is_enum_type, is_list_type, is_non_null_type
from tortoise import Model

from schema.reads.declarations import Declaration
from schema.reads.selection import Wanted
from schema.reads.sources import Column, Expression, Reference, SameRow

_KEY = "#null"
"""No response key can be this: it is no GraphQL name."""
MARK = f'{{"{_KEY}":0}}'


def is_missing(value: Any, of: Any) -> bool:
    """Whether a value of this type stands in an answer for one that was promised and is null."""
    return isinstance(value, dict) and _KEY in value and is_non_null_type(of) and str(of) != "JSON!"


def is_doubtful(wanted: Wanted, declaration: Declaration) -> bool:
    """Whether a value is promised that the database may lack."""
    of: Any = wanted.field.type
    bare = get_nullable_type(of)
    # JSON is any value there is, null too
    if not is_non_null_type(of) or is_list_type(bare) or str(bare) == "JSON":
        return False
    match wanted.source:
        case Expression() | Reference() | SameRow(kind=str()):
            return True
        case Column(name):
            return is_enum_type(bare) or not _is_stored(name or wanted.python_name, declaration)
    return False


def _is_stored(name: str, declaration: Declaration) -> bool:
    """Whether the column's own constraint says that it holds a value."""
    if isinstance(declaration.model, str):
        return False
    model: type[Model] = declaration.model
    stored = model._meta.fields_map.get(name)  # noqa: SLF001 - Tortoise names it so
    return stored is not None and not stored.null


def marked(sql: str) -> str:
    """The value's JSON, with the mark where it is null."""
    return f"COALESCE({sql}, '{MARK}')"
