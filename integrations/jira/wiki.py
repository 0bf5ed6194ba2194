"""Our text in Jira's wiki markup, where nothing it contains can act: no mention, image, macro or link of its own."""

import re
import unicodedata
from typing import Final

SUMMARY_LIMIT: Final = 255
DEFAULT_LIMIT: Final = 32_767
OPEN: Final = "{noformat}\n"
CLOSE: Final = "\n{noformat}"
JOINER: Final = "\u2060"
BREAK_OUT: Final = re.compile(r"\{(?=\u2060*noformat)", re.IGNORECASE)
MADE_SAFE: Final = re.compile(r"\{\u2060(?=\u2060*noformat)", re.IGNORECASE)
UNPRINTABLE: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
CUT_NOTE: Final = re.compile(r"\ntruncated, \d+ more characters(: \S*)?$")
NEWLINES: Final = re.compile(r"\r\n|[\r\u2028\u2029]")


def units(text: str) -> int:
    """Length as Jira counts it: UTF-16 code units."""
    return len(text) + sum(1 for letter in text if ord(letter) > 0xFFFF)


def printable(text: str) -> str:
    """Without control characters and lone surrogates; every line ends with one line feed."""
    return UNPRINTABLE.sub("", NEWLINES.sub("\n", text))


def render(text: str, *, limit: int = DEFAULT_LIMIT, url: str | None = None) -> str:
    """The text inside one `{noformat}` block, at most `limit` UTF-16 units long as a whole.

    A `{noformat` within the text gets an invisible joiner after its brace, so it cannot end the block. Cut text is
    followed by a note, outside the block so that the link in it works. `limit` must leave room for that note.
    Empty text stays empty.
    """
    safe = BREAK_OUT.sub("{" + JOINER, printable(text).strip())
    if not safe:
        return ""
    whole = OPEN + safe + CLOSE
    if units(whole) <= limit:
        return whole
    room = limit - units(OPEN + CLOSE) - units(_note(len(safe), url))
    if room < 1:
        raise ValueError("the limit leaves no room for any text")
    kept = _cut(safe, room)
    return OPEN + kept + CLOSE + _note(len(safe) - len(kept), url)


def unrender(wiki: str) -> str:
    """The text of a block we rendered, without the note; markup that people wrote is returned as it is."""
    text = printable(wiki).strip()
    body = CUT_NOTE.sub("", text)
    if not body.startswith(OPEN) or not body.endswith(CLOSE) or len(body) < len(OPEN + CLOSE):
        return text
    inner = body[len(OPEN) : -len(CLOSE)]
    if BREAK_OUT.search(MADE_SAFE.sub("|", inner)):
        return text
    return MADE_SAFE.sub("{", inner)


def one_line(text: str, *, limit: int = SUMMARY_LIMIT, empty: str = "(no summary)") -> str:
    """A summary: one line, not empty, at most `limit` UTF-16 units."""
    line = " ".join(printable(text).split()) or empty
    return line if units(line) <= limit else _cut(line, limit - 1).rstrip() + "…"


def _note(missing: int, url: str | None) -> str:
    return f"\ntruncated, {missing} more characters" + (f": {url}" if url else "")


def _cut(text: str, room: int) -> str:
    """The longest beginning within `room` units that ends between two visible characters, or at a line if near."""
    end = used = 0
    while end < len(text) and used + units(text[end]) <= room:
        used += units(text[end])
        end += 1
    line = text.rfind("\n", 0, end)
    if line > end * 4 // 5:
        return text[:line]
    whole = end
    while 0 < end < len(text) and _continues(text, end):
        end -= 1
    return text[: end or whole]


def _continues(text: str, at: int) -> bool:
    """Whether the character at `at` belongs to the one before it."""
    joined = text[at] in "\u200d\ufe0f" or text[at - 1] == "\u200d" or "\U0001f3fb" <= text[at] <= "\U0001f3ff"
    return joined or unicodedata.combining(text[at]) != 0
