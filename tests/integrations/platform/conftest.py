"""One emulator process for all these tests, reset before each."""

from collections.abc import AsyncIterator, Iterator

import pytest

from integrations.platform import HttpEnforcer
from tests.integrations.jira.running import Listener, listening
from tests.integrations.platform.running import Platform, started


@pytest.fixture(scope="session")
def running_platform() -> Iterator[Platform]:
    with started() as platform:
        yield platform


@pytest.fixture
def platform(running_platform: Platform) -> Platform:
    running_platform.tell("POST", "reset")
    running_platform.tell("PUT", "callbacks", url=None, twice=False)
    return running_platform


@pytest.fixture
async def enforcer(platform: Platform) -> AsyncIterator[HttpEnforcer]:
    enforcer = platform.enforcer()
    yield enforcer
    await enforcer.close()


@pytest.fixture
def listener(platform: Platform) -> Iterator[Listener]:
    with listening() as listener:
        platform.tell("PUT", "callbacks", url=listener.url)
        yield listener
        platform.tell("PUT", "callbacks", url=None)
