"""What a read can be refused for, and what is wrong with a declaration."""

from domain.core.errors import IdRefused, OrderRefused, Refusal

__all__ = [
    "CostExceeded",
    "CursorRefused",
    "IdRefused",
    "MisdeclaredRead",
    "NotCompiled",
    "NullInAnswer",
    "OrderRefused",
    "PageRefused",
    "ReadTimedOut",
]


class PageRefused(Refusal):
    """The page asked for cannot be given: too large, negative, or both ends at once."""

    code = "INVALID_PAGE"


class CursorRefused(Refusal):
    """The cursor was altered, or belongs to another list, sort or filter."""

    code = "INVALID_CURSOR"


class CostExceeded(Refusal):
    """The operation may read more objects than one request is given; nothing of it ran."""

    code = "COST_LIMIT"


class ReadTimedOut(Refusal):
    """The statement was stopped at the request's time limit."""

    code = "READ_TIMED_OUT"
    retryable = True


class NullInAnswer(Refusal):
    """A stored value is null where the schema promises one."""

    code = "NULL_IN_ANSWER"


class NotCompiled(Refusal):
    """Reads are answered without the compiler here, so no statement is known before it runs. Leave the dry run or
    `explain` out."""

    code = "NOT_COMPILED"


class MisdeclaredRead(TypeError):
    """A type or field cannot be compiled as declared; raised at start-up, names both."""
