"""What the documentation lists is what the code has."""

import ast
from pathlib import Path

import pytest

from caseward.reference import PAGES, ROOT, write
from caseward.reference.errors import codes, errors
from caseward.reference.events import events
from caseward.reference.metrics import metrics
from caseward.reference.settings import settings, variable
from domain.core.events import KINDS
from integrations.settings import Settings
from tests.architecture.codes import written
from tests.architecture.sources import Source, sources

OTHER_SIDE = ("integrations/platform/emulator/", "integrations/jira/emulator/")
"""Emulators answer with the codes of what they emulate."""


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_as_the_code_has_it(name: str) -> None:
    path = ROOT / name

    assert path.exists(), "Run: python -m caseward.reference"
    assert path.read_text() == PAGES[name](), "Out of date. Run: python -m caseward.reference"


def test_a_page_is_written_once(tmp_path: Path) -> None:
    first, second = write(tmp_path), write(tmp_path)

    assert first == list(PAGES)
    assert second == []


def test_every_event_that_can_happen_is_documented() -> None:
    text = events()
    kinds = {kind for kind, event in KINDS.items() if event.__module__.startswith("domain.")}
    leaves = {kind for kind in kinds if not KINDS[kind].__subclasses__()}

    assert {kind for kind in leaves if f"`{kind}`" not in text} == set()


def test_every_code_the_source_writes_down_is_documented() -> None:
    found = {
        code
        for source in sources("api", "caseward", "domain", "schema", "workers", "integrations")
        if not source.path.startswith(OTHER_SIDE)
        for code in written(source)
    }

    assert found - codes() == set()


def test_every_code_has_a_meaning() -> None:
    assert [line for line in errors().splitlines() if line.endswith("|  |")] == []


def test_a_code_is_found_however_it_is_written() -> None:
    text = "\n".join(
        (
            "refuse(404, 'A', 'gone')",
            "invalid('x', 'wrong', code='B')",
            "class C: code = 'C'",
            "extensions = {'code': 'D' if late else 'E'}",
            "FieldProblem(('x',), 'F', 'wrong')",
        )
    )

    assert sorted(written(Source("written.py", text))) == ["A", "B", "C", "D", "E", "F"]
    assert list(written(Source("silent.py", "encode('A'); kind = 'B'"))) == []


def test_every_setting_says_what_it_is_for() -> None:
    text = settings()
    fields = Settings.model_fields

    assert [name for name, field in fields.items() if not field.description] == []
    assert {
        variable(name, field) for name, field in fields.items() if f"`{variable(name, field)}`" not in text
    } == set()


def test_every_metric_says_what_it_counts() -> None:
    assert "caseward_http_seconds" in metrics()
    assert [line for line in metrics().splitlines() if line.endswith("|  |")] == []


def test_every_module_says_what_it_is_for() -> None:
    silent = {
        source.path
        for source in sources("caseward", "api", "schema", "domain", "integrations", "workers")
        if source.text.strip() and ast.get_docstring(source.tree) is None
    }

    assert silent == set()
