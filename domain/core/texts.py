"""Short texts: what each may hold and how long it may be, said once, by the column that keeps it."""

import re
from collections.abc import Sequence
from typing import Any

from domain.core.errors import FieldProblem, ValidationFailed

LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
REGION = re.compile(r"[A-Za-z0-9]{2,8}(-[A-Za-z0-9]{1,8})*")
LONGEST_TAG = 16
"""Characters of a language or region, as the columns hold them."""

Path = Sequence[str | int]


def flaw_of(text: str) -> str | None:
    """What to do about a character that cannot be kept; None where there is none."""
    if "\x00" in text:
        return "Remove the U+0000 character."
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        return "Remove the half of a surrogate pair: it is no character."
    return None


def problems_of(model: Any, *, path: Path = (), **texts: str | None) -> list[FieldProblem]:
    """What is wrong with texts that are to stand in columns of these names of ``model``: each is at most as long as
    its column. None is fine. Paths are the columns' names below ``path``."""
    columns = model._meta.fields_map  # noqa: SLF001 - Tortoise names it so
    found = (
        problem_of(text, path=(*path, column), limit=columns[column].max_length)
        for column, text in texts.items()
        if text is not None
    )
    return [problem for problem in found if problem is not None]


def problem_of(text: str, *, path: Path, limit: int) -> FieldProblem | None:
    """What is wrong with one text of at most ``limit`` characters."""
    flaw = flaw_of(text)
    if flaw is not None:
        return FieldProblem(tuple(path), "NUL_CHARACTER", flaw)
    if len(text) > limit:
        said = f"Shorten it to {limit:,} characters; it has {len(text):,}."
        return FieldProblem(tuple(path), "TOO_LONG", said)
    return None


def ensure_fits(model: Any, *, path: Path = (), **texts: str | None) -> None:
    """Refuses, all at once, texts that columns of these names of ``model`` could not hold."""
    ensure_none(problems_of(model, path=path, **texts))


def ensure_short(text: str, *, path: Path, limit: int) -> str:
    """The text itself; refuses one of more than ``limit`` characters."""
    problem = problem_of(text, path=path, limit=limit)
    ensure_none([] if problem is None else [problem])
    return text


def place_problems(*, language: str | None = None, region: str | None = None) -> list[FieldProblem]:
    """What is wrong with a language tag and a region."""
    found = language_problems(language, path=("language",))
    if region is not None and not _tagged(REGION, region):
        found.append(FieldProblem(("region",), "INVALID", "Give a region of at most 16 characters: EU, DE, US-CA."))
    return found


def language_problems(tag: str | None, *, path: Path) -> list[FieldProblem]:
    """What is wrong with a language tag; None is fine."""
    if tag is None or _tagged(LANGUAGE, tag):
        return []
    return [FieldProblem(tuple(path), "INVALID", "Give a BCP 47 tag of at most 16 characters: de, pt-BR.")]


def ensure_none(problems: Sequence[FieldProblem]) -> None:
    """Refuses where there are any."""
    if problems:
        raise ValidationFailed(problems)


def quoted(text: str, *, limit: int = 80) -> str:
    """The text as a message may repeat it: in quotes, cut at ``limit`` characters, what cannot be printed marked."""
    shown = "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text[:limit])
    return f'"{shown}{"…" if len(text) > limit else ""}"'


def _tagged(pattern: re.Pattern[str], text: str) -> bool:
    return len(text) <= LONGEST_TAG and pattern.fullmatch(text) is not None
