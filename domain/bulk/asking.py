"""What a batch does to each case, as a value that can lie in a row until a worker takes it up."""

import dataclasses
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter

from domain.bulk.states import BulkAction
from domain.cases import steps
from domain.core import content, transaction
from domain.core.content import ContentRef
from domain.core.errors import under
from domain.review.policies import Measure
from domain.review.states import Automation, DecisionKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Decide:
    """A decision, the same for each case; the actor holds their leases."""

    kind: DecisionKind
    reasoning: str
    policy_keys: Sequence[str] = ()
    actions: Sequence[Measure] | None = None
    private_note: str | None = None
    automation: Automation = Automation.NOT


Asked = steps.Step | Decide

STEPS: Mapping[BulkAction, type[Any]] = {
    BulkAction.QUEUE: steps.Queue,
    BulkAction.HOLD: steps.Hold,
    BulkAction.RESUME: steps.Resume,
    BulkAction.RELEASE: steps.Release,
    BulkAction.CLAIM: steps.Claim,
    BulkAction.ESCALATE: steps.Escalate,
    BulkAction.RESOLVE: steps.Resolve,
    BulkAction.CLOSE: steps.Close,
    BulkAction.REOPEN: steps.Reopen,
    BulkAction.CANCEL: steps.Cancel,
    BulkAction.ASSIGN: steps.Assign,
    BulkAction.PRIORITIZE: steps.Prioritize,
    BulkAction.COMMENT: steps.Comment,
    BulkAction.DECIDE: Decide,
}
TEXTS: Mapping[BulkAction, tuple[str, ...]] = {
    BulkAction.ESCALATE: ("reason",),
    BulkAction.COMMENT: ("text",),
    BulkAction.DECIDE: ("reasoning", "private_note"),
}
"""Which arguments are words of a person: kept as content, never in the row."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A batch's arguments as its row holds them, and the texts they point at."""

    arguments: dict[str, Any]
    texts: tuple[ContentRef, ...] = field(default=())


def action_of(asked: Asked) -> BulkAction:
    """The word for it."""
    return next(action for action, kind in STEPS.items() if type(asked) is kind)


def told_of(action: BulkAction) -> AbstractContextManager[None]:
    """What is refused in the block is about what was said of the action, where the caller said it."""
    return under("action", action.value.lower())


async def keep(asked: Asked) -> Kept:
    """Stores its texts, in the transaction under way."""
    action = action_of(asked)
    arguments = TypeAdapter(STEPS[action]).dump_python(asked, mode="json")
    refs = []
    for name in TEXTS.get(action, ()):
        if arguments[name] is not None:
            with told_of(action):
                ref = await content.store(arguments[name], path=name)
            arguments[name] = str(ref.id)
            refs.append(ref)
    return Kept(arguments, tuple(refs))


async def read(action: BulkAction, arguments: Mapping[str, Any]) -> Asked | None:
    """What a row asks for; None where a text of it has been erased since."""
    told = dict(arguments)
    for name in TEXTS.get(action, ()):
        if told[name] is not None:
            rows = await transaction.current().connection.execute_query_dict(
                "SELECT body FROM content WHERE id = $1", [UUID(told[name])]
            )
            if not rows or rows[0]["body"] is None:
                return None
            told[name] = rows[0]["body"]
    known = {each.name for each in dataclasses.fields(STEPS[action])}
    asked: Asked = TypeAdapter(STEPS[action]).validate_python({k: v for k, v in told.items() if k in known})
    return asked
