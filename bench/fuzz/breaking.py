"""Ways to break a request: its text, its variables, its body, its headers, its address."""

import json
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any
from urllib.parse import quote_from_bytes

from bench.fuzz.asgi import Asked
from bench.fuzz.making import NUMBERS, TEXTS, literal, nested
from tests.schema.reads.operations import HOSTILE

Headers = list[tuple[bytes, bytes]]
GRAPHQL = b"application/graphql-response+json"


def _bomb(of: str, start: str, end: str) -> str:
    """Fragments that spread each other twice, ninety deep."""
    middle = " ".join(f"fragment F{n} on {of} {{ ...F{n + 1} ... {{ ...F{n + 1} }} }}" for n in range(90))
    return f"{start} {middle} fragment F90 on {of} {{ {end} }}"


PIECES = (
    "{", "}", "(", ")", "[", "]", "!", "$", "...", "@", "\"", "\"\"\"", "#", ":", "|", "&", "\\u{110000}", "\ufeff",
    "\x00", "\ud800", "\u2028", " @nothing ", " @include(if: null) ", " @skip(if: \"x\") ", " @deprecated ", " @oneOf ",
    " @include(if: true) @include(if: false) ", " __typename @defer(if: true) ", " ... @defer { __typename } ",
    " @stream(initialCount: -1) ", " null ", " fragment F on Query { ...F } ", " ...Nothing ",
    " __schema { types { name } } ",
    " __type(name: \"Case\") { fields { name } } ", " subscription { caseChanged(id: \"CASE-1\") { __typename } } ",
    " query Made { __typename } ", " type Query { x: Int } ", " unheardOf ", " id: key ", " key: id ", "$unknown",
    "\\ud83d",
    "\\u0000", "1e999", "-", "00", "99999999999999999999999999999999", "query($a: Nothing) ", "($a: Case) ",
    "\t\r\n,,,",
)  # fmt: skip
WHOLE: tuple[str, ...] = (
    _bomb("Query", "{ ...F0 }", "__typename"), _bomb("Case", "{ cases { nodes { ...F0 } } }", "id signals { id }"),
    _bomb("Case", "{ cases { nodes { ...F0 } } }", "a: id b: key"), "{ case(id: 1) { ...Nothing } }",
    "", " ", "#", "{", "{}", "query", "null", "\ufeff{ __typename }", "{ " * 3000, "[" * 5000,
    "{ a(b: " + "[" * 1900 + " }",
    "{ " + "cases { nodes { comments { nodes { case { " * 20, "query A { ...F } fragment F on Query { ...F }",
    "{ __typename " + "@include(if: true) " * 1200 + "}", "{ ...{ ...{ ...{ __typename } } } }",
    "query($a: ID = \"CASE-1\") { case(id: $a) { id } }", "query($a: ID!) { nodes(ids: [$a]) { id } }",
    "{ __type(name: \"Query\") { fields { type { fields { type { fields { type { fields { name } } } } } } } }",
    "{ " + " ".join(f"a{n}: __typename" for n in range(61)) + " }",
    "{ cases(first: 200) { nodes { comments(first: 200) { nodes { id } } } } }", "mutation { __typename }",
    "subscription { __typename }",
    "subscription { caseChanged(id: \"CASE-1\") { __typename } bulkProgressed(id: \"x\") { __typename } }",
    "{ __typename } { __typename }", "query A { __typename } query A { __typename }",
    "{ caseAt(id: \"CASE-1\") { __typename } }",
    "query($input: CaseFilter) { cases(filter: $input) { nodes { id } } }",
    "{ node(id: \"" + "x" * 100_000 + "\") { id } }",
    "query($a: [[[[ID]]]]) { __typename }",
    "{ cases(filter: {" + "and: [{" * 200 + "}]" * 200 + "}) { nodes { id } } }",
)  # fmt: skip


def text(chance: Random, whole: str) -> str:
    """The document with something in it that does not belong there, or without something that does."""
    if chance.random() < 0.2:
        return chance.choice(WHOLE)
    for _ in range(chance.choice((1, 1, 2, 4))):
        at, end = sorted(chance.randrange(len(whole) + 1) for _ in range(2))
        roll = chance.random()
        if roll < 0.6:
            whole = whole[:at] + chance.choice(PIECES) + whole[at:]
        elif roll < 0.8:
            whole = whole[:at] + whole[min(end, at + 12) :]
        elif roll < 0.9:
            whole = whole[:at] + literal(chance.choice((*NUMBERS, *TEXTS, None, [], {}))) + whole[at:]
        else:
            whole = whole[:end] + whole[at:end] * chance.choice((1, 2, 30)) + whole[end:]
    return whole


def variables(chance: Random, given: Mapping[str, Any]) -> Any:
    """The variables, some of them missing, of another type, or too many."""
    roll = chance.random()
    if roll < 0.1:
        return chance.choice(([], "x", 7, None, [[]], nested(200, "list")))
    found = dict(given)
    for name in chance.sample(sorted(found), min(len(found), chance.choice((1, 1, 2)))):
        value: Any = chance.choice(
            (*TEXTS, *NUMBERS, None, True, [], {}, {"a": "b"}, nested(100, "object"), [given[name]])
        )
        if chance.random() < 0.2:
            del found[name]
        else:
            found[name] = value
    if roll < 0.2:
        found[chance.choice(("unasked", "", "\x00", "a" * 5000))] = chance.choice((*TEXTS, *NUMBERS))
    return found


def extensions(chance: Random) -> Any:
    """What some clients put beside their query."""
    return chance.choice((
        {"after": chance.choice((*HOSTILE, 7, None, [], "a.b", "é.é", "\ud800", "AAAA" * 400))},
        {"explain": chance.choice((True, "true", 1, {}))}, {"persistedQuery": {"version": 1, "sha256Hash": "0" * 64}},
        {"persistedQuery": chance.choice(([], "x", {"sha256Hash": 7}, {"sha256Hash": "É" * 64}))}, nested(300,
        "object"),
        {"a\x00": "b"}, {"idempotencyKey": 7}, [], "x", 1, {"after": "x" * 100_000},
    ))  # fmt: skip


def body(chance: Random, whole: bytes) -> bytes:
    """Bytes that are nearly a request."""
    at = chance.randrange(len(whole) + 1)
    return chance.choice((
        whole[:at], whole[at:], whole[:at] + b"\x00" + whole[at:], whole[:at] + b"\xff\xfe" + whole[at:],
        b"[" + whole + b"]",
        b"\xef\xbb\xbf" + whole, whole + whole, whole.decode("utf-8", "replace").encode("utf-16"), b"", b"null",
        b"0", b"[]",
        b'{"query": null}', b'{"query": {"a": 1}}', b"[" * 100_000, b'{"a":' * 50_000, b'{"query": "\\ud800"}',
        b'{"query": "{__typename}", "variables": {"a": 1e999}}', b'{"query": "{__typename}", "query": 7}',
        b'{"query": "{__typename}", "operationName": "\\u0000"}', b'{"documentId": "sha256:' + b"0" * 64 + b'"}',
        b'{"documentId": 7}', b'{"query": "{__typename}", "operationName": ""}', b"x" * 1_100_000,
        b'{"query": "{__typename}", "variables": {"a": ' + b"[" * 400 + b"]" * 400 + b"}}", b"%PDF-1.4",
        b"query={__typename}",
    ))  # fmt: skip


ODD: dict[bytes, tuple[bytes, ...]] = {
    b"accept": (
        GRAPHQL, b"", b"*/*", b"image/png", b"text/*;q=0.1", b"application/json;q=nan", b"application/json;q=inf",
        b"application/json;q=-1, */*;q=0", b",,,;;;", b"\xff\xfe", b"a" * 60_000, b"text/event-stream", b"text/html",
        b"application/json; charset=utf-16", b"*/*;q=\xb2",
    ),
    b"content-type": (
        b"", b"application/json; charset=", b"application/json; charset=utf-7", b"text/plain", b"multipart/form-data",
        b"application/graphql", b"application/json;charset=\"UTF-8\"", b"\xff", b"application/x-www-form-urlencoded",
    ),
    b"authorization": (
        b"", b"Bearer", b"Bearer ", b"Bearer \xff\xfe", b"bearer a b c", b"Bearer a.b.c", b"Bearer ..", b"Basic Og==",
        b"Bearer cw_" + b"x" * 20_000, b"Bearer cw_\xe9", b"Bearer eyJhbGciOiJub25lIn0.e30.", b"Digest x",
    ),
    b"cookie": (b"caseward=x", b"caseward=\xff", b"__Host-caseward=", b";;;===", b"caseward=" + b"x" * 9000,
    b"caseward_sign_in=zz"),
    b"origin": (b"http://[", b"null", b"http://[::1", b"https://desk.example", b"\xff", b"http://desk.example:99999",
    b"//", b""),
    b"sec-fetch-site": (b"cross-site", b"same-origin", b"\xff"),
    b"idempotency-key": (b"", b"k", b"k" * 300, b"k" * 5000, b"\xff\xfe", b"'; --", b"a,b", b" "),
    b"x-query-dry-run": (b"true", b"1", b"0", b"\xff", b"maybe"),
    b"x-request-id": (b"", b"ok-1", b"\xff", b"x" * 4000, b"a b", b"../..", b"%0d%0a"),
    b"last-event-id": (b"0", b"-1", b"9" * 18, b"9" * 30, b"\xb2", b"x", b"", b"1.5", b"999999999999999999"),
    b"if-none-match": (b"*", b"W/", b'"', b"\xff", b",,,", b"W/\"a\", W/\"b\""),
    b"content-length": (b"0", b"-1", b"99999999999", b"x"),
    b"transfer-encoding": (b"chunked", b"gzip"),
    b"content-encoding": (b"gzip", b"br"),
    b"access-control-request-method": (b"POST", b"\xff"),
    b"x-forwarded-for": (b"::1, \xff",),
    b"traceparent": (b"00-0-0-0", b"\xff"),
}  # fmt: skip
PATHS = (
    "/", "/graphql", "/graphql/", "/graphql/assets/x", "/graphql/assets/..%2f..", "/graphql/assets/\x00",
    "/graphql/assets/é",
    "/auth/login", "/auth/callback", "/auth/session", "/auth/logout", "/webhooks/jira", "/webhooks/\x00",
    "/webhooks/x", "/health",
    "/health/ready", "/metrics", "/nothing", "//", "/\ud800", "/../etc/passwd", "/graphql;x=1", "/%00",
    "/" + "a" * 20_000,
)  # fmt: skip
METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "BREW", "")


def headers(chance: Random, given: Headers) -> Headers:
    """The headers, one to three of them replaced, doubled, or added."""
    found = list(given)
    for name in chance.sample(sorted(ODD), chance.choice((1, 1, 2, 3))):
        if chance.random() < 0.8:
            found = [(key, value) for key, value in found if key != name]
        found.append((name, chance.choice(ODD[name])))
    return found


def pieces(chance: Random, whole: bytes) -> Sequence[bytes]:
    """The body as it may arrive: at once, or in parts, some of them empty."""
    if chance.random() < 0.8:
        return (whole,)
    at, end = sorted(chance.randrange(len(whole) + 1) for _ in range(2))
    return (whole[:at], b"", whole[at:end], whole[end:])


def address(chance: Random, given: Headers, query: str, values: Any) -> Asked:
    """A request to somewhere, or a GET with its query in the address."""
    if chance.random() < 0.5:
        parts = {"query": query.encode("utf-8", "surrogatepass"), "variables": encoded(values)}
        if chance.random() < 0.3:
            name = chance.choice(
                ("operationName", "extensions", "documentId", "variables", "query", "return_to", "state")
            )
            parts[name] = chance.choice((b"", b"\xff", b"{", b"null", b"7", b"x" * 9000, b"\x00", b"http://[", b"[[]]"))
        told = "&".join(f"{name}={quote_from_bytes(value)}" for name, value in parts.items()).encode()
        if chance.random() < 0.1:
            told = chance.choice((b"%", b"%zz=%ff", b"query=%ff%fe", b"&&&===", b"query", b"a" * 60_000, b"query=\xff"))
        return Asked("GET", query=told, headers=given)
    sent = chance.choice((b"", b"{}", b"x", encoded({"query": query, "variables": values})))
    query_string = chance.choice((b"", b"code=x&state=%ff", b"return_to=http://[", b"state=\xff&code=", b"error=\xff"))
    return Asked(
        chance.choice(METHODS), chance.choice(PATHS), query_string, headers(chance, given), (sent,)
    )  # fmt: skip


def encoded(value: Any) -> bytes:
    """JSON as Python writes it: halves of surrogate pairs escaped, numbers of any size, NaN."""
    return json.dumps(value).encode()


def frames(chance: Random, token: str, query: str, values: Any) -> list[dict[str, Any]]:
    """What one WebSocket client sends: a greeting, an operation or two, and nonsense in between."""
    payload = {"query": query, "variables": values}
    odd: tuple[Any, ...] = (
        {"type": "ping"}, {"type": "ping", "payload": {"Authorization": "Bearer cw_x"}}, {"type": "pong"},
        {"type": "nothing"},
        {"type": "subscribe"}, {"type": "subscribe", "id": 7}, {"type": "subscribe", "id": "1"}, {"type": "complete",
        "id": []},
        {"type": "subscribe", "id": "2", "payload": "x"}, {"type": "subscribe", "id": "3", "payload": {"query": 7}},
        [], 7, None,
        {"type": "complete", "id": "1"}, {"type": []}, {"type": "connection_init"}, {"id": "\ud800",
        "type": "subscribe"},
        {"type": "ping", "payload": {"token": 7}}, {"type": "subscribe", "id": "4", "payload": nested(300, "object")},
    )  # fmt: skip
    greeting: Any = {"type": "connection_init", "payload": {"Authorization": f"Bearer {token}"}}
    if chance.random() < 0.1:
        greeting = chance.choice((*odd, {"type": "connection_init", "payload": {"token": "\ud800"}}))
    said = [greeting, {"type": "subscribe", "id": "1", "payload": payload}]
    said += chance.choices(odd, k=chance.choice((0, 1, 3)))
    told: list[dict[str, Any]] = [{"type": "websocket.receive", "text": json.dumps(each)} for each in said]
    if chance.random() < 0.1:
        told.append({"type": "websocket.receive", "bytes": b"\xff\x00"})
    return told
