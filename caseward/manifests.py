"""Manifests of persisted documents, as the builds of clients write them: every text beside the SHA-256 of it.

relay-compiler (``persistConfig: {"algorithm": "SHA256"}``) and graphql-codegen's client preset
(``hashAlgorithm: 'sha256'``) write an object of texts by hash; Apollo's generator writes a list of operations.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

from domain.core.content import digest
from domain.core.errors import Refusal
from schema import schema
from schema.documents import Documents


class ManifestInvalid(Refusal):
    """The manifest cannot be read, or holds a document that could never run; the message says which and why."""

    code = "MANIFEST_INVALID"


def texts(path: Path) -> list[str]:
    """The documents of a manifest, each of which stands under its own SHA-256 and fits the schema."""
    found = []
    checked = Documents(schema._schema)  # noqa: SLF001 - for validate()
    for mark, text in _entries(_read(path)):
        if not isinstance(text, str) or mark.removeprefix("sha256:").lower() != digest(text):
            message = f"{mark[:80]} is not the SHA-256 of its document. Set the compiler's hash algorithm to SHA-256."
            raise ManifestInvalid(message)
        errors = checked.read(text).errors
        if errors:
            message = f"{mark[:80]} does not fit the schema: {errors[0].message}"
            raise ManifestInvalid(message)
        found.append(text)
    if not found:
        message = "There is no document in this manifest."
        raise ManifestInvalid(message)
    return found


def _read(path: Path) -> Mapping[str, Any]:
    try:
        found = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        message = f"{path} cannot be read as JSON: {error}"
        raise ManifestInvalid(message) from error
    if not isinstance(found, dict):
        message = "A manifest is a JSON object of documents by their SHA-256."
        raise ManifestInvalid(message)
    return found


def _entries(manifest: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    if manifest.get("format") != "apollo-persisted-query-manifest":
        yield from manifest.items()
        return
    for operation in manifest.get("operations") or ():
        yield str(operation.get("id")), operation.get("body")
