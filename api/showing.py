"""What of an answer and of its errors clients are told."""

from collections.abc import Mapping
from typing import Any

from graphql import GraphQLError

from api.places import Sent, of_variable
from api.refusals import AWAY, is_away, logged
from api.wording import plain
from domain.core.errors import Refusal
from domain.core.predicates import camel


def shown(
    data: Any, errors: list[GraphQLError] | None, extensions: Mapping[str, Any], sent: Sent | None = None
) -> dict[str, Any]:
    """An answer in its wire form; without data where the request itself was wrong. ``sent`` says where in it."""
    answer: dict[str, Any] = {}
    if errors:
        answer["errors"] = [_error(error, sent) for error in errors]
    if data is not None or not errors or any(error.path for error in errors):
        answer["data"] = data
    if extensions:
        answer["extensions"] = dict(extensions)
    return answer


def _error(error: GraphQLError, sent: Sent | None) -> dict[str, Any]:
    cause = error.original_error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    if isinstance(cause, Refusal):
        return refused(cause, _place(error))
    if cause is None or isinstance(cause, GraphQLError) or not error.path:
        return told_of(error, "INVALID_VALUE") if error.path else _unfit(error, sent)
    if is_away(cause):
        return {"message": AWAY, **_place(error), "extensions": {"code": "UNAVAILABLE", "retryable": True}}
    said = "Something went wrong on our side. Tell us the errorId."
    told = {"code": "INTERNAL", "retryable": False, "errorId": logged(cause)}
    return {"message": said, **_place(error), "extensions": told}


def _unfit(error: GraphQLError, sent: Sent | None) -> dict[str, Any]:
    told = told_of(error, "INVALID_REQUEST")
    at = of_variable(error, sent)
    if at is not None:
        told["extensions"]["argumentPath"] = at
    return told


def refused(refusal: Refusal, place: Mapping[str, Any]) -> dict[str, Any]:
    """A refusal as an error; ``place`` is where in the document it belongs."""
    extensions: dict[str, Any] = {"code": refusal.code, "retryable": refusal.retryable}
    if refusal.path:
        extensions["argumentPath"] = list(map(_spoken, refusal.path))
    return {"message": refusal.message, **place, "extensions": extensions}


def _spoken(part: str | int) -> str | int:
    return camel(part) if isinstance(part, str) else part


def told_of(error: GraphQLError, code: str) -> dict[str, Any]:
    """One of the library's errors in our words, under a code of ours."""
    told = {"code": code, "retryable": False, **(error.extensions or {})}
    return {"message": plain(error.message), **_place(error), "extensions": told}


def _place(error: GraphQLError) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if error.locations:
        found["locations"] = [{"line": at.line, "column": at.column} for at in error.locations]
    if error.path:
        found["path"] = list(error.path)
    return found
