"""What a visible parent, or the way a row was found, has answered is not asked of the row; everything else still is."""

from domain.core import predicates as p
from schema.reads.implied import remaining

HOUSE = p.Entity("house", table="house", fields=[p.ident("id", prefix="house"), p.flag("open")])
ROOM = p.Entity(
    "room",
    table="room",
    fields=[p.ident("id", prefix="room"), p.ident("house_id", prefix="house"), p.flag("listed"), p.text("kind")],
    relations=[p.to_one("house", lambda: HOUSE, column="house_id")],
)
OPEN = HOUSE["open"].eq(True)
WHERE_ITS_HOUSE_IS = ROOM.related("house").that(OPEN)
ITS_ROOMS = '{row}."house_id" = {parent}."id"'
LISTED = ROOM["listed"].eq(True)
ATTIC, CELLAR = ROOM["kind"].eq("attic"), ROOM["kind"].eq("cellar")


def test_rooms_of_a_visible_house_need_no_second_look_at_it() -> None:
    left = remaining(WHERE_ITS_HOUSE_IS, seen=OPEN, on=ITS_ROOMS)

    assert left == p.EVERYONE


def test_what_is_asked_of_the_room_itself_is_still_asked() -> None:
    left = remaining(LISTED & WHERE_ITS_HOUSE_IS, seen=OPEN, on=ITS_ROOMS)

    assert left == LISTED


def test_one_answer_of_several_that_would_do_is_enough() -> None:
    left = remaining(LISTED & (WHERE_ITS_HOUSE_IS | p.holds("x")), seen=OPEN, on=ITS_ROOMS)

    assert left == LISTED


def test_another_verdict_about_the_house_answers_nothing() -> None:
    left = remaining(WHERE_ITS_HOUSE_IS, seen=HOUSE["open"].eq(False), on=ITS_ROOMS)

    assert left is WHERE_ITS_HOUSE_IS


def test_rooms_that_belong_in_another_way_are_asked() -> None:
    left = remaining(WHERE_ITS_HOUSE_IS, seen=OPEN, on='{row}."seen_from_id" = {parent}."id"')

    assert left is WHERE_ITS_HOUSE_IS


def test_rooms_that_nothing_is_known_of_are_asked() -> None:
    left = remaining(WHERE_ITS_HOUSE_IS, seen=None, on=ITS_ROOMS)

    assert left is WHERE_ITS_HOUSE_IS


def test_a_denied_question_is_left_as_it_stands() -> None:
    left = remaining(~WHERE_ITS_HOUSE_IS, seen=OPEN, on=ITS_ROOMS)

    assert left == ~WHERE_ITS_HOUSE_IS


def test_of_attics_nobody_asks_what_is_asked_of_cellars() -> None:
    asked = (ATTIC & LISTED) | (CELLAR & p.holds("x"))

    assert remaining(asked, seen=None, on="", known=ATTIC) == LISTED
    assert remaining(asked, seen=None, on="", known=CELLAR) == p.holds("x")
    assert remaining(asked, seen=None, on="", known=ROOM["kind"].eq("hall")) == p.NOBODY


def test_what_else_is_known_of_a_room_does_not_say_its_kind() -> None:
    asked = (ATTIC & LISTED) | (CELLAR & p.holds("x"))

    assert remaining(asked, seen=None, on="", known=LISTED) == asked
    assert remaining(asked, seen=None, on="", known=ROOM["kind"].neq("attic")) == asked
    assert remaining(asked, seen=None, on="", known=~ATTIC) == asked
