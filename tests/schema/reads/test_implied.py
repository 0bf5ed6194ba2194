"""What a visible parent has answered is not asked of its rows; everything else still is."""

from domain.core import predicates as p
from schema.reads.implied import remaining

HOUSE = p.Entity("house", table="house", fields=[p.ident("id", prefix="house"), p.flag("open")])
ROOM = p.Entity(
    "room",
    table="room",
    fields=[p.ident("id", prefix="room"), p.ident("house_id", prefix="house"), p.flag("listed")],
    relations=[p.to_one("house", lambda: HOUSE, column="house_id")],
)
OPEN = HOUSE["open"].eq(True)
WHERE_ITS_HOUSE_IS = ROOM.related("house").that(OPEN)
ITS_ROOMS = '{row}."house_id" = {parent}."id"'


def test_rooms_of_a_visible_house_need_no_second_look_at_it() -> None:
    left = remaining(WHERE_ITS_HOUSE_IS, OPEN, ITS_ROOMS)

    assert left == p.EVERYONE


def test_what_is_asked_of_the_room_itself_is_still_asked() -> None:
    left = remaining(ROOM["listed"].eq(True) & (WHERE_ITS_HOUSE_IS | p.holds("x")), OPEN, ITS_ROOMS)

    assert left == ROOM["listed"].eq(True) & (p.EVERYONE | p.holds("x"))


def test_another_verdict_about_the_house_answers_nothing() -> None:
    left = remaining(WHERE_ITS_HOUSE_IS, HOUSE["open"].eq(False), ITS_ROOMS)

    assert left is WHERE_ITS_HOUSE_IS


def test_rooms_that_belong_in_another_way_are_asked() -> None:
    left = remaining(WHERE_ITS_HOUSE_IS, OPEN, '{row}."seen_from_id" = {parent}."id"')

    assert left is WHERE_ITS_HOUSE_IS


def test_a_denied_question_is_left_as_it_stands() -> None:
    left = remaining(~WHERE_ITS_HOUSE_IS, OPEN, ITS_ROOMS)

    assert left == ~WHERE_ITS_HOUSE_IS
