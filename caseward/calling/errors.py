"""Why a call is not even begun, or not gone on with."""

from typing import ClassVar


class CallError(Exception):
    """Base of what stops a call as a whole."""

    code: ClassVar[str]


class DocumentUnusable(CallError):
    """The document cannot be read, or its answers would not tell whether anything was refused."""

    code = "DOCUMENT_UNUSABLE"


class VariablesUnusable(CallError):
    """The variables all rows share cannot be read, or they or ``--into`` name one that the document does not take."""

    code = "VARIABLES_UNUSABLE"


class FileUnreadable(CallError):
    """The rows, or the results of an earlier run, are in no file that can be read."""

    code = "FILE_UNREADABLE"


class RowUnreadable(CallError):
    """A row is no JSON object, or names no variable of the document. The others are sent."""

    code = "ROW_UNREADABLE"


class CallRefused(CallError):
    """The server takes nothing of this caller: every further row would be refused alike."""

    code = "CALL_REFUSED"
