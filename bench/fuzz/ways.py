"""The other ways in: exports, documents sent by their SHA-256, files that come and go, lists that are followed."""

import hashlib
from collections.abc import Awaitable, Callable
from random import Random
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import orjson
from graphql import get_named_type, is_leaf_type, is_object_type

from bench.fuzz import breaking
from bench.fuzz.asgi import Asked, Told
from bench.fuzz.making import TEXTS, Mutator
from domain.core.documents import trust
from domain.files.links import PREFIX
from tests.builders import SYSTEM
from tests.files import CREATE
from tests.schema.reads.operations import HOSTILE, Operation

Headers = list[tuple[bytes, bytes]]
Send = Callable[[Asked], Awaitable[Told]]

EXPORTED = {"cases": ("CaseFilter", "Case", "CASE"), "inquiries": ("InquiryFilter", "Inquiry", "INQ")}
RANGES = (b"bytes=0-", b"bytes=0-9", b"bytes=-5", b"bytes=9-2", b"bytes=", b"bytes=0-9,20-", b"lines=1-2", b"\xff",
          b"bytes=99999999999999999999-", b"bytes=-0", b"bytes=a-b", b"bytes=0-99999999999999999999")  # fmt: skip
TYPES = ("image/png", "application/pdf", "text/plain", "video/mp4", "text/html", "", "x", "image/png; charset=\u00e9")


def followed(chance: Random, maker: Mutator) -> Operation:
    """A subscription: to one thing mostly, or to a list by a filter of any depth."""
    after = chance.choice(("", ", after: 0", ", after: 1", ", after: -1", ", after: 99999999999", ", after: null"))
    roll = chance.random()
    if roll < 0.6:
        return maker.subscription()
    if roll < 0.75:
        told = f'bulkProgressed(id: "{maker.identifier("bulk")}"{after}) {{ __typename }}'
    else:
        named = f"CASE-{chance.randrange(40)}" if chance.random() < 0.5 else maker.identifier("case")
        told = f"caseChanged(id: {orjson.dumps(named).decode()}{after}) {{ __typename case {{ id key title }} }}"
    return Operation(f"subscription {{ {told} }}", {}, {})


def export(chance: Random, headers: Headers, maker: Mutator) -> Asked:
    """A list as a file, by a filter of any depth and fields that may be some."""
    name = chance.choice(list(EXPORTED))
    filtered, of, key = EXPORTED[name]
    given = [("fields", ",".join(_path(chance, maker, of) for _ in range(chance.choice((1, 2, 6, 70)))))]
    if chance.random() < 0.6:
        wanted = maker.filtered(filtered, key.lower())
        broken = chance.random() < 0.2
        given.append(("filter", breaking.encoded(breaking.variables(chance, wanted) if broken else wanted).decode()))
    if chance.random() < 0.3:
        given.append(("after", chance.choice((f"{key}-1", f"{key}-{10**18}", "CASE-", "INQ-2", *HOSTILE))))
    if chance.random() < 0.4:
        given.append(("format", chance.choice(("csv", "csv", "ndjson", "xlsx", ""))))
    if chance.random() < 0.1:
        given.append((chance.choice(("fields", "filter", "nothing")), chance.choice(TEXTS)[:200]))
    said = urlencode(given[chance.random() < 0.3 :], errors="surrogatepass").encode()
    if chance.random() < 0.1:
        headers = breaking.headers(chance, headers)
    gone = chance.choice((None, None, None, 0.0, 0.02))
    return Asked("GET", f"/export/{name}", said, headers, gone_after=gone)


def _path(chance: Random, maker: Mutator, of: str) -> str:
    if chance.random() < 0.1:
        return chance.choice(("exported", "nothing", "", "key.key", "nodes", "__typename", "key } }", "a" * 300))
    found, parts = maker.schema.type_map[of], list[str]()
    for _ in range(5):
        fields = found.fields  # type: ignore[attr-defined]
        parts.append(chance.choice(sorted(fields)))
        below = get_named_type(fields[parts[-1]].type)
        if is_leaf_type(below) or not is_object_type(below):
            break
        found = below
    return ".".join(parts)


async def registered(chance: Random, headers: Headers, operation: Operation) -> Asked:
    """A document by its SHA-256, most often one that is registered."""
    mark = hashlib.sha256(operation.text.encode()).hexdigest()
    if chance.random() < 0.8:
        await trust([operation.text], by=SYSTEM, client="fuzz")
    values: Any = operation.variables if chance.random() < 0.8 else breaking.variables(chance, operation.variables)
    body: dict[str, Any] = {"variables": values}
    if chance.random() < 0.5:
        body["documentId"] = f"sha256:{mark}"
    else:
        body["extensions"] = {"persistedQuery": {"version": 1, "sha256Hash": mark}}
    if chance.random() < 0.2:
        body["query"] = chance.choice((operation.text, "{ __typename }", "{", ""))
    if chance.random() < 0.5:
        return Asked(headers=headers, body=(breaking.encoded(body),))
    parts = {
        name: value if isinstance(value, str) else breaking.encoded(value).decode() for name, value in body.items()
    }
    if chance.random() < 0.4:
        headers = [*headers, (b"if-none-match", chance.choice(breaking.ODD[b"if-none-match"]))]
    return Asked("GET", query=urlencode(parts, quote_via=quote).encode(), headers=headers)


async def file(chance: Random, headers: Headers, files: list[str], send: Send) -> Asked:
    """One of ``files`` that is asked for; or one that was announced a moment ago, with its bytes or others."""
    if files and chance.random() < 0.4:
        named = chance.choice(files) if chance.random() < 0.9 else chance.choice((*HOSTILE, f"{PREFIX}_{'0' * 32}"))
        more = [(b"range", chance.choice(RANGES))] if chance.random() < 0.6 else []
        return Asked(chance.choice(("GET", "GET", "HEAD")), f"/files/{quote(named)}", headers=[*headers, *more])
    content = chance.randbytes(chance.choice((0, 1, 300, 70_000)))
    told = {
        "fileName": chance.choice(("room.png", *TEXTS))[:400],
        "contentType": chance.choice(TYPES) if chance.random() < 0.3 else "image/png",
        "size": len(content) if chance.random() < 0.9 else chance.choice((0, 1, 2**40)),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    create = Asked(headers=headers, body=(breaking.encoded({"query": CREATE, "variables": {"input": told}}),))
    answer = await send(create)
    upload = _upload(answer)
    if upload is None:
        return create
    files.append(upload["id"])
    where = urlsplit(upload["url"])
    said = [(each["name"].lower().encode(), each["value"].encode()) for each in upload["headers"]]
    said = [(name, value) for name, value in said if chance.random() < 0.95]
    query = where.query.encode()
    if chance.random() < 0.15:
        query = query.replace(
            *chance.choice(((b"expires=", b"expires=9"), (b"signature=", b"signature=0"), (b"&", b"")))
        )
    if chance.random() < 0.2:
        said = breaking.headers(chance, said)
    body = content if chance.random() < 0.7 else chance.choice((b"", content + b"x", content[:-1], b"x" * 9000))
    gone = 0.0 if chance.random() < 0.1 else None
    return Asked("PUT", where.path, query, said, breaking.pieces(chance, body), gone)


def _upload(answer: Told) -> dict[str, Any] | None:
    found = orjson.loads(answer.body) if answer.status == 200 else {}
    created = (found.get("data") or {}).get("createUpload") or {}
    upload: dict[str, Any] | None = created.get("upload")
    return upload
