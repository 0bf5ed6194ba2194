"""The query editor: GraphiQL in a browser, from this host alone, with examples that hold."""

import gzip
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import orjson
import pytest
import yaml
from graphql import OperationDefinitionNode, parse, validate
from graphql.execution.values import get_variable_values

from api.editor.assets import OURS, editor
from integrations.settings import Settings
from schema import schema
from schema.documents import Documents
from tests.api.conftest import served

MEDIA = {"css": "text/css", "js": "text/javascript", "json": "application/json"}
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
OFFERED = yaml.safe_load((OURS / "examples.yaml").read_bytes())
EXAMPLES = {each["title"]: each for group in OFFERED["groups"] for each in group["examples"]}


async def get(url: str, path: str = "/graphql", **headers: str) -> httpx.Response:
    async with httpx.AsyncClient(base_url=url, headers=BROWSER | headers) as http:
        return await http.get(path)


def loaded(page: str) -> list[str]:
    return re.findall(r'(?:href|src|data-examples)="(?!data:)([^"]+)"', page)


async def test_a_browser_gets_graphiql_and_runs_no_script_but_ours(url: str) -> None:
    page = await get(url)

    policy = page.headers["content-security-policy"]
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["cache-control"] == "no-cache"
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "graphiql.min." in page.text
    assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=", page.text)


async def test_the_page_loads_everything_from_this_host_once_and_for_ever(url: str) -> None:
    page = await get(url)
    names = loaded(page.text)

    files = [await get(url, f"/{name}", **{"Accept-Encoding": "identity"}) for name in names]

    assert len(names) == len(editor().assets)
    assert not re.search(r"https?://|//\w", page.text)
    assert {each.status_code for each in files} == {200}
    for name, each in zip(names, files, strict=True):
        assert each.headers["content-type"].split(";")[0] == MEDIA[name.rsplit(".", 1)[1]]
    assert all("immutable" in each.headers["cache-control"] for each in files)
    assert all(each.headers["x-content-type-options"] == "nosniff" for each in files)


async def test_no_style_sheet_loads_anything_from_elsewhere() -> None:
    sheets = [each.body.decode() for each in editor().assets.values() if each.media_type == "text/css"]

    found = [where for sheet in sheets for where in re.findall(r"(?:url\(|@import)\s*['\"]?([^'\")]{0,20})", sheet)]

    assert found
    assert all(where.startswith(("data:", "#")) for where in found)


async def test_a_files_name_changes_with_its_content_and_old_names_are_gone(url: str) -> None:
    (name,) = (name for name in editor().assets if name.startswith("editor.") and name.endswith(".js"))

    found = await get(url, f"/graphql/assets/{name}")
    unknown = await get(url, "/graphql/assets/editor.0000000000000000.js")
    outside = await get(url, "/graphql/assets/..%2f..%2fpyproject.toml")

    assert found.status_code == 200
    assert unknown.status_code == 404
    assert unknown.json()["errors"][0]["extensions"]["code"] == "NOT_FOUND"
    assert outside.status_code == 404


async def test_files_travel_compressed_to_those_who_accept_it(url: str) -> None:
    (name,) = (name for name in editor().assets if name.startswith("graphiql.min.") and name.endswith(".js"))

    packed = await get(url, f"/graphql/assets/{name}", **{"Accept-Encoding": "gzip"})
    plain = await get(url, f"/graphql/assets/{name}", **{"Accept-Encoding": "identity"})

    assert packed.headers["content-encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["vary"]
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"]) / 2
    assert packed.content == plain.content == gzip.decompress(editor().assets[name].packed)


def test_without_the_wheel_the_page_says_what_to_install() -> None:
    found = editor("no_such_wheel")

    assert not found.complete
    assert not found.assets
    assert b"graphene-django-graphiql-static" in found.page
    assert b"<script" not in found.page


async def test_switched_off_there_is_neither_page_nor_file(database_url: str) -> None:
    name = next(iter(editor().assets))

    async with served(database_url, Settings(graphiql=False)) as url:
        page = await get(url)
        file = await get(url, f"/graphql/assets/{name}")

    assert page.status_code == 406
    assert file.status_code == 404


async def test_the_examples_travel_as_they_are_written(url: str) -> None:
    page = await get(url)
    (name,) = (name for name in loaded(page.text) if "examples" in name)

    found = await get(url, f"/{name}")

    assert orjson.loads(found.content) == OFFERED


@pytest.mark.parametrize("title", EXAMPLES)
def test_every_example_is_a_document_that_runs_with_its_variables(title: str) -> None:
    example = EXAMPLES[title]

    read = Documents(schema._schema).read(example["document"])
    (operation,) = (d for d in parse(example["document"]).definitions if isinstance(d, OperationDefinitionNode))
    values = get_variable_values(
        schema._schema, operation.variable_definitions or (), filled(example.get("variables", {}))
    )

    assert not read.errors
    assert not isinstance(values, list), values


@pytest.mark.parametrize("name", OFFERED["lookups"])
def test_every_lookup_is_a_valid_document(name: str) -> None:
    assert not validate(schema._schema, parse(OFFERED["lookups"][name]["document"]))


@pytest.mark.parametrize("title", EXAMPLES)
def test_an_example_has_no_placeholder_that_the_editor_cannot_fill(title: str) -> None:
    known = {"now", "new", *OFFERED["lookups"]}

    used = re.findall(r"\{(\w+)(?:[+-]\d+[dh])?\}", orjson.dumps(EXAMPLES[title].get("variables", {})).decode())

    assert set(used) <= known


def filled(value: Any) -> Any:
    """The variables as the editor fills them where the token may see nothing."""
    if isinstance(value, dict):
        return {name: filled(each) for name, each in value.items()}
    if isinstance(value, list):
        return [filled(each) for each in value]
    if not isinstance(value, str):
        return value
    value = re.sub(r"\{now(?:([+-]\d+)([dh]))?\}", moment, value).replace("{new}", "k3x9")
    return re.sub(r"^\{(\w+)\}$", lambda match: OFFERED["lookups"][match[1]]["otherwise"], value)


def moment(match: re.Match[str]) -> str:
    hours = int(match[1] or 0) * (24 if match[2] == "d" else 1)
    return (datetime(2026, 5, 4, 12, tzinfo=UTC) + timedelta(hours=hours)).isoformat()
