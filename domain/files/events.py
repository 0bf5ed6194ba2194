"""What happens to a file itself. What it is added to says so on its own."""

from domain.core.content import ContentRef
from domain.core.events import Event


class FileHeld(Event):
    """The file must be kept for a legal matter."""

    reason: ContentRef


class FileReleased(Event):
    """The file need not be kept for a legal matter any more."""

    reason: ContentRef
