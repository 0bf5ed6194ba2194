"""Lists followed by many: whoever asks the same with the same rights shares one run of it, and its bytes.

A group reads and encodes each change once. A member takes what it can: changes wait for it in a bounded box, the newest
state of each row; whoever does not empty it is told so and let go.
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator, Collection, Hashable
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import orjson

from api.answers import Source, alone, is_personal, messages
from api.aside import Aside
from api.feed import Feed, Inbox, Past
from api.members import Member, Message, Wheel
from api.refusals import OperationRefused, logged
from api.showing import refused
from domain.core import log
from domain.core.actor import Actor
from domain.core.errors import Refusal
from schema import reads
from schema.context import Context
from schema.following import STORIES, PositionRefused
from schema.lists import PositionExpired, RightsChanged
from schema.live import LISTINGS
from schema.naming import Root, root_of

KEPT = 10_000
"""Positions within which a list can be taken up again."""
BEGINNING = 4
"""Clients that join at a time: whoever is told already does not wait for a crowd that comes back."""
READING = 4
"""Statements that all groups run at a time."""
REHEARSED = 2000


@dataclass(slots=True, eq=False)
class Group:
    """One run of a list's subscription, and who takes what it tells."""

    inbox: Inbox
    members: set[Member] = field(default_factory=set)
    told: int = 0
    ended: bool = False
    running: "asyncio.Task[None] | None" = None

    @property
    def is_over(self) -> bool:
        """Whether whoever joins would hear nothing any more."""
        return self.ended or self.running is None or self.running.done()

    @property
    def position(self) -> int:
        """Everything up to here has been told; whoever joins now is told what comes after it."""
        return max(self.inbox.position, self.told)

    async def run(self, source: Source, about: Context) -> None:
        """Runs until nobody is left, or to its error."""
        try:
            async with aclosing(messages(source, about)) as each:
                async for message in each:
                    self._tell(message)
        except Exception as error:  # noqa: BLE001 - the runner of what many follow: each of them is told that it ended
            told = {"code": "INTERNAL", "retryable": True, "errorId": logged(error)}
            failed = {"message": "Something went wrong on our side. Tell us the errorId.", "extensions": told}
            self._tell(Message(reads.encode({"errors": [failed]}), None, None, last=True))

    def _tell(self, message: Message) -> None:
        self.told, self.ended = message.position or self.told, message.last
        for member in self.members:
            member.put(message)


@dataclass(frozen=True, slots=True)
class Shared:
    """What those who share a group have in common."""

    asked: Hashable
    rights: Hashable
    personal: bool


class Sharing:
    """All groups of the process."""

    def __init__(self, feed: Feed) -> None:
        self.beginning = asyncio.Semaphore(BEGINNING)
        self._feed = feed
        self._wheel = Wheel()
        self._aside: Aside | None = None
        self._groups: dict[Shared, Group] = {}
        self._personal: OrderedDict[Hashable, bool] = OrderedDict()

    async def key(self, source: Source, root: Root, about: Context) -> Shared:
        """What a group has in common. The person is part of it only where answers depend on who asks."""
        variables = {name: value for name, value in source.variables.items() if name != root.after_variable}
        asked = (source.contract, source.query, source.name, orjson.dumps(variables, option=orjson.OPT_SORT_KEYS))
        personal = self._personal.get(asked)
        if personal is None:
            personal = self._personal[asked] = await is_personal(source, about)
            if len(self._personal) > REHEARSED:
                self._personal.popitem(last=False)
        return Shared(asked, rights(about.viewer, personal=personal), personal)

    async def join(
        self, key: Shared, source: Source, kinds: Collection[str], about: Context, after: int | None
    ) -> Member:
        """A member of the group with this key, which begins with its first; it is told what comes after ``after``."""
        group = self._groups.get(key)
        if group is None or group.is_over:
            inbox = await self._feed.open(kinds)
            # somebody else may have begun it meanwhile
            group = self._groups.get(key)
            if group is None or group.is_over:
                group = self._groups[key] = self._begun(inbox, source, about)
            else:
                self._feed.close(inbox)
        member = Member(group.position if after is None else after, group.position)
        group.members.add(member)
        self._wheel.add(member)
        return member

    def _begun(self, inbox: Inbox, source: Source, about: Context) -> Group:
        if self._aside is None:
            self._aside = Aside(about.pool, READING)
        group = Group(inbox)
        group.running = asyncio.create_task(group.run(source, _of_group(about, inbox, self._aside)))
        group.running.add_done_callback(partial(self._ended, inbox))
        return group

    def _ended(self, inbox: Inbox, _: "asyncio.Task[None]") -> None:
        self._feed.close(inbox)

    def leave(self, key: Shared, member: Member) -> None:
        """The last to leave ends the group."""
        self._wheel.remove(member)
        group = self._groups.get(key)
        if group is None or member not in group.members:
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


async def followed(
    sharing: Sharing, source: Source, about: Context
) -> AsyncGenerator[dict[str, Any] | Message | None, None]:
    """Every answer of a subscription; None now and then while there is none. TOKEN_INVALID, RIGHTS_CHANGED and
    STREAM_OVERRUN end it.
    """
    root = root_of(source.contract, source.node, about.document, source.variables)
    kinds = None if root is None else _kinds(root.name)
    if root is None or kinds is None:
        async with aclosing(alone(source, about)) as answers:
            async for answer in answers:
                yield answer
        return
    after = about.resume if about.resume is not None else root.after
    try:
        await _ensure_known(after, expires=root.name in LISTINGS)
        while True:
            try:
                async with aclosing(_shared(sharing, source, root, about, after)) as told:
                    async for message in told:
                        yield message
            except RightsChanged:
                # a list is another one then; the story of one subject goes on where it was
                if root.name in LISTINGS:
                    raise
                after = about.position
            else:
                return
    except Refusal as refusal:
        raise OperationRefused([refused(refusal, {})]) from refusal


def _kinds(name: str) -> Collection[str] | None:
    return LISTINGS[name].by if name in LISTINGS else STORIES.get(name)


async def _shared(
    sharing: Sharing, source: Source, root: Root, about: Context, after: int | None
) -> AsyncGenerator[Message | None, None]:
    kinds = _kinds(root.name) or ()
    async with sharing.beginning:
        key = await sharing.key(source, root, about)
        member = await sharing.join(key, source, kinds, about, after)
    about.position = member.joined if after is None else after
    try:
        if after is not None and after < member.joined:
            past = replace(about, live=Past(kinds, after, member.joined), resume=None, statements=[])
            async with aclosing(messages(source, past)) as missed:
                async for message in missed:
                    about.position = message.position
                    yield message
                    if message.last:
                        return
        async with aclosing(_taken(member, key, about)) as news:
            async for taken in news:
                yield taken
    finally:
        sharing.leave(key, member)


async def _taken(member: Member, key: Shared, about: Context) -> AsyncGenerator[Message | None, None]:
    while True:
        message = await member.take()
        known, about.viewer = about.viewer, await about.renew()
        if about.viewer is not known and rights(about.viewer, personal=key.personal) != key.rights:
            raise RightsChanged
        if message is not None:
            if message.seen:
                await about.watch.note(message.seen, message.document)
            about.position = message.position
        yield message
        if message is not None and message.last:
            return


async def _ensure_known(after: int | None, *, expires: bool) -> None:
    if after is None:
        return
    last = await log.last_position()
    if not 0 <= after <= last:
        raise PositionRefused(last)
    if expires and last - after > KEPT:
        raise PositionExpired(KEPT)


def _of_group(about: Context, inbox: Inbox, pool: Any) -> Context:
    """The context of a run that outlives the member it began with."""

    async def renew() -> Actor:
        return viewer

    viewer = about.viewer
    return replace(about, live=inbox, pool=pool, renew=renew, resume=None, position=None, statements=[])
