"""Atlassian's OpenAPI description as JSON Schema, as far as the mirror uses it."""

import json
import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator

MISSING = (
    "WARNING: Atlassian's OpenAPI description is absent, so neither our requests nor the emulator's answers were "
    "compared with it. Put it at ../shared/jira-openapi.json or name it in CASEWARD_JIRA_OPENAPI."
)


def document_path() -> Path | None:
    named = os.environ.get("CASEWARD_JIRA_OPENAPI")
    path = Path(named) if named else Path(__file__).parents[4] / "shared" / "jira-openapi.json"
    return path if path.is_file() else None


@cache
def document() -> dict[str, Any]:
    path = document_path()
    assert path is not None
    loaded: dict[str, Any] = json.loads(path.read_bytes())
    return loaded


@cache
def _paths() -> list[tuple[re.Pattern[str], str]]:
    """Paths without parameters come first: `/issue/bulkfetch` is not an issue called bulkfetch."""
    paths = sorted(document()["paths"], key=lambda path: (path.count("{"), path))
    return [(re.compile("^" + re.sub(r"\{[^}]+\}", "[^/]+", path) + "$"), path) for path in paths]


def operation(method: str, path: str) -> dict[str, Any]:
    """`path` is without an API root."""
    whole = f"/rest/api/3{path}"
    for pattern, name in _paths():
        if pattern.match(whole) and method.lower() in document()["paths"][name]:
            found: dict[str, Any] = document()["paths"][name][method.lower()]
            return found
    raise AssertionError(f"Jira has no {method} {path}")


def ensure_answer(method: str, path: str, status: int, answer: Any) -> None:
    """The status is one Jira documents, and the body has the shape documented for it."""
    responses = operation(method, path)["responses"]
    assert str(status) in responses, f"{method} {path} never answers {status}"
    schema = responses[str(status)].get("content", {}).get("application/json", {}).get("schema")
    if schema is None:
        schema = {"$ref": "#/components/schemas/ErrorCollection"} if status >= 400 else {}
    _ensure(schema, answer, f"{method} {path} {status}")


def ensure_request(method: str, path: str, body: Any) -> None:
    request = operation(method, path).get("requestBody")
    assert request is not None or body is None, f"{method} {path} takes no body"
    if request is not None and body is not None:
        _ensure(request["content"]["application/json"]["schema"], body, f"{method} {path}")


def ensure_query(method: str, path: str, names: set[str]) -> None:
    """Every parameter is one Jira knows for this operation."""
    known = {item["name"] for item in operation(method, path).get("parameters", ()) if item["in"] == "query"}
    assert names <= known, f"{method} {path} does not know {names - known}"


def _ensure(schema: dict[str, Any], value: Any, what: str) -> None:
    validator = Draft7Validator(_standalone(schema))
    errors = [
        f"{what} at {'/'.join(map(str, error.path))}: {error.message[:300]}" for error in validator.iter_errors(value)
    ]
    assert not errors, "\n".join(errors)


def _standalone(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema with only the components it reaches: the whole document would be walked for every value."""
    needed: dict[str, Any] = {}
    waiting = [schema]
    while waiting:
        for name in _references(waiting.pop()):
            if name not in needed:
                needed[name] = document()["components"]["schemas"][name]
                waiting.append(needed[name])
    return {"allOf": [schema], "components": {"schemas": needed}}


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        reference = schema.get("$ref")
        if isinstance(reference, str):
            yield reference.rsplit("/", 1)[1]
        for value in schema.values():
            yield from _references(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _references(value)
