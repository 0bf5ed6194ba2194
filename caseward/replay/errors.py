"""Why a replay cannot begin. Nothing was written when one is raised."""

from typing import ClassVar


class ReplayError(Exception):
    """The file or the mapping is not what it should be."""

    code: ClassVar[str]


class MappingInvalid(ReplayError):
    """A mapping that cannot be read, with every place in it that is wrong."""

    code = "MAPPING_INVALID"


class LogUnreadable(ReplayError):
    """A file that is no log of this mapping: it cannot be opened, or lacks columns."""

    code = "LOG_UNREADABLE"
