"""Says so, loudly, where the real log is not there to be replayed."""

import pytest

from tests.caseward.replaying import MISSING, incidents_path


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if incidents_path() is None:
        terminalreporter.section("No real log was replayed", sep="!", red=True)
        terminalreporter.write_line(MISSING, red=True)
