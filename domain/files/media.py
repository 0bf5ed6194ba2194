"""Which types of files are told from each other, by their first bytes. Pure."""

from collections.abc import Callable

HEAD = 4096
"""Bytes a type is told by."""

Look = Callable[[bytes], bool]


def _begins(*marks: bytes) -> Look:
    return lambda head: head.startswith(marks)


def _riff(kind: bytes) -> Look:
    return lambda head: head[:4] == b"RIFF" and head[8:12] == kind


def _is_mp4(head: bytes) -> bool:
    return head[4:8] == b"ftyp"


def _is_text(head: bytes) -> bool:
    """UTF-8 without control characters that no text has; a character cut off at the end of the head is fine."""
    if any(byte < 32 and byte not in b"\t\n\v\f\r\x1b" for byte in head):
        return False
    try:
        head.decode()
    except UnicodeDecodeError as error:
        return len(head) == HEAD and error.start > HEAD - 4 and error.reason == "unexpected end of data"
    return True


def _is_json(head: bytes) -> bool:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return _is_text(head) and text[:1] != b"" and text[:1] in b'{["-0123456789tfn'


_LOOKS: dict[str, Look] = {
    "image/png": _begins(b"\x89PNG\r\n\x1a\n"),
    "image/jpeg": _begins(b"\xff\xd8\xff"),
    "image/gif": _begins(b"GIF87a", b"GIF89a"),
    "image/webp": _riff(b"WEBP"),
    "application/pdf": _begins(b"%PDF-"),
    "video/mp4": _is_mp4,
    "video/webm": _begins(b"\x1a\x45\xdf\xa3"),
    "text/plain": _is_text,
    "text/csv": _is_text,
    "application/json": _is_json,
}

KNOWN = tuple(_LOOKS)
"""Every type that can be told."""


def fits(media_type: str, head: bytes) -> bool:
    """Whether bytes that begin so can be of a known type."""
    return _LOOKS[media_type](head)
