"""What the guides tell people to type works."""

import re
from pathlib import Path

import pytest
from graphql import parse, validate

from schema import schema
from tests.architecture.sources import ROOT, files

GUIDES = [path for path in files() if path.suffix == ".md"]
DOCUMENT = re.compile(r"```graphql\n(.*?)```|\"query\": \"(.*?)\"", re.DOTALL)
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#]+)\)")
TARGET = re.compile(r"^(\w+):.*?##", re.MULTILINE)


@pytest.mark.parametrize("guide", GUIDES, ids=str)
def test_a_graphql_document_in_a_guide_fits_the_schema(guide: Path) -> None:
    for block, body in DOCUMENT.findall((ROOT / guide).read_text()):
        assert validate(schema._schema, parse(block or body)) == []


@pytest.mark.parametrize("guide", GUIDES, ids=str)
def test_a_link_in_a_guide_leads_somewhere(guide: Path) -> None:
    links = LINK.findall((ROOT / guide).read_text())

    assert [link for link in links if not (ROOT / guide.parent / link).exists()] == []


def test_the_commands_of_the_guides_exist() -> None:
    told = {
        target
        for guide in GUIDES
        for target in re.findall(r"\bmake ([a-z]+)(?=[`\s]*(?:ARGS|#|`|$))", (ROOT / guide).read_text(), re.MULTILINE)
    }

    assert told - set(TARGET.findall((ROOT / "Makefile").read_text())) == set()
