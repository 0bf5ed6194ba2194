"""The editor's files, held in memory: GraphiQL as a wheel brings it, and our own small part beside it."""

import gzip
import hashlib
import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Template
from types import MappingProxyType

import orjson
import yaml

WHEEL = "graphene_django_graphiql_static"
"""Found, never imported: its modules want Django, its files do not."""

STYLES = ("graphiql.min.css", "style.css")
SCRIPTS = (
    "react.production.min.js",
    "react-dom.production.min.js",
    "graphiql.min.js",
    "graphql-ws.min.js",
    "graphiql-plugin-explorer.umd.js",
)
OURS = Path(__file__).parent
MEDIA = {".css": "text/css", ".js": "text/javascript", ".json": "application/json"}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file, plain and compressed."""

    body: bytes
    packed: bytes
    media_type: str


@dataclass(frozen=True, slots=True)
class Editor:
    """The page and what it loads, by names that change with the content. ``complete`` is false without the wheel."""

    page: bytes
    assets: Mapping[str, Asset]
    complete: bool


@cache
def editor(wheel: str = WHEEL) -> Editor:
    """Reads and compresses about 1.6 MB, once a process. Without the wheel the page says what to install."""
    folder = _static(wheel)
    if folder is None:
        return Editor((OURS / "missing.html").read_bytes(), MappingProxyType({}), complete=False)
    bodies = {path.name: path.read_bytes() for path in (*map(folder.joinpath, (*STYLES, *SCRIPTS)), *_ours())}
    bodies["examples.json"] = orjson.dumps(yaml.safe_load((OURS / "examples.yaml").read_bytes()))
    names = {name: _named(name, body) for name, body in bodies.items()}
    assets = {
        names[name]: Asset(body, gzip.compress(body, mtime=0), MEDIA[Path(name).suffix])
        for name, body in bodies.items()
    }
    return Editor(_page(names), MappingProxyType(assets), complete=True)


def _ours() -> tuple[Path, ...]:
    return OURS / "editor.css", OURS / "editor.js"


def _static(wheel: str) -> Path | None:
    found = importlib.util.find_spec(wheel)
    for place in (found and found.submodule_search_locations) or ():
        folder = Path(place) / "static" / wheel
        if all((folder / name).is_file() for name in (*STYLES, *SCRIPTS)):
            return folder
    return None


def _named(name: str, body: bytes) -> str:
    stem, suffix = name.rsplit(".", 1)
    return f"{stem}.{hashlib.sha256(body).hexdigest()[:16]}.{suffix}"


def _page(names: Mapping[str, str]) -> bytes:
    # addresses are relative to /graphql, so that they hold behind a proxy that adds a prefix
    styles = (f'<link rel="stylesheet" href="graphql/assets/{names[each]}">' for each in (*STYLES, "editor.css"))
    scripts = (f'<script defer src="graphql/assets/{names[each]}"></script>' for each in (*SCRIPTS, "editor.js"))
    page = Template((OURS / "page.html").read_text(encoding="utf-8"))
    parts = {"styles": "\n".join(styles), "scripts": "\n".join(scripts)}
    return page.substitute(parts, examples=f"graphql/assets/{names['examples.json']}").encode()
