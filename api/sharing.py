"""Lists followed by many: whoever asks the same with the same rights shares one run of it, and its bytes.

A group reads and encodes each change once. A member takes what it can: changes wait for it in a bounded box, the newest
state of each row; whoever does not empty it is told so and let go.
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator, Hashable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any
from uuid import UUID

import orjson
from graphql import OperationDefinitionNode

from api.feed import Feed, Inbox, Past
from api.refusals import OperationRefused, logged
from api.showing import refused, shown
from domain.core import log
from domain.core.actor import Actor
from domain.core.errors import Refusal
from schema import Contract, reads
from schema.context import Context
from schema.following import PositionRefused
from schema.lists import Change, Overrun, PositionExpired, RightsChanged
from schema.live import LISTINGS, Listing
from schema.naming import Root, root_of

WAITING = 1000
"""Messages that may wait for one member."""
KEPT = 10_000
"""Positions within which a list can be taken up again."""
RECHECK = 15.0
"""Seconds after which a silent member's rights are read again; before each message, when they are two seconds old."""
REHEARSED = 2000
_PERSONAL = frozenset({"id", "person_id", "*"})


@dataclass(frozen=True, slots=True)
class Source:
    """What is asked, before anybody shares it."""

    contract: Contract
    query: str
    variables: Mapping[str, Any]
    name: str | None
    node: OperationDefinitionNode


@dataclass(frozen=True, slots=True, eq=False)
class Message:
    """One answer, encoded: ``body`` is its JSON. ``of`` is the row it tells of; ``seen`` what has to be noted of it.

    An answer without data is ``last``.
    """

    body: bytes
    position: int | None
    of: tuple[Change, UUID] | None
    seen: tuple[reads.Seen, ...] = ()
    document: str = ""
    last: bool = False


class Member:
    """Takes a group's messages at its own pace: those after ``floor``. All up to ``joined`` had been told before."""

    def __init__(self, floor: int, joined: int) -> None:
        self.joined = joined
        self._floor = floor
        self._waiting: OrderedDict[Hashable, Message] = OrderedDict()
        self._came = asyncio.Event()
        self._overrun = False

    def put(self, message: Message) -> None:
        """Keeps a message until it is taken; it replaces what an older one said of the same row."""
        if message.position is not None and message.position <= self._floor:
            return
        if message.of is not None:
            change, row = message.of
            for gone in Change if change is Change.LEFT else (change,):
                self._waiting.pop((gone, row), None)
        self._overrun = self._overrun or len(self._waiting) >= WAITING
        if self._overrun:
            self._waiting.clear()
        else:
            self._waiting[message.of or message] = message
        self._came.set()

    async def take(self) -> Message | None:
        """The next; None after RECHECK seconds of silence. OVERRUN where too much has come."""
        if not self._waiting and not self._overrun:
            self._came.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(RECHECK):
                    await self._came.wait()
        if self._overrun:
            raise Overrun
        return self._waiting.popitem(last=False)[1] if self._waiting else None


@dataclass(slots=True, eq=False)
class Group:
    """One run of a list's subscription, and who takes what it tells."""

    inbox: Inbox
    members: set[Member] = field(default_factory=set)
    told: int = 0
    running: "asyncio.Task[None] | None" = None

    @property
    def position(self) -> int:
        """Everything up to here has been told; whoever joins now is told what comes after it."""
        return max(self.inbox.position, self.told)

    async def run(self, source: Source, about: Context) -> None:
        """Runs until nobody is left, or to its error."""
        try:
            async for message in _messages(source, about):
                self.told = message.position or self.told
                for member in self.members:
                    member.put(message)
        except Exception as error:  # noqa: BLE001 - the runner of what many follow: each of them is told that it ended
            told = {"code": "INTERNAL", "retryable": True, "errorId": logged(error)}
            failed = {"message": "Something went wrong on our side. Tell us the errorId.", "extensions": told}
            for member in self.members:
                member.put(Message(reads.encode({"errors": [failed]}), None, None, last=True))


@dataclass(frozen=True, slots=True)
class Shared:
    """What those who share a group have in common."""

    asked: Hashable
    rights: Hashable
    personal: bool


class Sharing:
    """All groups of the process."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._groups: dict[Shared, Group] = {}
        self._personal: OrderedDict[Hashable, bool] = OrderedDict()

    async def key(self, source: Source, root: Root, about: Context) -> Shared:
        """What a group has in common. The person is part of it only where answers depend on who asks."""
        variables = {name: value for name, value in source.variables.items() if name != root.after_variable}
        asked = (source.contract, source.query, source.name, orjson.dumps(variables, option=orjson.OPT_SORT_KEYS))
        personal = self._personal.get(asked)
        if personal is None:
            personal = self._personal[asked] = await _is_personal(source, about)
            if len(self._personal) > REHEARSED:
                self._personal.popitem(last=False)
        return Shared(asked, rights(about.viewer, personal=personal), personal)

    async def join(self, key: Shared, source: Source, listing: Listing, about: Context, after: int | None) -> Member:
        """A member of the group with this key, which begins with its first; it is told what comes after ``after``."""
        group = self._groups.get(key)
        if group is None or group.running is None or group.running.done():
            group = Group(await self._feed.open(listing.by))
            # somebody else may have begun it meanwhile
            known = self._groups.get(key)
            if known is not None and known.running is not None and not known.running.done():
                self._feed.close(group.inbox)
                group = known
            else:
                self._groups[key] = group
                group.running = asyncio.create_task(group.run(source, _of_group(about, group.inbox)))
                group.running.add_done_callback(partial(self._ended, group.inbox))
        member = Member(group.position if after is None else after, group.position)
        group.members.add(member)
        return member

    def _ended(self, inbox: Inbox, _: "asyncio.Task[None]") -> None:
        self._feed.close(inbox)

    def leave(self, key: Shared, member: Member) -> None:
        """The last to leave ends the group."""
        group = self._groups.get(key)
        if group is None:
            return
        group.members.discard(member)
        if not group.members:
            del self._groups[key]
            if group.running is not None:
                group.running.cancel()


def rights(viewer: Actor, *, personal: bool) -> Hashable:
    """What of a viewer an answer may depend on."""
    held = (viewer.kind, viewer.permissions, viewer.teams, viewer.leads, viewer.clearances)
    return (*held, viewer.id, viewer.person_id) if personal else held


async def followed(sharing: Sharing, source: Source, about: Context) -> AsyncGenerator[dict[str, Any] | Message, None]:
    """Every answer of a subscription. TOKEN_INVALID, RIGHTS_CHANGED and STREAM_OVERRUN end it."""
    root = root_of(source.contract, source.node, about.document, source.variables)
    listing = LISTINGS.get(root.name) if root is not None else None
    if root is None or listing is None:
        async for answer in _alone(source, about):
            yield answer
        return
    after = about.resume if about.resume is not None else root.after
    try:
        await _ensure_known(after)
        key = await sharing.key(source, root, about)
        member = await sharing.join(key, source, listing, about, after)
        try:
            if after is not None and after < member.joined:
                past = replace(about, live=Past(listing.by, after, member.joined), resume=None, statements=[])
                async for message in _messages(source, past):
                    about.position = message.position
                    yield message
            async for message in _taken(member, key, about):
                yield message
        finally:
            sharing.leave(key, member)
    except Refusal as refusal:
        raise OperationRefused([refused(refusal, {})]) from refusal


async def _taken(member: Member, key: Shared, about: Context) -> AsyncGenerator[Message, None]:
    while True:
        message = await member.take()
        about.viewer = await about.renew()
        if rights(about.viewer, personal=key.personal) != key.rights:
            raise RightsChanged
        if message is None:
            continue
        if message.seen:
            await about.watch.note(message.seen, message.document)
        about.position = message.position
        yield message
        if message.last:
            return


async def _ensure_known(after: int | None) -> None:
    if after is None:
        return
    last = await log.last_position()
    if not 0 <= after <= last:
        raise PositionRefused(last)
    if last - after > KEPT:
        raise PositionExpired(KEPT)


async def _alone(source: Source, about: Context) -> AsyncGenerator[dict[str, Any], None]:
    found = await source.contract.stream(source.query, dict(source.variables), about, operation_name=source.name)
    try:
        async for result in found:
            about.statements.clear()
            extensions = {} if about.position is None else {"position": about.position}
            yield shown(getattr(result, "data", None), getattr(result, "errors", None), extensions)
    finally:
        await found.aclose()


async def _messages(source: Source, about: Context) -> AsyncGenerator[Message, None]:
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
    async for answer in _alone(source, about):
        of = about.live.telling if about.live is not None else None
        last = "data" not in answer
        position = None if last else about.position
        yield Message(reads.encode(answer), position, None if last else of, tuple(seen), "".join(documents[-1:]), last)
        seen.clear()


def _of_group(about: Context, inbox: Inbox) -> Context:
    """The context of a run that outlives the member it began with."""

    async def renew() -> Actor:
        return viewer

    viewer = about.viewer
    return replace(about, live=inbox, renew=renew, resume=None, position=None, statements=[])


async def _is_personal(source: Source, about: Context) -> bool:
    """Whether answers depend on who asks, beyond the rights they hold: the statements are written, none is run."""
    watch = reads.Watch(dry=True)
    async for _ in _alone(source, replace(about, watch=watch, statements=[])):
        pass
    return watch.rests is None or not watch.rests.isdisjoint(_PERSONAL)
