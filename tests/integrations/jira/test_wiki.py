"""Whatever a case says, in Jira it is text."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.jira.wiki import CLOSE, OPEN, one_line, printable, render, units, unrender

MACROS = ["{noformat}", "{NoFormat:title=x}", "{", "noformat", "}", "[~accountid:x]"]
LETTERS = ["\u2060", "\r\n", "\n", "\x00", "\ud800", "👩‍👩‍👧", "e\u0301", "a b"]
PIECES = st.sampled_from(MACROS + LETTERS)
HOSTILE = st.lists(st.one_of(PIECES, st.text(max_size=5)), max_size=40).map("".join)


@given(HOSTILE)
def test_no_text_can_end_its_block(text: str) -> None:
    wiki = render(text)

    inner = wiki.removeprefix(OPEN).removesuffix(CLOSE)
    assert re.search(r"\{noformat", inner, re.IGNORECASE) is None


@given(HOSTILE)
def test_what_was_rendered_whole_reads_back_as_it_was(text: str) -> None:
    assert unrender(render(text)) == printable(text).strip()


@given(HOSTILE)
def test_jiras_line_ends_and_trimming_do_not_change_what_is_read(text: str) -> None:
    stored = render(text).replace("\n", "\r\n").strip()

    assert unrender(stored) == unrender(render(text))


@given(HOSTILE.filter(lambda text: len(text) > 5), st.integers(200, 400))
def test_no_text_exceeds_its_limit_and_a_cut_one_says_so(text: str, limit: int) -> None:
    url = "https://desk.example.test/cases/CASE-1"
    wiki = render(text * 30, limit=limit, url=url)

    assert units(wiki) <= limit
    if "more characters" in wiki and "more characters" not in text:
        assert wiki.endswith(url)
        assert CLOSE in wiki


@given(HOSTILE, st.integers(2, 255))
def test_a_summary_is_one_line_and_never_empty_or_long(text: str, limit: int) -> None:
    line = one_line(text, limit=limit)

    assert 0 < units(line) <= limit
    assert line.splitlines() == [line]


@given(st.text())
def test_markup_people_wrote_is_kept(text: str) -> None:
    assert unrender("h1. " + text) == printable("h1. " + text).strip()


def test_a_family_is_not_cut_in_two() -> None:
    line = one_line("ab👩‍👩‍👧", limit=6)

    assert line == "ab…"


def test_empty_stays_empty() -> None:
    assert render(" \x00\n") == ""


def test_a_limit_too_small_for_any_text_is_refused() -> None:
    with pytest.raises(ValueError, match="no room"):
        render("x" * 100, limit=50)
