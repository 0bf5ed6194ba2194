"""Publishing schedules, and changing who is on call for a while."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from tortoise import connections

from domain.core import clock, content, events, specs, transaction, versions
from domain.core.actor import Actor
from domain.core.errors import Forbidden, NotFound, invalid
from domain.core.ids import new_id, parse_public_id, public_id
from domain.core.models import ConfigVersion
from domain.core.texts import ensure_fits
from domain.core.transaction import Ref, atomic
from domain.core.versions import ConfigKind, Version
from domain.oncall import models, queries, roster, rules
from domain.oncall.errors import OverrideConflict, OverrideLeavesGap
from domain.oncall.events import AbsenceAdded, AbsenceWithdrawn, OverrideAdded, OverrideWithdrawn, SchedulePublished
from domain.oncall.references import stored, written
from domain.oncall.schedule import Override, OverrideConflictError, ScheduleVersion, ensure_no_conflict
from domain.oncall.states import AbsenceKind, OverrideKind
from domain.people.models import Person

LONGEST = timedelta(days=366)


@atomic
async def publish_schedule(
    key: str, *, by: Actor, spec: Mapping[str, Any], note: str, effective_from: datetime | None = None
) -> Version:
    """The next version of a schedule. People are written by e-mail address or id, and kept by id.

    Only the first may take effect in the past: what was said of it never changes afterwards.
    """
    by.ensure("config.publish")
    versions.ensure_key(key)
    schedule = specs.read(ScheduleVersion, spec)
    if effective_from is not None and effective_from < await clock.now() and await _is_known(key):
        raise invalid("effectiveFrom", "Give a time to come: past shifts never change.", code="IN_THE_PAST")
    users = {user for layer in schedule.layers for slot in layer.participants for user in slot}
    ids = await stored(users, path="spec")
    body = schedule.model_dump(mode="json")
    for layer in body["layers"]:
        layer["participants"] = [[ids[user] for user in slot] for slot in layer["participants"]]
    version = await versions.publish(
        ConfigKind.SCHEDULE, key, body, by=by, note=note, effective_from=effective_from
    )  # fmt: skip
    published = SchedulePublished(
        key=key, version_id=version.id, rev=version.rev, effective_from=version.effective_from
    )
    await events.append(queries.ref(key), published, by=by)
    return version


@atomic
async def add_override(
    schedule_key: str,
    *,
    by: Actor,
    kind: OverrideKind,
    starts_at: datetime,
    ends_at: datetime,
    removed_id: UUID | None = None,
    added_id: UUID | None = None,
    layer: str | None = None,
    reason: str | None = None,
) -> models.Override:
    """Changes who is on call from ``starts_at`` until before ``ends_at``, a year at most.

    OVERRIDE_CONFLICT names the override that already says so of the same person; of two at once one is refused.
    OVERRIDE_LEAVES_GAP where nobody would be left on call and no reason is given.
    """
    by.ensure("oncall.override")
    ensure_fits(models.Override, layer=layer)
    await queries.versions(schedule_key, path="scheduleKey")
    await _ensure_people(removedId=removed_id, addedId=added_id)
    asked = _asked(kind, starts_at, ends_at, removed_id=removed_id, added_id=added_id, layer=layer)
    await _one_at_a_time(schedule_key)
    over = await queries.changes(schedule_key, starts_at, ends_at)
    _ensure_alone(asked, over.overrides)
    if reason is None and kind is not OverrideKind.ADD:
        await _ensure_no_gap(schedule_key, asked)
    told = await content.store(reason, path="reason") if reason is not None else None
    override = models.Override(
        id=parse_public_id("override", asked.id),
        schedule_key=schedule_key,
        kind=kind,
        removed_id=removed_id,
        added_id=added_id,
        layer=layer,
        starts_at=starts_at,
        ends_at=ends_at,
        reason_id=told.id if told else None,
        created_seq=await _next_seq(),
    )
    added = OverrideAdded(
        override_id=override.id,
        override_kind=kind,
        removed_id=removed_id,
        added_id=added_id,
        layer=layer,
        starts_at=starts_at,
        ends_at=ends_at,
        reason=told,
    )
    (entry,) = await events.append(queries.ref(schedule_key), added, by=by)
    override.created_at = entry.recorded_at
    await override.save()
    return override


@atomic
async def withdraw_override(override_id: UUID, *, by: Actor) -> models.Override:
    """Ends an override now; what it did until now stays. Repeating changes nothing."""
    rules.ensure_can_override(by)
    override = await models.Override.filter(id=override_id).select_for_update().first()
    if override is None:
        raise NotFound("override", override_id)
    if override.withdrawn_at is None:
        withdrawn = OverrideWithdrawn(override_id=override.id)
        (entry,) = await events.append(queries.ref(override.schedule_key), withdrawn, by=by)
        override.withdrawn_at = entry.recorded_at
        await override.save(update_fields=["withdrawn_at"])
    return override


@atomic
async def add_absence(
    person_id: UUID, *, by: Actor, kind: AbsenceKind, starts_at: datetime, ends_at: datetime
) -> models.Absence:
    """Takes oneself, or anybody by who may override, off every schedule for a while. Nobody steps in by itself."""
    _ensure_own(by, person_id)
    await _ensure_people(personId=person_id)
    _ensure_interval(starts_at, ends_at)
    absence = models.Absence(id=new_id(), person_id=person_id, kind=kind, starts_at=starts_at, ends_at=ends_at)
    added = AbsenceAdded(absence_id=absence.id, absence_kind=kind, starts_at=starts_at, ends_at=ends_at)
    (entry,) = await events.append(Ref("person", person_id), added, by=by)
    absence.created_at = entry.recorded_at
    await absence.save()
    return absence


@atomic
async def withdraw_absence(absence_id: UUID, *, by: Actor) -> models.Absence:
    """Ends an absence now. Repeating changes nothing."""
    absence = await models.Absence.filter(id=absence_id).select_for_update().first()
    if absence is None:
        raise NotFound("absence", absence_id)
    _ensure_own(by, absence.person_id)
    if absence.withdrawn_at is None:
        absence.withdrawn_at = await clock.now()
        await absence.save(update_fields=["withdrawn_at"])
        await events.append(Ref("person", absence.person_id), AbsenceWithdrawn(absence_id=absence.id), by=by)
    return absence


async def _is_known(schedule_key: str) -> bool:
    return await ConfigVersion.exists(kind=ConfigKind.SCHEDULE, key=schedule_key)


def _asked(
    kind: OverrideKind,
    starts_at: datetime,
    ends_at: datetime,
    *,
    removed_id: UUID | None,
    added_id: UUID | None,
    layer: str | None,
) -> Override:
    """The override as the roster knows it, newest of all."""
    _ensure_interval(starts_at, ends_at)
    try:
        return Override(
            id=public_id("override", new_id()),
            kind=kind,
            start=starts_at,
            end=ends_at,
            created_seq=2**63 - 1,
            remove_user=written(removed_id) if removed_id else None,
            add_user=written(added_id) if added_id else None,
            layer=layer,
        )
    except ValidationError as error:
        raise invalid("kind", error.errors()[0]["msg"].removeprefix("Value error, ")) from None


def _ensure_alone(asked: Override, others: tuple[Override, ...]) -> None:
    try:
        ensure_no_conflict(asked, others)
    except OverrideConflictError as conflict:
        other = parse_public_id("override", conflict.other.id)
        assert other is not None  # noqa: S101 - written by queries.changes
        raise OverrideConflict(other) from None


async def _ensure_no_gap(schedule_key: str, asked: Override) -> None:
    now = await queries.stints(schedule_key, asked.start, asked.end)
    after = await queries.stints(schedule_key, asked.start, asked.end, also=(asked,))
    before = set(roster.gaps(now))
    if opened := [gap for gap in roster.gaps(after) if gap not in before]:
        raise OverrideLeavesGap(opened)


def _ensure_interval(starts_at: datetime, ends_at: datetime) -> None:
    if not starts_at < ends_at <= starts_at + LONGEST:
        raise invalid("endsAt", "Give an end after the start, and within a year of it.")


def _ensure_own(by: Actor, person_id: UUID) -> None:
    if by.person_id != person_id and not by.may("oncall.override"):
        raise Forbidden(permission="oncall.override")


async def _ensure_people(**named: UUID | None) -> None:
    """Refuses whoever does not work here, under the name of the input's field."""
    asked = {field: person_id for field, person_id in named.items() if person_id is not None}
    known = {row.id for row in await Person.filter(id__in=list(asked.values()), active=True)}
    for field, person_id in asked.items():
        if person_id not in known:
            raise NotFound("person", person_id, path=(field,))


async def _one_at_a_time(schedule_key: str) -> None:
    """Makes the second of two changes wait for the first, so that it can name what it conflicts with."""
    await transaction.current().connection.execute_query(
        "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", [f"override/{schedule_key}"]
    )


async def _next_seq() -> int:
    rows = await connections.get("default").execute_query_dict("SELECT nextval('override_created_seq') AS n")
    number: int = rows[0]["n"]
    return number
