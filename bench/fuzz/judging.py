"""What no answer may be: a failure of ours, another shape than GraphQL's, or a word of what its reader may not see."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from bench.fuzz.asgi import Asked, Told

OURS = frozenset({"INTERNAL", "NULL_IN_ANSWER", "UNAVAILABLE", "TIMED_OUT"})
NAMED = re.compile(r"\b[a-z_]+_[0-9a-f]{32}\b|\b(?:CASE)-\d+\b")
SPOKEN = ("application/json; charset=utf-8", "application/graphql-response+json; charset=utf-8")


@dataclass(frozen=True, slots=True)
class Verdict:
    """``wrong`` is empty where all is right; ``codes`` are those of the answer's errors."""

    wrong: str
    codes: tuple[str, ...]
    named: frozenset[str]
    """Ids and keys the answer tells that its reader did not say."""


def judge(asked: Asked, told: Told, sent: str) -> Verdict:
    """Whether an answer over HTTP may be one. ``sent`` is all the client wrote, readable."""
    if told.failed or told.status >= 500:
        return Verdict(f"status {told.status} {told.failed}", (), frozenset())
    media = told.headers.get("content-type", "")
    if b"Traceback (most recent" in told.body:
        return Verdict("a traceback is told", (), frozenset())
    if told.status == 200 and media.startswith(("application/x-ndjson", "text/csv")):
        return exported(told, sent, whole=asked.gone_after is None)
    if not told.status or (told.status < 400 and asked.path != "/graphql") or _is_page(asked, told, media):
        return Verdict("", (), frozenset())
    if media.startswith("text/event-stream"):
        found = [line[6:] for line in told.body.split(b"\n") if line.startswith(b"data: ") and line[6:]]
        return among(found, sent)
    if media not in SPOKEN:
        return Verdict(f"status {told.status} of type {media!r}", (), frozenset())
    return among([told.body], sent, dry=any(name == b"x-query-dry-run" for name, _ in asked.headers))


def _is_page(asked: Asked, told: Told, media: str) -> bool:
    """Whether it is the editor's, nothing, or what has no body."""
    if told.status in {200, 304} and (media.startswith("text/html") or not told.body):
        return True
    return (asked.method in {"OPTIONS", "HEAD"} or not asked.method) and not media.startswith("application/")


def exported(told: Told, sent: str, *, whole: bool) -> Verdict:
    """Whether a list may be such a file. ``whole``: its client has waited for the end."""
    if told.headers["content-type"].startswith("text/csv"):
        return Verdict("", (), frozenset(NAMED.findall(told.body.decode())) - frozenset(NAMED.findall(sent)))
    lines = [orjson.loads(line) for line in told.body.splitlines() if line.endswith(b"}")]
    end = lines[-1] if lines and "complete" in lines[-1] else None
    if end is None:
        return Verdict("an export without its end" if whole else "", (), frozenset(told_of(lines, sent)))
    codes = tuple(error["extensions"]["code"] for error in end.get("errors", ()))
    ours = OURS.intersection(codes)
    return Verdict(f"code {', '.join(sorted(ours))}" if ours else "", codes, frozenset(told_of(lines, sent)))


def spoken(told: Told, sent: str) -> Verdict:
    """Whether what came over a WebSocket may be said."""
    if told.failed:
        return Verdict(told.failed, (), frozenset())
    if told.status in {1011, 1006}:
        return Verdict(f"closed with {told.status}", (), frozenset())
    found = []
    for line in told.body.splitlines():
        message = orjson.loads(line)
        if message["type"] == "next":
            found.append(orjson.dumps(message["payload"]))
        elif message["type"] == "error":
            found.append(orjson.dumps({"errors": message["payload"]}))
    return among(found, sent)


def among(bodies: list[bytes], sent: str, *, dry: bool = False) -> Verdict:
    """The worst of several answers; a dry run has no data."""
    codes: list[str] = []
    named: set[str] = set()
    for body in bodies:
        try:
            answer = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            return Verdict(f"no JSON: {error}", (), frozenset())
        if wrong := shapeless(answer, dry=dry):
            return Verdict(wrong, (), frozenset())
        codes += [error["extensions"]["code"] for error in answer.get("errors", ())]
        named |= told_of(answer.get("data"), sent)
        said = orjson.dumps([answer.get("errors"), answer.get("extensions")]).decode()
        named |= {name for name in NAMED.findall(said) if name not in sent}
    ours = OURS.intersection(codes)
    return Verdict(f"code {', '.join(sorted(ours))}" if ours else "", tuple(codes), frozenset(named))


def shapeless(answer: Any, *, dry: bool) -> str:
    """What of an answer is not as GraphQL has it."""
    if not isinstance(answer, dict) or not {"data", "errors"} & answer.keys():
        return "no answer of GraphQL's shape"
    if more := answer.keys() - {"data", "errors", "extensions"}:
        return f"members nobody knows: {more}"
    if not isinstance(answer.get("data"), dict | None):
        return "data is no object"
    if "errors" not in answer:
        return "" if dry or answer["data"] is not None else "null and no error"
    errors = answer["errors"]
    if not isinstance(errors, list) or not errors:
        return "errors is no list of some"
    for error in errors:
        if not isinstance(error.get("message"), str) or not error["message"]:
            return "an error without a message"
        if not isinstance(error.get("extensions", {}).get("code"), str):
            return "an error without a code"
    return ""


def told_of(data: Any, sent: str) -> set[str]:
    """Ids and keys in the data: as a value whoever said them, within a sentence unless the client said them."""
    found: set[str] = set()
    for text in texts(data):
        names = NAMED.findall(text)
        found |= {name for name in names if name == text or name not in sent}
    return found


def texts(value: Any) -> Iterator[str]:
    """Every text in a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from texts(each)
