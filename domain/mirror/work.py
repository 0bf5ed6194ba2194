"""Working a lane: opens the tracker, carries out operation after operation, and tells the connection how it went."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from domain.core import clock, versions
from domain.core.transaction import atomic
from domain.core.versions import ConfigKind
from domain.mirror import lane
from domain.mirror.lane import Hold, LaneLost
from domain.mirror.mapping import MirrorMapping
from domain.mirror.models import MirrorConnection, MirrorLink, MirrorOperation
from domain.mirror.outcomes import Failure, Ok
from domain.mirror.ports import Tracker
from domain.mirror.rules import Later, Result, Stuck, after, backoff, explain, trouble
from domain.mirror.states import MirrorConnectionState, MirrorOperationState
from domain.mirror.trackers import Route, Trackers
from domain.people.models import Person


@dataclass(frozen=True, slots=True)
class Run:
    """One operation being carried out, outside any transaction. `people`: person id → account."""

    hold: Hold
    link: MirrorLink
    connection: MirrorConnection
    operation: MirrorOperation
    mapping: MirrorMapping
    people: dict[str, str]
    tracker: Tracker

    async def failed(self, failure: Failure) -> Result:
        """What becomes of the operation after a failure that left nothing in doubt; the connection learns of it."""
        await note_failure(self.connection.id, failure)
        return after(failure, attempts=self.operation.attempts, now=await clock.now())


async def route(connection: MirrorConnection) -> Route | None:
    """The connection with the mapping in effect; None where none is published."""
    version = await versions.latest(ConfigKind.MIRROR_MAPPING, connection.key)
    if version is None:
        return None
    mapping = MirrorMapping.model_validate(version.body)
    return Route(
        connection.key, connection.kind, connection.base_url, version.id, mapping, await people_ids(mapping.people)
    )


async def people_ids(people: dict[str, str]) -> dict[str, str]:
    """Accounts by person id, for people named by e-mail address or id; who is not known is left out."""
    by_email = {row.email: str(row.id) for row in await Person.filter(email__in=[n.lower() for n in people])}
    found = {}
    for name, account in people.items():
        person = by_email.get(name.lower(), None if "@" in name else name)
        if person is not None:
            found[person] = account
    return found


UNUSABLE = timedelta(minutes=2)
"""How long a link waits for a mapping or credentials before it looks again."""

Doer = Callable[[Run], Awaitable[Result]]


async def work(hold: Hold, trackers: Trackers, doers: Mapping[str, Doer]) -> None:
    """Carries out what the lane holds until nothing is due. A lane lost on the way is left to its new holder."""
    try:
        while (operation := await lane.next_operation(hold)) is not None:
            await lane.settle(hold, operation, await _carry_out(hold, operation, trackers, doers))
    except LaneLost:
        return


async def _carry_out(
    hold: Hold, operation: MirrorOperation, trackers: Trackers, doers: Mapping[str, Doer]
) -> Result:  # fmt: skip
    link = await MirrorLink.get(id=hold.link_id)
    connection = await MirrorConnection.get(id=link.connection_id)
    found = await route(connection)
    tracker = _open(trackers, found) if found is not None else None
    if found is None or tracker is None:
        await note(connection.id, MirrorConnectionState.OPEN, "No usable mapping or no credentials are set")
        return Later((await clock.now()) + UNUSABLE, "No mapping or no credentials")
    if (refused := await _introduce(connection, tracker)) is not None:
        return Later((await clock.now()) + backoff(connection.failures), refused)
    run = Run(hold, link, connection, operation, found.mapping, dict(found.people), tracker)
    doer = doers.get(operation.kind)
    return await doer(run) if doer else Stuck(MirrorOperationState.BLOCKED, f"Nobody knows how to {operation.kind}")


def _open(trackers: Trackers, found: Route) -> Tracker | None:
    """A mapping its adapter cannot use is as good as none: the connection says so until a better one is published."""
    try:
        return trackers.of(found)
    except ValueError:
        return None


async def _introduce(connection: MirrorConnection, tracker: Tracker) -> str | None:
    """One cheap call before the first, and after trouble; says what went wrong."""
    if connection.state is MirrorConnectionState.OK and connection.account_id is not None:
        return None
    answer = await tracker.check()
    if not isinstance(answer, Ok):
        await note_failure(connection.id, answer)
        return explain(answer)
    connection.account_id = answer.value.id
    await MirrorConnection.filter(id=connection.id).update(
        state=MirrorConnectionState.OK, reason=None, failures=0, retry_at=None, account_id=answer.value.id
    )
    return None


@atomic
async def note_failure(connection_id: UUID, failure: Failure) -> None:
    """Counts a failure that says something of the connection, and pauses it after five in a row."""
    connection = await MirrorConnection.filter(id=connection_id).select_for_update().get()
    learned = trouble(failure, failures=connection.failures, now=await clock.now())
    if learned is None:
        return
    connection.failures += 1
    connection.state, connection.reason, connection.retry_at = learned.state, learned.reason, learned.pause_until
    await connection.save(update_fields=["state", "reason", "failures", "retry_at"])


@atomic
async def note(connection_id: UUID, state: MirrorConnectionState, reason: str) -> None:
    """Says what is wrong with a connection."""
    await MirrorConnection.filter(id=connection_id).update(state=state, reason=reason)
