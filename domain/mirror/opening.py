"""Opening the tracker of a connection: the mapping in effect, credentials, and one cheap call before the first."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from domain.core import clock, timers, versions
from domain.core.transaction import Ref, atomic
from domain.core.versions import ConfigKind
from domain.mirror.mapping import MirrorMapping
from domain.mirror.models import MirrorConnection
from domain.mirror.outcomes import Failure, Ok
from domain.mirror.ports import Tracker
from domain.mirror.remote import Account
from domain.mirror.rules import backoff, doubt, explain, trouble
from domain.mirror.states import MirrorConnectionState
from domain.mirror.trackers import Route, Trackers
from domain.people.models import Person

UNUSABLE = timedelta(minutes=2)
"""How long a link waits for a mapping or credentials before it looks again."""

POLL = "MIRROR_POLL"
"""The timer of a connection's next poll."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A tracker that answers, under one version of the mapping. `people`: person id → account."""

    mapping: MirrorMapping
    people: dict[str, str]
    tracker: Tracker


@dataclass(frozen=True, slots=True)
class Closed:
    """Why it cannot be worked with now, and when to look again."""

    reason: str
    again: datetime


async def open_tracker(connection: MirrorConnection, trackers: Trackers) -> Opened | Closed:
    """One read of the mapping; one request where the connection is new, or was in trouble."""
    found = await route(connection)
    tracker = _open(trackers, found) if found is not None else None
    if found is None or tracker is None:
        await note(connection.id, MirrorConnectionState.OPEN, "No usable mapping or no credentials are set")
        return Closed("No mapping or no credentials", await clock.now() + UNUSABLE)
    if (refused := await _introduce(connection, tracker)) is not None:
        return Closed(refused, await clock.now() + backoff(connection.failures))
    return Opened(found.mapping, dict(found.people), tracker)


async def route(connection: MirrorConnection) -> Route | None:
    """The connection with the mapping in effect; None where none is published."""
    version = await versions.latest(ConfigKind.MIRROR_MAPPING, connection.key)
    if version is None:
        return None
    mapping = MirrorMapping.model_validate(version.body)
    return Route(
        connection.key, connection.kind, connection.base_url, version.id, mapping, await people_ids(mapping.people),
        doubt(connection.doubt_grace).ends_within,
    )  # fmt: skip


async def people_ids(people: dict[str, str]) -> dict[str, str]:
    """Accounts by person id, for people named by e-mail address or id; who is not known is left out."""
    by_email = {row.email: str(row.id) for row in await Person.filter(email__in=[n.lower() for n in people])}
    found = {}
    for name, account in people.items():
        person = by_email.get(name.lower(), None if "@" in name else name)
        if person is not None:
            found[person] = account
    return found


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
    await _answers(connection.id, answer.value)
    return None


@atomic
async def _answers(connection_id: UUID, account: Account) -> None:
    """The tracker answers. One that was away is asked at once what happened meanwhile."""
    connection = await MirrorConnection.filter(id=connection_id).select_for_update().get()
    was_away = connection.state is not MirrorConnectionState.OK
    connection.state, connection.reason, connection.failures = MirrorConnectionState.OK, None, 0
    connection.retry_at, connection.account_id = None, account.id
    await connection.save(update_fields=["state", "reason", "failures", "retry_at", "account_id"])
    if was_away:
        await timers.arm(POLL, ref(connection_id), await clock.now())


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


def ref(connection_id: UUID) -> Ref:
    """The connection as a subject of the log, of timers and of effects."""
    return Ref("mirror_connection", connection_id)
