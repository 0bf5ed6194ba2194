"""How long a drain of effects goes on."""

import pytest

from domain.core import effects
from domain.core.ids import new_id
from domain.core.models import Effect
from domain.core.transaction import Ref, transaction
from integrations import connect
from integrations.settings import Settings
from workers.effects import LANES, drain

pytestmark = pytest.mark.usefixtures("database")

WAITING = 3 * LANES


async def test_a_drain_whose_time_is_over_ends_what_it_began_and_leaves_the_rest_to_the_next() -> None:
    async with transaction():
        for number in range(WAITING):
            await effects.plan("of.a.newer.release", key=f"{number}", ref=Ref("case", new_id()), payload={})
    adapters = connect(Settings())

    first = await drain(adapters, longest=0.0)
    left = await Effect.filter(attempts=0).count()
    second = await drain(adapters)

    assert (first, left, second) == (LANES, WAITING - LANES, WAITING - LANES)
