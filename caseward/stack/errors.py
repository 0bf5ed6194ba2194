"""Why a stack cannot be had. Each has a code, says what to do next, and is named by the situation."""

from typing import ClassVar


class StackError(Exception):
    """PostgreSQL or Valkey cannot be had as asked."""

    code: ClassVar[str]


class ProgramsMissing(StackError):
    """A server's wheel is not installed, or has no build for this platform."""

    code = "STACK_PROGRAMS_MISSING"


class PlaceNotOurs(StackError):
    """A folder the stack needs belongs to somebody else, or cannot be written."""

    code = "STACK_PLACE_NOT_OURS"


class StackInUse(StackError):
    """Another program uses the stack, or is starting or stopping it for too long."""

    code = "STACK_IN_USE"


class StartFailed(StackError):
    """A server did not come up; the message carries the end of its log."""

    code = "STACK_START_FAILED"


class WrongPostgres(StackError):
    """The database, or the stored data, is of a release Caseward does not run on."""

    code = "STACK_WRONG_POSTGRES"


class DatabaseUnreachable(StackError):
    """DATABASE_URL names a server that does not answer, or does not let us in."""

    code = "STACK_DATABASE_UNREACHABLE"
