"""How a mutation reads: one input, one action, one payload.

    @strawberry.input(description="Which case to claim.")
    class ClaimCaseInput:
        id: strawberry.ID = strawberry.field(description="The case: id or key.")
        expected_version: Long | None = expected_version("case")

    @strawberry.type(description="The case is yours.")
    class ClaimCaseSuccess(Success):
        case: Case = strawberry.field(description="The case as it is now.")

    @strawberry.type
    class CaseMutations:
        @mutation(permission="case.claim")
        async def claim_case(self, input: ClaimCaseInput, info: Info) -> ClaimCaseSuccess:
            \"""Takes a case for yourself.\"""
            id = await primary_key(Case, input.id)
            await cases.claim(id, by=info.context.viewer, expected_version=input.expected_version)
            return ClaimCaseSuccess(case=reads.one(Case, id))

``claimCase(input: ClaimCaseInput!): ClaimCasePayload!`` follows, with
``union ClaimCasePayload = ClaimCaseSuccess | ValidationFailed | NotFound | Forbidden | VersionConflict | Refused``.
Any refusal of the domain becomes its Problem; the docstring becomes the description; ``token`` is filled in. With an
``Idempotency-Key`` the resolver runs once: what it returns must be reads by id and plain values.
"""

import dataclasses
import functools
import operator
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, cast, get_type_hints
from uuid import UUID

import strawberry
from tortoise import connections

from domain.core import transaction
from domain.core.errors import FieldProblem, IdRefused, NotFound, Refusal, ValidationFailed, VersionConflict
from domain.core.predicates import camel
from schema import changes, reads, tokens
from schema.asked import asked, key_of
from schema.context import Context
from schema.errors import PROBLEMS, problem_of
from schema.reads.selects import Mode, Read, declared, ref
from schema.repeats import once

Info = strawberry.Info[Context, None]

PERMISSION = "permission"
"""Under which key a mutation's field keeps, in its metadata, the permission it asks for first; None asks for none."""
PERSON = "person"
"""The same for whether it is done by persons alone, whatever a program's roles allow."""
SAID = "said"
"""The same of an input's field that must be given: what is told whoever leaves it out."""

_annotated: Any = Annotated  # of types known at run time only


@strawberry.interface(description="Something was changed, or was so already.")
class Success:
    token: str = strawberry.field(
        default="",
        description="Stands for this change. A query sent with extensions: {after: token} beside query and variables"
        " waits for what is computed from the change, half a second at most; else its answer says extensions.stale.",
    )
    replayed: bool = strawberry.field(
        default=False,
        description="Whether this answers a repeat of a request with the same Idempotency-Key: nothing was done"
        " again. The key is a header, over WebSocket extensions.idempotencyKey, and one request's for 24 hours.",
    )


def expected_version(what: str) -> Any:
    """The input field every update has: it must be said, and null says overwrite."""
    return to_be_said(
        f"The version of the {what} you read.",
        null="overwrites whatever happened since",
        otherwise="Say which version you read, or null to overwrite.",
    )


def to_be_said(description: str, *, null: str, otherwise: str) -> Any:
    """An input field that must be given though it may be null, for null says something. ``otherwise`` is what somebody
    who leaves it out is told."""
    described = f"{description} Must be given; null {null}."
    return strawberry.field(default=strawberry.UNSET, description=described, metadata={SAID: otherwise})


def ensure_said(given: Any) -> None:
    """Refuses an input that leaves out what must be said; names all of it."""
    missing = [
        FieldProblem((camel(each.name),), "MISSING", each.metadata[SAID])
        for each in dataclasses.fields(given)
        if SAID in each.metadata and getattr(given, each.name) is strawberry.UNSET
    ]
    if missing:
        raise ValidationFailed(missing)


def mutation(*, permission: str | None = None, person: bool = False) -> Callable[[Callable[..., Awaitable[Any]]], Any]:
    """A mutation of a resolver ``(self, input, info) -> Success``. ``permission`` is named in the description
    and asked for before anything else: who lacks it learns nothing of what is there. ``person`` tells that the action
    refuses every account of no person."""

    def make(resolver: Callable[..., Awaitable[Any]]) -> Any:
        hints = get_type_hints(resolver)
        name = camel(resolver.__name__)
        members = functools.reduce(operator.or_, PROBLEMS, hints["return"])
        union = strawberry.union(f"{name[:1].upper()}{name[1:]}Payload", description=f"What {name} answers.")
        payload = _annotated[members, union]

        async def run(self: Any, info: Info, input: Any) -> Any:  # noqa: A002 - the contract's word
            act = functools.partial(resolver, self, input, info)
            return await _answer(act, hints["return"], input, info, permission=permission)

        argument = strawberry.argument(description="What to do it with.")
        run.__annotations__ = {"info": Info, "input": _annotated[hints["input"], argument], "return": payload}
        run.__name__ = resolver.__name__
        needs = f"Needs the permission {permission}." if permission else "Needs no permission: it is your own."
        said = f"{(resolver.__doc__ or '').strip()} {needs}{' Done by a person, never by a program.' if person else ''}"
        return strawberry.mutation(resolver=run, description=said, metadata={PERMISSION: permission, PERSON: person})

    return make


async def _answer(
    act: Callable[[], Awaitable[Any]], success: Any, given: Any, info: Info, *, permission: str | None
) -> Any:
    about = info.context
    try:
        if permission is not None:
            about.viewer.ensure(permission)
        ensure_said(given)
        said = key_of(info.operation, info.variable_values)
        if (key := about.idempotency_key if said is None else said) is not None:
            about.asked = about.asked or asked(about.document, info.operation, info.variable_values)
            by, secret = about.viewer, about.cursor_secret
            name = str(info.path.key)
            return await once(act, success, key=key, by=by, asked=about.asked, name=name, secret=secret)
        with transaction.following() as trail:
            answer = await act()
    except Refusal as refusal:
        if isinstance(refusal, VersionConflict):
            return problem_of(refusal, current=_current(given), changes=changes.since(refusal))
        return problem_of(refusal)
    answer.token = tokens.seal(trail, about.cursor_secret)
    return answer


def _current(given: Any) -> reads.Node | None:
    if getattr(given, "id", None) is None:
        return None
    return cast("reads.Node", Read(reads.Node, Mode.NODE, ids=(given.id,)))


async def primary_key(target: Any, text: str, *, path: str = "id") -> UUID:
    """The row an id argument names, by id or by human key. A wrong one is a problem of ``path``."""
    of = declared(target)
    try:
        found = ref(of, text)
    except IdRefused as refusal:
        refusal.path = (path,)
        raise
    if found.id is not None:
        return found.id
    matching = of.by_text_key("r", "$1") if found.name is not None else f'r."{of.key_column}" = $1'
    rows = await connections.get("default").execute_query_dict(
        f"SELECT r.id FROM {of.table} AS r WHERE {matching}", [found.number if found.name is None else found.name]
    )
    if not rows:
        raise NotFound(of.name.lower(), text, path=(path,))
    return UUID(str(rows[0]["id"]))


async def optional_key(target: Any, text: str | None, *, path: str) -> UUID | None:
    """The same for an argument that may be left out."""
    return None if text is None else await primary_key(target, text, path=path)
