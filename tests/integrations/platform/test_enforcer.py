"""What signed HTTP makes of a platform's bad days."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.review.ports import Accepted, Ambiguous, Applied, Refused, Unavailable, Unheard
from domain.review.states import EnforcementAction, ReceiptState
from integrations.platform import HttpEnforcer, ReceiptUnreadable, is_from_platform, read_receipt
from integrations.platform.signing import is_genuine, signature
from tests.integrations.jira.running import Listener, free_port, listening
from tests.integrations.platform.running import SECRET, Platform, an_order, started

MOMENT = datetime(2026, 3, 1, 12, tzinfo=UTC)


async def test_a_stream_ends_and_its_owner_is_suspended(platform: Platform, enforcer: HttpEnforcer) -> None:
    end, end_key = an_order("room-karaoke")
    suspend, suspend_key = an_order("room-karaoke", EnforcementAction.SUSPEND)

    await enforcer.dispatch(end, key=end_key)
    await enforcer.dispatch(suspend, key=suspend_key)

    world = platform.world()
    assert (world["rooms"]["room-karaoke"]["live"], world["rooms"]["room-karaoke"]["viewers"]) == (False, 0)
    assert world["suspended"]["acc-9"] is not None


async def test_rooms_come_and_go_by_hand_and_by_order(platform: Platform, enforcer: HttpEnforcer) -> None:
    platform.tell("PUT", "rooms/room-new", title="New", viewers=12, live=True)
    opened = platform.control.get("/rooms/room-new").json()
    order, key = an_order("room-new")

    await enforcer.dispatch(order, key=key)

    assert (opened["live"], opened["viewers"]) == (True, 12)
    assert platform.control.get("/rooms/room-new").json()["live"] is False
    assert platform.control.get("/rooms/room-none").status_code == 404


async def test_a_refusal_keeps_the_platforms_word_for_it(platform: Platform, enforcer: HttpEnforcer) -> None:
    platform.fail("REFUSE", code="ROOM_NOT_FOUND")
    order, key = an_order()

    assert await enforcer.dispatch(order, key=key) == Refused("ROOM_NOT_FOUND")
    assert await enforcer.status(key) == Refused("ROOM_NOT_FOUND")


async def test_a_platform_that_is_down_says_when_to_come_back(platform: Platform, enforcer: HttpEnforcer) -> None:
    platform.fail("UNAVAILABLE")
    order, key = an_order()

    answer = await enforcer.dispatch(order, key=key)

    assert isinstance(answer, Unavailable)
    assert answer.after == timedelta(seconds=1)
    assert await enforcer.status(key) == Unheard()


@pytest.mark.parametrize("mode", ["LOST", "SLOW"])
async def test_a_lost_answer_is_ambiguous_and_the_key_tells(platform: Platform, mode: str) -> None:
    platform.fail(mode, seconds=1)
    order, key = an_order()
    enforcer = platform.enforcer(timeout=0.4)

    assert isinstance(await enforcer.dispatch(order, key=key), Ambiguous)
    assert isinstance(await enforcer.status(key), Applied)
    assert platform.orders()[0]["applied"] == 1
    await enforcer.close()


async def test_an_error_may_mean_anything(platform: Platform, enforcer: HttpEnforcer) -> None:
    platform.fail("BROKEN")
    order, key = an_order()

    assert isinstance(await enforcer.dispatch(order, key=key), Ambiguous)


async def test_nobody_there_is_unavailable_and_a_wrong_secret_too(platform: Platform) -> None:
    order, key = an_order()
    nobody, stranger = HttpEnforcer(f"http://127.0.0.1:{free_port()}", secret=SECRET), platform.enforcer("wrong")

    assert isinstance(await nobody.dispatch(order, key=key), Unavailable)
    assert isinstance(await nobody.status(key), Unavailable)
    assert isinstance(await stranger.dispatch(order, key=key), Unavailable)
    assert platform.orders() == []
    await nobody.close()
    await stranger.close()


async def test_a_key_used_for_another_order_is_refused(enforcer: HttpEnforcer) -> None:
    order, key = an_order()
    await enforcer.dispatch(order, key=key)

    assert await enforcer.dispatch(replace(order, subject_ref="room-other"), key=key) == Refused("KEY_REUSED")


async def test_a_late_receipt_comes_signed_and_again_until_it_is_taken(
    platform: Platform, enforcer: HttpEnforcer, listener: Listener
) -> None:
    platform.fail("LATE", seconds=0)
    listener.answers[:] = [503, 200]
    order, key = an_order()

    answer = await enforcer.dispatch(order, key=key)

    assert isinstance(answer, Accepted)
    for delivered in (listener.next(), listener.next()):
        now = datetime.now(UTC)
        assert is_from_platform(delivered.headers, delivered.body, secret=SECRET, now=now)
        assert not is_from_platform(delivered.headers, delivered.body + b" ", secret=SECRET, now=now)
        receipt = read_receipt(delivered.body)
        assert (receipt.enforcement_id, receipt.state) == (order.enforcement_id, ReceiptState.APPLIED)
        assert receipt.external_id == answer.external_id


async def test_orders_and_owed_receipts_outlive_the_platforms_restart(tmp_path: Path) -> None:
    order, key = an_order()
    state = str(tmp_path / "platform.json")
    with listening() as listener:
        with started("--state", state) as platform:
            platform.fail("LATE", seconds=600)
            enforcer = platform.enforcer()
            assert isinstance(await enforcer.dispatch(order, key=key), Accepted)
            await enforcer.close()
        with started("--state", state, "--callback", listener.url) as platform:
            platform.tell("POST", "release")

            assert read_receipt(listener.next().body).key == key
            assert platform.orders()[0]["applied"] == 1


@pytest.mark.parametrize(
    "told",
    [
        {"key": "enforcement_1.1", "state": "APPLIED", "receipt": "r"},
        {"key": f"enforcement_{'a' * 32}.1", "state": "APPLIED"},
        {"key": f"enforcement_{'a' * 32}.1", "state": "MAYBE", "receipt": "r"},
        [],
    ],
)
def test_what_is_no_receipt_is_not_read(told: object) -> None:
    with pytest.raises(ReceiptUnreadable):
        read_receipt(json.dumps(told).encode())


@given(body=st.binary(max_size=64), other=st.binary(max_size=64), late=st.integers(-900, 900))
def test_a_signature_fits_its_body_for_five_minutes_and_nothing_else(body: bytes, other: bytes, late: int) -> None:
    stamp = str(int(MOMENT.timestamp()))
    given_signature = signature("k", stamp, body)

    genuine = is_genuine("k", stamp, given_signature, body, now=MOMENT + timedelta(seconds=late))

    assert genuine is (abs(late) <= 300)
    assert is_genuine("k", stamp, given_signature, other, now=MOMENT) is (other == body)
    assert not is_genuine("other", stamp, given_signature, body, now=MOMENT)
    assert not is_genuine("k", str(int(stamp) + 1), given_signature, body, now=MOMENT)
