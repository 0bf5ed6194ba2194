"""Codes people give as reasons: words of a list, never free text, so that they may stand in the log."""

import re

from domain.core.errors import invalid

CODE = re.compile(r"[A-Z][A-Z0-9_]{0,63}")


def ensure_code(text: str, *, path: str, example: str) -> str:
    """The code itself; refuses anything but capitals, digits and underscores, up to 64 characters."""
    if not CODE.fullmatch(text):
        raise invalid(path, f"Give a code in capitals, {example} for example; words belong into a comment.")
    return text
