"""One run of a subscription: its answers for one client, or as messages that many are told."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any

from graphql import OperationDefinitionNode

from api.members import Message
from api.places import Sent
from api.showing import shown
from schema import Contract, reads
from schema.context import Context
from schema.reads.hooks import core_schema

_PERSONAL = frozenset({"id", "person_id", "*"})


@dataclass(frozen=True, slots=True)
class Source:
    """What is asked, before anybody shares it."""

    contract: Contract
    query: str
    variables: Mapping[str, Any]
    name: str | None
    node: OperationDefinitionNode


async def alone(source: Source, about: Context) -> AsyncGenerator[dict[str, Any], None]:
    """Each answer as it is sent."""
    asked = await source.contract.stream(source.query, dict(source.variables), about, operation_name=source.name)
    sent = Sent(core_schema(source.contract), source.node, source.variables)
    async with aclosing(asked) as found:
        async for result in found:
            about.statements.clear()
            extensions = {} if about.position is None else {"position": about.position}
            yield shown(getattr(result, "data", None), getattr(result, "errors", None), extensions, sent)


async def messages(source: Source, about: Context) -> AsyncGenerator[Message, None]:
    """Answers as messages, each with what its statements showed of what not everybody may see."""
    seen: list[reads.Seen] = []
    documents: list[str] = []
    noted = about.watch.noted

    async def note(shown_now: Any, document: str) -> None:
        seen.extend(shown_now)
        documents.append(document)
        if about.live is not None and not about.live.whole and noted is not None:
            await noted(shown_now, document)

    about = replace(about, watch=replace(about.watch, noted=note))
    async with aclosing(alone(source, about)) as answers:
        async for answer in answers:
            of = about.live.telling if about.live is not None else None
            last = "data" not in answer
            position = None if last else about.position
            document = "".join(documents[-1:])
            yield Message(reads.encode(answer), position, None if last else of, tuple(seen), document, last)
            seen.clear()


async def is_personal(source: Source, about: Context) -> bool:
    """Whether answers depend on who asks, beyond the rights they hold: the statements are written, none is run."""
    watch = reads.Watch(dry=True)
    async for _ in alone(source, replace(about, watch=watch, statements=[])):
        pass
    return watch.rests is None or not watch.rests.isdisjoint(_PERSONAL)
