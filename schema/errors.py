"""What a mutation refuses, as data: every member of a payload's union that is no success is a Problem.

One ``... on Problem { code message path retryable }`` reads them all. Refusals of queries, and of anything outside a
payload, arrive in ``errors`` with the same code under ``extensions``.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, cast

import strawberry

from domain.core import errors as refusals
from domain.core.predicates import camel
from schema import reads
from schema.scalars import Long

if TYPE_CHECKING:
    from schema.changes import Change


@strawberry.interface(description="Why nothing was changed.")
class Problem:
    code: str = strawberry.field(description="Stable word for the situation, made for programs: LEASE_HELD.")
    message: str = strawberry.field(description="What is wrong and what to do next, made for people.")
    path: list[str] = strawberry.field(description="The field of the input it is about; empty where it is about none.")
    retryable: bool = strawberry.field(description="Whether the same request may succeed a little later.")


@strawberry.type(description="One field of the input that is wrong.")
class FieldProblem:
    path: list[str] = strawberry.field(description="Where the field is in the input.")
    code: str = strawberry.field(description="Stable word for what is wrong.")
    message: str = strawberry.field(description="What would be right.")


@strawberry.type(description="The input is wrong. Every wrong field is named at once.")
class ValidationFailed(Problem):
    problems: list[FieldProblem] = strawberry.field(description="The wrong fields.")


@strawberry.type(description="There is no such thing, or none you may see.")
class NotFound(Problem):
    pass


@strawberry.type(description="You lack a right.")
class Forbidden(Problem):
    permission: str | None = strawberry.field(description="The permission it needs, where it is one alone.")


@strawberry.type(description="Somebody changed it since you read it.")
class VersionConflict(Problem):
    expected: Long = strawberry.field(description="The version you read.")
    actual: Long = strawberry.field(description="The version it has now.")
    current: reads.Node | None = strawberry.field(description="What it is now, to decide anew.")
    changes: list[Annotated["Change", strawberry.lazy("schema.changes")]] = strawberry.field(
        description="What happened to it since, the oldest first, as far as you may see it; 200 at most."
    )


@strawberry.type(description="The state of things does not allow it now; the code says which state.")
class Refused(Problem):
    pass


PROBLEMS: tuple[type[Problem], ...] = (ValidationFailed, NotFound, Forbidden, VersionConflict, Refused)


def problem_of(
    refusal: refusals.Refusal, *, current: reads.Node | None = None, changes: "Sequence[Change]" = ()
) -> Problem:
    """A refusal as clients see it. What exists but may not be seen reads exactly like what does not exist."""
    shared: dict[str, Any] = {"code": refusal.code, "message": refusal.message, "retryable": refusal.retryable}
    path = spoken(refusal.path)
    match refusal:
        case refusals.IdRefused() | refusals.OrderRefused():
            return problem_of(refusals.invalid(refusal.path, refusal.message, code=refusal.code))
        case refusals.ValidationFailed():
            wrong = [FieldProblem(path=spoken(p.path), code=p.code, message=p.message) for p in refusal.problems]
            return ValidationFailed(**shared, path=wrong[0].path if len(wrong) == 1 else [], problems=wrong)
        case refusals.NotFound():
            shared["message"] = f"There is no such {refusal.what} that you can see. Check the id or the key."
            return NotFound(**shared, path=path or ["id"])
        case refusals.Forbidden():
            return Forbidden(**shared, path=path, permission=refusal.permission)
        case refusals.VersionConflict():
            return VersionConflict(
                **shared,
                path=path,
                expected=Long(refusal.expected),
                actual=Long(refusal.actual),
                current=current,
                changes=cast("list[Change]", changes),
            )
        case _:
            return Refused(**shared, path=path)


def spoken(path: tuple[str | int, ...]) -> list[str]:
    """A path as clients write it."""
    return [camel(part) if isinstance(part, str) else str(part) for part in path]
