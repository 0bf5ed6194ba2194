"""What an account's requests may be."""

from collections.abc import Iterable
from enum import StrEnum


class DocumentMode(StrEnum):
    """Which GraphQL documents an account may send."""

    OPEN = "OPEN"
    PREFER = "PREFER"
    REQUIRED = "REQUIRED"


_STRICT = tuple(DocumentMode)


def strictest(modes: Iterable[DocumentMode | None]) -> DocumentMode:
    """Of what the installation, the account and the token say, whatever allows least; OPEN where none says anything."""
    return max((mode for mode in modes if mode is not None), key=_STRICT.index, default=DocumentMode.OPEN)
