"""One emulator process for all these tests, emptied before each."""

from collections.abc import AsyncIterator, Iterator

import pytest

from integrations.jira.tracker import JiraTracker
from tests.integrations.jira.contract import MISSING, document_path
from tests.integrations.jira.running import Listener, RunningSite, listening, started


@pytest.fixture(scope="session")
def cloud() -> Iterator[RunningSite]:
    with started("--secret", "s3cret", "--retry-factor", "0.00001") as site:
        yield site


@pytest.fixture(scope="session")
def data_center() -> Iterator[RunningSite]:
    with started("--secret", "s3cret", kind="dc") as site:
        yield site


@pytest.fixture
def site(cloud: RunningSite) -> RunningSite:
    cloud.tell("POST", "reset")
    return cloud


@pytest.fixture
def dc_site(data_center: RunningSite) -> RunningSite:
    data_center.tell("POST", "reset")
    return data_center


@pytest.fixture
async def tracker(site: RunningSite) -> AsyncIterator[JiraTracker]:
    tracker = site.tracker()
    yield tracker
    await tracker.close()


@pytest.fixture
async def dc_tracker(dc_site: RunningSite) -> AsyncIterator[JiraTracker]:
    tracker = dc_site.tracker()
    yield tracker
    await tracker.close()


@pytest.fixture
def listener(site: RunningSite) -> Iterator[Listener]:
    with listening() as listener:
        modes = {"sign": True, "wrong_secret": False, "duplicate": False, "reorder": False, "lose": False, "delay": 0}
        site.tell("PUT", "webhooks", url=listener.url, **modes)
        yield listener
        site.tell("PUT", "webhooks", url=None)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if document_path() is None:
        terminalreporter.section("Jira's contract was not checked", sep="!", red=True)
        terminalreporter.write_line(MISSING, red=True)
