"""`docs/glossary.md`: the words of the desk, from the docstrings of what they name."""

import enum
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules
from typing import TypeVar

from tortoise.models import Model

import domain
from caseward.reference.pages import loaded, page, said, table

T = TypeVar("T")

INTRODUCTION = """\
One word, one meaning: in the database, in the code and in the GraphQL contract alike. What is kept, by capability,
then the words that values can be."""


def glossary() -> str:
    """The page."""
    loaded("domain")
    names = sorted(each.name for each in iter_modules(domain.__path__) if each.ispkg)
    return page("Glossary", INTRODUCTION, *(_section(name) for name in names))


def _section(name: str) -> str:
    kept = [(each.__name__, said(each), f"`{each._meta.db_table}`") for each in _models(name)]  # noqa: SLF001 - Tortoise's name
    words = [(each.__name__, said(each), ", ".join(f"`{member.value}`" for member in each)) for each in _enums(name)]
    parts = (
        table(("word", "is", "table"), kept) if kept else "",
        table(("word", "says", "values"), words) if words else "",
    )
    if not any(parts):
        return ""
    return "\n\n".join([f"## {name}", said(import_module(f"domain.{name}")), *(part for part in parts if part)])


def _models(name: str) -> Iterator[type[Model]]:
    if find_spec(f"domain.{name}.models"):
        module = import_module(f"domain.{name}.models")
        yield from _of(module.__name__, Model)


def _enums(name: str) -> Iterator[type[enum.StrEnum]]:
    found = {each.__name__: each for module in loaded(f"domain.{name}") for each in _of(module.__name__, enum.StrEnum)}
    yield from (found[each] for each in sorted(found))


def _of(module: str, kind: type[T]) -> Iterator[type[T]]:
    """The classes of a kind a module defines itself, in the order it has them."""
    for value in vars(import_module(module)).values():
        if isinstance(value, type) and issubclass(value, kind) and value.__module__ == module:
            yield value
