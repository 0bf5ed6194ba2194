"""What can be found in a text: its words where a script writes spaces between them, pairs of neighbouring characters
where it does not. A document and a question are made the same way, here and nowhere else. Pure.

PostgreSQL's own parser takes an unspaced sentence for one word, so its ``tsvector`` gets lexemes of ours; `found_in`
says of a text in Python what ``@@`` says of its vector.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

MOST_LEXEMES = 16_000
"""Of a longer text the rest cannot be found: a tsvector counts places up to 16,383."""
MOST_PLACES = 255
"""Of one lexeme, as a tsvector keeps them."""
LONGEST_WORD = 64
MOST_TERMS = 16
LONGEST_QUESTION = 500
_LONGEST_TEXT = 200_000

# Han with its marks, kana, bopomofo, Thai, Lao, Myanmar, Khmer, Tai scripts, Javanese, Yi.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u1950-\u19ff\u1a20-\u1aaf\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3031-\u3035"
    "\u3038-\u303b\u3041-\u30ff\u3100-\u312f\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua48f\ua980-\ua9ff"
    "\uaa60-\uaadf\uf900-\ufaff\U00020000-\U0003ffff"
)
_UNSPACED_ONE = re.compile(f"[{_UNSPACED}]")
# Accents of Latin, Greek and Cyrillic, points of Hebrew, vowel signs of Arabic: written or not, the word is the same.
_ACCENTS = re.compile(
    "[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u064b-\u065f\u0670\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]"
)
_PLAIN = str.maketrans(
    {"ø": "o", "đ": "d", "ð": "d", "ł": "l", "ħ": "h", "\u0131": "i", "æ": "ae", "œ": "oe", "þ": "th", "ŋ": "n"}
)


@dataclass(frozen=True, slots=True)
class Term:
    """What a text must hold: these lexemes one after the other; ``prefix``: a lexeme that begins so will do."""

    lexemes: tuple[str, ...]
    prefix: bool = False

    @property
    def tsquery(self) -> str:
        """As PostgreSQL reads it."""
        return " <-> ".join(map(_quoted, self.lexemes)) + (":*" if self.prefix else "")


_KEY = re.compile(r"(?<!\S)([A-Za-z]{1,8})-([0-9]{1,18})(?!\S)")

Vector = dict[str, list[int]]
"""Places of each lexeme, from 1 on."""


def folded(text: str) -> str:
    """The text with all gone that tells equal words apart: capitals, widths, ligatures, accents, invisible marks."""
    folding = unicodedata.normalize("NFKC", text[:_LONGEST_TEXT]).casefold()
    folding = _ACCENTS.sub("", unicodedata.normalize("NFKD", folding)).translate(_PLAIN)
    folding = unicodedata.normalize("NFKC", folding).casefold()
    return "".join(char for char in folding[:_LONGEST_TEXT] if unicodedata.category(char) != "Cf")


@lru_cache(maxsize=1024)
def vector(text: str) -> Vector:
    """The lexemes of a text with their places. Cost: about 1 ms for 1,000 words."""
    found: Vector = {}
    place = count = 0
    for run, unspaced in _runs(folded(text)):
        # a place stays empty between runs, so that no phrase reaches from one into the next
        place += 1
        for lexeme in _pairs(run) if unspaced else (run,):
            place, count = place + 1, count + 1
            if place > MOST_LEXEMES:
                return found
            places = found.setdefault(lexeme, [])
            if len(places) < MOST_PLACES:
                places.append(place)
    return found


def tsvector(text: str) -> str:
    """The text's vector as PostgreSQL reads it."""
    return " ".join(f"{_quoted(lexeme)}:{','.join(map(str, places))}" for lexeme, places in vector(text).items())


@lru_cache(maxsize=1024)
def terms(question: str) -> tuple[Term, ...]:
    """What a question asks for: every word, the last also as a beginning, and every unspaced stretch as it stands."""
    runs = list(_runs(folded(question)))
    found = []
    for number, (run, unspaced) in enumerate(runs, start=1):
        if unspaced:
            # a character alone begins the pair it stands in
            found.append(Term(tuple(_pairs(run))[:-1] or (run,), prefix=len(run) == 1))
        else:
            found.append(Term((run,), prefix=number == len(runs)))
    return tuple(dict.fromkeys(found))


def found_in(text: str, term: Term) -> bool:
    """Whether the text holds the term."""
    places = vector(text)
    first, *rest = term.lexemes
    if term.prefix:
        return any(lexeme.startswith(first) for lexeme in places)
    return any(
        all(start + step in places.get(lexeme, ()) for step, lexeme in enumerate(rest, start=1))
        for start in places.get(first, ())
    )


def named(question: str, key: str) -> tuple[tuple[int, ...], str]:
    """The numbers of the human keys that stand alone in a question (``key`` is their head), and the rest of it."""
    if not key:
        return (), question
    found = [told for told in _KEY.finditer(question) if told[1].upper() == key]
    rest = _KEY.sub(lambda told: " " if told[1].upper() == key else told[0], question)
    return tuple(dict.fromkeys(int(told[2]) for told in found)), rest


def mention(key: str, number: int) -> str:
    """A text that speaks of a key, as PostgreSQL reads it."""
    return f"{_quoted(key.lower())} & {_quoted(str(number))}"


def holds(texts: Iterable[str | None], question: str, *, key: str = "") -> bool:
    """Whether each term of the question is in one of the texts; a question without any finds nothing. A key in it is
    the row's own, the first of the texts where rows have keys, or one that a text speaks of."""
    numbers, rest = named(question, key)
    asked = terms(rest)
    kept = [text for text in texts if text is not None]
    own = named(kept[0], key)[0] if kept and key and _KEY.fullmatch(kept[0]) else ()
    kept = kept[len(own) :]
    spoken = all(n in own or any({key.lower(), str(n)} <= vector(text).keys() for text in kept) for n in numbers)
    return bool(numbers or asked) and spoken and all(any(found_in(text, term) for text in kept) for term in asked)


def _runs(text: str) -> Iterator[tuple[str, bool]]:
    """Stretches of letters, marks and digits of one way of writing; and whether it is one without spaces."""
    run: list[str] = []
    unspaced = False
    for char in text:
        if unicodedata.category(char)[0] not in "LMN":
            if run:
                yield _run(run, unspaced=unspaced), unspaced
            run = []
            continue
        # a mark belongs to the letter it stands on
        is_unspaced = unspaced if run and unicodedata.category(char)[0] == "M" else bool(_UNSPACED_ONE.match(char))
        if run and is_unspaced is not unspaced:
            yield _run(run, unspaced=unspaced), unspaced
            run = []
        run.append(char)
        unspaced = is_unspaced
    if run:
        yield _run(run, unspaced=unspaced), unspaced


def _run(chars: list[str], *, unspaced: bool) -> str:
    return "".join(chars if unspaced else chars[:LONGEST_WORD])


def _pairs(run: str) -> Iterator[str]:
    """Each character with its neighbour; the last stands alone, so that it can be asked for too."""
    return (run[at : at + 2] for at in range(len(run)))


def _quoted(lexeme: str) -> str:
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"
