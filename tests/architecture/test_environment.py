"""One typed page of settings; nothing else reads the environment."""

import ast
from collections.abc import Iterator

from integrations.settings import Settings
from tests.architecture.sources import CODE, Source, sources

MAY = {
    "caseward/demo/stage.py": "passes it on to the programs it starts",
    "tests/caseward/replaying.py": "names the real log, which is not ours to ship, and passes it on to a command",
    "tests/conftest.py": "pytest-xdist tells its workers who they are",
    "tests/integrations/jira/contract.py": "names Atlassian's description of Jira, which is not ours to ship",
}
"""Who else may, and why. Settings themselves read it through pydantic."""

UNREAD: dict[str, str] = {}
"""Settings that change nothing yet. A list that only shrinks."""


def readings(source: Source) -> Iterator[int]:
    """Lines that name os.environ, os.getenv or their like, however imported."""
    words = {"environ", "environb", "getenv", "getenvb"}
    for node in ast.walk(source.tree):
        named = (
            {node.attr} if isinstance(node, ast.Attribute) else
            {alias.name for alias in node.names} if isinstance(node, ast.ImportFrom) and node.module == "os" else set()
        )  # fmt: skip
        if named & words:
            yield node.lineno


def test_a_reading_is_found_however_it_is_written() -> None:
    written = "import os as o\nfrom os import getenv\no.environ['A']\n"

    assert list(readings(Source("a.py", written))) == [2, 3]


def test_nothing_but_settings_reads_the_environment() -> None:
    found = {source.path: list(readings(source)) for source in sources(*CODE, "tests")}
    reading = {path for path, lines in found.items() if lines}

    assert reading - MAY.keys() == set()
    assert MAY.keys() - reading == set(), "These read it no more: take them off the list."


def test_a_setting_changes_something() -> None:
    read = {
        node.attr
        for source in sources(*CODE)
        if source.path != "integrations/settings.py"
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Attribute)
    }
    unread = Settings.model_fields.keys() - read

    assert unread - UNREAD.keys() == set()
    assert UNREAD.keys() - unread == set(), "These are read now: take them off the list."
