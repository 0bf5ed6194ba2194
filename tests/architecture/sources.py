"""The files of the repository, as the tests of its architecture read them."""

import ast
import fnmatch
import functools
import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[2]
CODE = ("caseward", "api", "schema", "domain", "integrations", "workers")
"""Folders of hand-written code; those of `migrations` are written by a program."""


@dataclass(frozen=True)
class Source:
    """A Python file: its path from the root, with slashes, and what is in it."""

    path: str
    text: str

    @property
    def lines(self) -> int:
        return len(self.text.splitlines())

    @functools.cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.path)


def ignored() -> tuple[str, ...]:
    """What .gitignore names, as patterns of one path component."""
    return (".git", *(line.rstrip("/") for line in (ROOT / ".gitignore").read_text().split()))


@functools.cache
def files() -> tuple[Path, ...]:
    """Every file that is not ignored, from the root. Needs no git: a source archive has none."""
    return tuple(sorted(path.relative_to(ROOT) for path in _below(ROOT, ignored())))


def _below(folder: Path, left_out: tuple[str, ...]) -> Iterator[Path]:
    for path in folder.iterdir():
        if any(fnmatch.fnmatch(path.name, pattern) for pattern in left_out):
            continue
        if path.is_dir():
            yield from _below(path, left_out)
        else:
            yield path


@functools.cache
def sources(*folders: str) -> tuple[Source, ...]:
    """The Python files in these top-level folders."""
    return tuple(
        Source(path.as_posix(), (ROOT / path).read_text())
        for path in files()
        if path.suffix == ".py" and path.parts[0] in folders
    )


def modules(package: str) -> list[ModuleType]:
    """A package and everything in it, imported; programs (`__main__`) left out."""
    root = importlib.import_module(package)
    names = [found.name for found in pkgutil.walk_packages(root.__path__, f"{package}.")]
    return [root, *(importlib.import_module(name) for name in names if not name.endswith("__main__"))]
