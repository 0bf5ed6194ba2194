"""What can be refused. Every refusal has a code of its own and says what to do next.

Refusal
├── ValidationFailed   the input is wrong; every wrong field is named at once
├── NotFound           no such thing, or not for this viewer: the two look the same
├── Forbidden          the actor lacks a permission
├── VersionConflict    somebody changed it since it was read
└── Refused            the state of things does not allow it; capabilities derive their own
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import ClassVar
from uuid import UUID


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One wrong field: ``path`` from the mutation's input, a stable ``code``, and what would be right."""

    path: tuple[str | int, ...]
    code: str
    message: str


class Refusal(Exception):
    """Base of everything the business refuses. Nothing was changed when it is raised."""

    code: ClassVar[str]
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, *, path: Sequence[str | int] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.path = tuple(path)


class ValidationFailed(Refusal):
    """Carries every wrong field."""

    code = "VALIDATION_FAILED"

    def __init__(self, problems: Sequence[FieldProblem]) -> None:
        said = "; ".join(f"{'.'.join(map(str, p.path))}: {p.message}" for p in problems)
        super().__init__(said, path=problems[0].path if len(problems) == 1 else ())
        self.problems = tuple(problems)


def invalid(path: str | Sequence[str | int], message: str, *, code: str = "INVALID") -> ValidationFailed:
    """A ValidationFailed about a single field."""
    parts = (path,) if isinstance(path, str) else tuple(path)
    return ValidationFailed([FieldProblem(parts, code, message)])


@contextmanager
def under(*path: str) -> Iterator[None]:
    """What is refused in the block is about a part of the input that lies under ``path``."""
    try:
        yield
    except ValidationFailed as refusal:
        problems = [replace(problem, path=(*path, *problem.path)) for problem in refusal.problems]
        raise ValidationFailed(problems) from None
    except Refusal as refusal:
        if refusal.path:
            refusal.path = (*path, *refusal.path)
        raise


class IdRefused(Refusal):
    """The text is neither an id nor a key of what is meant: nobody has looked whether there is such a thing. In the
    answer of a mutation it is the code of a field."""

    code = "INVALID_ID"


class OrderRefused(Refusal):
    """There is no such order, or it names something twice. In the answer of a mutation it is the code of a field."""

    code = "INVALID_ORDER"


class NotFound(Refusal):
    """No such thing, or none this viewer may see. It is called what its asker called it; a primary key is no name."""

    code = "NOT_FOUND"

    def __init__(self, what: str, ref: object, *, path: Sequence[str | int] = ()) -> None:
        called = what if isinstance(ref, UUID) else f"{what} {str(ref)[:80]}"
        super().__init__(f"There is no {called} that you can see. Check the id or the key.", path=path)
        self.what = what


class Forbidden(Refusal):
    """The actor lacks a right."""

    code = "FORBIDDEN"

    def __init__(self, message: str | None = None, *, permission: str | None = None) -> None:
        super().__init__(message or f"This needs the permission {permission}. Ask a manager for a role that has it.")
        self.permission = permission


class VersionConflict(Refusal):
    """The entity moved on since the caller read it."""

    code = "VERSION_CONFLICT"

    def __init__(self, what: str, *, expected: int, actual: int, subject_id: UUID | None = None) -> None:
        super().__init__(
            f"This {what} is at version {actual}, you expected {expected}. Read it again, then decide again.",
            path=("expectedVersion",),
        )
        # the subject in the log: its type and its id
        self.what = what
        self.subject_id = subject_id
        self.expected = expected
        self.actual = actual


class Refused(Refusal):
    """The state of things does not allow it now."""


def ensure_version(what: str, *, expected: int | None, actual: int, subject_id: UUID | None = None) -> None:
    """Refuses with VERSION_CONFLICT where ``expected`` is given and differs; None means overwrite, knowingly."""
    if expected is not None and expected != actual:
        raise VersionConflict(what, expected=expected, actual=actual, subject_id=subject_id)
