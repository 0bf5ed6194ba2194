"""What every enforcer promises, kept by the console and by signed HTTP against the emulator."""

from collections.abc import AsyncIterator

import pytest

from domain.review.ports import Applied, Enforcer, Unheard
from integrations.platform import ConsoleEnforcer
from tests.integrations.platform.running import Platform, an_order


@pytest.fixture(params=["console", "http"])
async def any_enforcer(request: pytest.FixtureRequest, platform: Platform) -> AsyncIterator[Enforcer]:
    enforcer: Enforcer = ConsoleEnforcer() if request.param == "console" else platform.enforcer()
    yield enforcer
    await enforcer.close()


async def test_an_order_is_carried_out_and_receipted(any_enforcer: Enforcer) -> None:
    order, key = an_order()

    answer = await any_enforcer.dispatch(order, key=key)

    assert isinstance(answer, Applied)
    assert answer.receipt


async def test_a_repeated_key_is_answered_with_the_first_receipt(any_enforcer: Enforcer) -> None:
    order, key = an_order()
    first = await any_enforcer.dispatch(order, key=key)

    assert await any_enforcer.dispatch(order, key=key) == first
    assert await any_enforcer.status(key) == first


async def test_a_key_never_sent_is_unheard_of(any_enforcer: Enforcer) -> None:
    _, key = an_order()

    assert await any_enforcer.status(key) == Unheard()
