"""What the pages have in common: where they find things, and how they set them down."""

import importlib
import inspect
import pkgutil
from collections.abc import Iterable, Iterator, Sequence
from types import ModuleType
from typing import TypeVar

T = TypeVar("T")

NOTE = "<!-- Written by `python -m caseward.reference`. Change the code it is written from instead. -->"


def loaded(package: str) -> list[ModuleType]:
    """A package and everything in it, imported."""
    root = importlib.import_module(package)
    names = [found.name for found in pkgutil.walk_packages(root.__path__, f"{package}.")]
    return [root, *(importlib.import_module(name) for name in names if not name.endswith("__main__"))]


def subclasses(of: type[T]) -> Iterator[type[T]]:
    """Every class below one, depth first."""
    for each in of.__subclasses__():
        yield each
        yield from subclasses(each)


def said(of: object) -> str:
    """The first paragraph of its own docstring on one line; empty where it has none."""
    own = vars(of).get("__doc__") or ""
    return " ".join(inspect.cleandoc(own).split("\n\n")[0].split()).replace("``", "`")


def capability(of: type) -> str:
    """`domain.cases.events` belongs to `cases`."""
    return of.__module__.split(".")[1]


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def page(title: str, *parts: str) -> str:
    """A whole page; empty parts are left out."""
    return "\n\n".join([f"# {title}", NOTE, *(part for part in parts if part)]) + "\n"
