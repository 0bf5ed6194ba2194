"""A text is found by its words, however they are written, and an unspaced sentence by any piece of it."""

# ruff: noqa: RUF001 - scripts of every kind are what this is about

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.core import search

SCRIPTS = "abzäßøÉ ñ09-'’.,\n退款申请が゙ガｶﾞﾊ゜ー한국ภาษาไทยកខြмойёάςשָׁלعَربİﬁ①²\u200b\u00ad"
texts = st.text(st.sampled_from(SCRIPTS), max_size=30) | st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20
)


def finds(text: str, question: str) -> bool:
    return search.holds([text], question)


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("The room was RAIDED by scammers", "scam"),
        ("The room was RAIDED by scammers", "raided scammers"),
        ("The room was RAIDED by scammers", "Room, the"),
        ("Café Straße Øresund", "cafe strasse oresund"),
        ("cafe strasse", "CAFÉ Straße"),
        ("Ｆｕｌｌ　ｗｉｄｔｈ", "full width"),
        ("Ещё мой", "еще мой"),
        ("Ἄνθρωπος", "ανθρωπος"),
        ("مُحَمَّد", "محمد"),
        ("CASE-123 is open", "case-123"),
        ("ada@example.org wrote", "example.org"),
        ("用户要求退款申请被拒绝", "退款申请"),
        ("用户要求退款申请被拒绝", "退"),
        ("用户要求退款申请被拒绝", "绝"),
        ("用户要求退款申请被拒绝", "用户 拒绝"),
        ("iPhone手机坏了", "iphone 手机"),
        ("iPhone手机坏了", "手机iphone"),
        ("払い戻しをお願いします", "払い戻し"),
        ("ガイド", "ｶﾞｲﾄﾞ"),
        ("ขอคืนเงินค่าสินค้า", "คืนเงิน"),
        ("ຂໍຄືນເງິນ", "ຄືນເງິນ"),
        ("សូមសងប្រាក់វិញ", "សងប្រាក់"),
        ("ငွေပြန်အမ်းပါ", "ပြန်အမ်း"),
        ("ខ្ញុំ\u200bសង", "ខ្ញុំសង"),
        ("환불을 요청합니다", "환불"),
        ("soft\u00adhyphen", "softhyphen"),
    ],
)
def test_a_text_is_found(text: str, question: str) -> None:
    assert finds(text, question)


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("The room was raided", "roo was"),
        ("The room was raided", "aided"),
        ("The room was raided", "room closed"),
        ("退款。申请", "退款申请"),
        ("款申退款", "退款申"),
        ("用户要求退款", "退货"),
        ("anything", "…"),
        ("", "a"),
    ],
)
def test_a_text_is_not_found(text: str, question: str) -> None:
    assert not finds(text, question)


@given(text=texts)
def test_every_text_is_found_by_itself(text: str) -> None:
    assert finds(text, text) is bool(search.terms(text))


@given(before=texts, text=texts, after=texts)
def test_a_text_is_found_among_others(before: str, text: str, after: str) -> None:
    if search.terms(text):
        assert finds(f"{before} \n {text} \n {after}", text)


@given(text=st.text(st.sampled_from("退款申请用户"), min_size=1, max_size=12), data=st.data())
def test_an_unspaced_sentence_is_found_by_any_piece_of_it_and_by_nothing_else(text: str, data: st.DataObject) -> None:
    piece = data.draw(st.text(st.sampled_from("退款申请用户"), min_size=1, max_size=4))

    assert finds(text, piece) is (piece in text)


@settings(deadline=None)
@given(text=texts)
def test_what_is_kept_of_a_text_fits_what_postgresql_can_hold(text: str) -> None:
    for long in (text, text * 3000):
        vector = search.vector(long)

        assert all(len(places) <= search.MOST_PLACES for places in vector.values())
        assert all(place <= search.MOST_LEXEMES for places in vector.values() for place in places)
        assert all(len(lexeme.encode()) <= 1000 for lexeme in vector)
