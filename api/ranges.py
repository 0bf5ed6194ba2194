"""What part of a file a request asks for (RFC 9110, section 14). Pure."""

import re

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


def part(header: str | None, size: int) -> tuple[int, int] | None:
    """From which byte to before which; None where the whole is to be sent: nothing is asked, several parts are, or
    what is asked cannot be read. Raises ValueError where the file has nothing of what is asked."""
    found = _RANGE.fullmatch(header.strip()) if header is not None else None
    if found is None or not (found[1] or found[2]):
        return None
    if not found[1]:
        start, end = max(0, size - int(found[2])), size
    else:
        start, end = int(found[1]), min(size, int(found[2]) + 1 if found[2] else size)
        if found[2] and int(found[2]) < start:
            return None
    if start >= size or start >= end:
        message = "nothing there"
        raise ValueError(message)
    return start, end
