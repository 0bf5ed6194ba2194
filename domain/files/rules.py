"""What may be brought. Values in, problems or a refusal out."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from domain.core.abilities import judged
from domain.core.actor import Actor
from domain.core.erasure import UnderLegalHold
from domain.core.errors import FieldProblem, Refusal, ValidationFailed, invalid
from domain.core.texts import flaw_of
from domain.files.errors import FileErased
from domain.files.media import KNOWN

UNUSED = timedelta(hours=24)
"""How long a file may belong to nothing."""

MOST_UNUSED = 100
"""Files of one account that belong to nothing yet."""

MOST_AT_ONCE = 20
LONGEST_NAME = 255
LONGEST_ADDRESS = 2000
LONGEST_NOTE = 2000
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Limits:
    """What an installation takes: at most so many bytes a file, of these types."""

    size: int = 100 * 1024 * 1024
    media_types: Sequence[str] = KNOWN


def upload_problems(name: str, *, media_type: str, size: int, digest: str, limits: Limits) -> list[FieldProblem]:
    """Everything that is wrong with a file as announced."""
    found = []
    if not is_name(name):
        found.append(FieldProblem(("fileName",), "INVALID", _NAMED))
    if media_type not in limits.media_types:
        said = f"Of this type nothing is taken. Taken are {', '.join(limits.media_types)}."
        found.append(FieldProblem(("contentType",), "INVALID", said))
    if not 1 <= size <= limits.size:
        found.append(FieldProblem(("size",), "INVALID", f"A file has 1 to {limits.size:,} bytes."))
    if not _DIGEST.fullmatch(digest):
        said = "Give the SHA-256 of the bytes in 64 hexadecimal digits, small letters."
        found.append(FieldProblem(("sha256",), "INVALID", said))
    return found


_NAMED = f"Give the file's own name, 1 to {LONGEST_NAME} characters, without a path."


def is_name(name: str) -> bool:
    """Whether a text can be a file's name anywhere: no path, nothing that does not print."""
    return (
        0 < len(name) <= LONGEST_NAME
        and not name.isspace()
        and name not in {".", ".."}
        and not set(name) & {"/", "\\"}
        and flaw_of(name) is None
        and all(character.isprintable() for character in name)
    )


def ensure_capture(
    *, captured_at: datetime, now: datetime, starts_at: timedelta | None, ends_at: timedelta | None
) -> None:
    """Refuses what was captured after now, and a stretch of media that ends before it begins."""
    found = []
    if captured_at > now:
        found.append(FieldProblem(("capturedAt",), "INVALID", "Nothing can be captured in the future."))
    if starts_at is not None and starts_at < timedelta():
        found.append(FieldProblem(("startsAt",), "INVALID", "A stretch begins at PT0S or later."))
    if ends_at is not None and (starts_at is None or ends_at <= starts_at):
        found.append(FieldProblem(("endsAt",), "INVALID", "A stretch ends after it begins: give both."))
    if found:
        raise ValidationFailed(found)


def ensure_some(file_ids: Sequence[UUID]) -> None:
    """Refuses none, more than are taken at once, and one named twice."""
    if not 1 <= len(file_ids) <= MOST_AT_ONCE:
        raise invalid("fileIds", f"Name 1 to {MOST_AT_ONCE} files.")
    if len(set(file_ids)) < len(file_ids):
        raise invalid("fileIds", "Name each file once.", code="REPEATED")


def ensure_can_hold(by: Actor, *, erased: bool) -> None:
    """Nothing is left to keep of a file that was erased; one that is held stays so."""
    by.ensure("file.hold")
    if erased:
        raise FileErased


def ensure_can_release(by: Actor) -> None:
    """Who holds files releases them; one that is not held stays so."""
    by.ensure("file.hold")


def ensure_can_erase(by: Actor, *, erased: bool, held: bool) -> None:
    """Refuses what must be kept; what was erased stays so."""
    by.ensure("content.erase")
    if held and not erased:
        raise UnderLegalHold(1)


def abilities(by: Actor, *, erased: bool, held: bool) -> Iterator[tuple[str, Refusal | None]]:
    """What may be done to a file, each with the refusal it would meet now."""
    return judged(
        {
            "HOLD": lambda: ensure_can_hold(by, erased=erased),
            "RELEASE": lambda: ensure_can_release(by),
            "ERASE": lambda: ensure_can_erase(by, erased=erased, held=held),
        }
    )
