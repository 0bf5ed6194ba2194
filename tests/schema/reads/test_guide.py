"""What docs/reads.md says is so: its names, its signatures, its codes, and a whole type on one page."""

import ast
import inspect
import re
from typing import Any

import asyncpg
import orjson
import pytest

from domain.core.errors import Refusal
from schema import reads
from schema.reads import errors
from tests.architecture.sources import ROOT
from tests.schema.reads.conftest import KEEPER, STRANGER, uid
from tests.schema.reads.library import Context, Reader

GUIDE = (ROOT / "docs/reads.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
(WHOLE,) = [block for block in BLOCKS if "reads.verify(schema)" in block]
SIGNATURES = re.findall(r"^\| `reads\.(\w+)\(([^`]*)\)`", GUIDE, re.MULTILINE)
ELSEWHERE = {"rehearse"}
"""What is for transports, not for types."""
QUERY = "{ lamps { totalCount { value } nodes { watts bright } } }"


def test_every_name_of_the_guide_exists():
    named = set(re.findall(r"(?<![\w/.])reads\.(\w+)", GUIDE)) - {"md"}

    assert {name for name in named if not hasattr(reads, name)} == set()


def test_every_way_to_declare_a_field_is_in_the_guide():
    told = set(re.findall(r"`(?:reads\.)?(\w+)", GUIDE)) | set(re.findall(r"\breads\.(\w+)", GUIDE))

    declared = {name for name in reads.__all__ if name.islower() and inspect.isfunction(getattr(reads, name))}
    assert declared - told <= ELSEWHERE


@pytest.mark.parametrize(("name", "told"), SIGNATURES)
def test_a_signature_of_the_guide_is_taken(name: str, told: str):
    keywords = set(re.findall(r"(\w+)=", told.partition("*,")[2])) | set(re.findall(r"\*, ([\w, ]+)$", told))
    names = {word.strip() for each in keywords for word in each.split(",")}

    assert names <= set(inspect.signature(getattr(reads, name)).parameters)


def test_every_code_of_the_guide_can_be_refused_with():
    told = set(re.findall(r"\b[A-Z]+(?:_[A-Z]+)+\b", GUIDE.partition("Refusals arrive")[2].partition("\n## ")[0]))

    found = [each for each in vars(errors).values() if inspect.isclass(each) and issubclass(each, Refusal)]
    assert told == {each.code for each in found if each is not Refusal} | {"INVALID_FILTER"}


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.splitlines()[0][:40])
def test_the_python_of_the_guide_can_be_read(block: str):
    spoken = block.replace(" …,", "").replace("=…", "=...")
    complete = re.sub(r"^(@reads\..*\))\n(?=@|\Z)", r"\1\nclass X: ...\n", spoken, flags=re.MULTILINE)

    assert ast.parse(inspect.cleandoc(complete) if complete.startswith(" ") else complete).body


async def test_the_whole_type_of_the_guide_is_read_as_it_says(pool: asyncpg.Pool):
    names: dict[str, Any] = {"__name__": __name__}
    exec(compile(WHOLE, "docs/reads.md", "exec"), names)  # noqa: S102 - our own guide
    await pool.execute("CREATE TABLE lamp (id uuid PRIMARY KEY, watts integer NOT NULL, lit boolean NOT NULL)")
    rows = [(uid(10, 1), 20, True), (uid(10, 2), 60, True), (uid(10, 3), 99, False)]
    await pool.executemany("INSERT INTO lamp VALUES ($1, $2, $3)", rows)

    async def asked(viewer: Reader) -> Any:
        answer = await names["schema"].execute(QUERY, context_value=Context(viewer, pool))
        return orjson.loads(reads.encode(answer.data))["lamps"]

    seen = await asked(STRANGER)
    every = await asked(Reader(id=KEEPER.id, permissions=frozenset({"lamp.see_dark"})))

    await pool.execute("DROP TABLE lamp")
    assert seen == {
        "totalCount": {"value": 2},
        "nodes": [{"watts": 60, "bright": True}, {"watts": 20, "bright": False}],
    }
    assert [lamp["watts"] for lamp in every["nodes"]] == [99, 60, 20]
