"""Publishing SLA policies, and having clocks counted anew."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

from domain.cases.states import CaseState
from domain.core import clock, events, specs, timers, transaction, versions
from domain.core.actor import Actor
from domain.core.errors import FieldProblem, ValidationFailed, invalid
from domain.core.models import ConfigVersion
from domain.core.transaction import Ref, atomic
from domain.core.versions import ConfigKind, Version
from domain.inquiries.states import InquiryState
from domain.sla.clocks import OPEN_STATES
from domain.sla.events import SlaPolicyPublished
from domain.sla.metrics import Metric
from domain.sla.policies import Policy
from domain.sla.recording import CONSUMER
from domain.sla.timeline import ATTRIBUTE_OF

CHANGE_TIMER = "SLA_CHANGE"
KEY = re.compile(r"[a-z0-9][a-z0-9._-]{0,126}")
_POLICIES = UUID("c6f6a6ff-37a0-55f4-8b57-8a5f7e0c4d21")
_CHANGES = Ref("sla_configuration", UUID("5b0c5f2e-0c8c-5a0e-8b1e-0f6f4f1f9a01"))
_ENDED = [CaseState.RESOLVED, CaseState.CLOSED, CaseState.MERGED, CaseState.CANCELLED]

_MARK = """
INSERT INTO dirty_subject (consumer, subject_type, subject_id)
SELECT $1, s.type, s.id FROM (
    SELECT 'case' AS type, id FROM "case" WHERE state <> ALL ($2)
    UNION SELECT 'inquiry', id FROM inquiry WHERE state <> $3
    UNION SELECT subject_type, subject_id FROM sla_clock WHERE state = ANY ($4)
) s
"""

# Verdicts on subjects that the policy could cover: those of which, for each thing it asks, some event told it.
_VERDICTS = """
SELECT EXISTS (
    SELECT 1 FROM (SELECT DISTINCT subject_type, subject_id FROM sla_clock
        WHERE policy_kind = $1 AND stopped_at >= $2) c
    WHERE NOT EXISTS (
        SELECT 1 FROM jsonb_to_recordset($3::jsonb) AS asked (place text[], allowed jsonb)
        WHERE NOT EXISTS (
            SELECT 1 FROM event e WHERE e.subject_type = c.subject_type AND e.subject_id = c.subject_id
                AND (asked.allowed @> (e.payload #> asked.place)
                    OR jsonb_typeof(e.payload #> asked.place) = 'array')))
) AS given
"""

_UPCOMING = """
SELECT min(effective_from) AS at FROM config_version
WHERE kind IN ('SLA_POLICY', 'CALENDAR') AND effective_from > app_clock()
"""


class _Page(BaseModel):
    """What a threshold can do: page by an escalation policy."""

    model_config = ConfigDict(extra="forbid")

    page: str
    urgency: str | None = None


def _policy_ref(key: str) -> Ref:
    """The policy as a subject of the log: its id follows from its key."""
    return Ref("sla_policy", uuid5(_POLICIES, key))


@atomic
async def publish_policy(
    key: str, *, by: Actor, spec: Mapping[str, Any], note: str, effective_from: datetime | None = None
) -> Version:
    """The next version of a policy. Verdicts given before it stay; what is open is counted by it from then on.

    Refuses unknown metrics, calendars and escalation policies, each by its path, and a version dated back to before
    a verdict of its kind.
    """
    by.ensure("config.publish")
    if not KEY.fullmatch(key):
        raise invalid("key", "Use small letters, digits, dots, dashes and underscores: live-rooms, for example.")
    policy = _read(key, spec)
    await _ensure_known(policy)
    if effective_from is not None:
        await _ensure_no_verdict_since(policy, effective_from)
    body = policy.model_dump(mode="json", exclude_defaults=True)
    version = await versions.publish(
        ConfigKind.SLA_POLICY, key, body, by=by, note=note, effective_from=effective_from
    )  # fmt: skip
    published = SlaPolicyPublished(
        key=key, version_id=version.id, rev=version.rev, effective_from=version.effective_from
    )
    await events.append(_policy_ref(key), published, by=by)
    return version


@atomic
async def refold_open(*, by: Actor) -> None:
    """Has every open subject folded anew in the background, now and whenever the next published version sets in."""
    by.ensure("system.enforce")
    connection = transaction.current().connection
    await connection.execute_query(
        _MARK,
        [CONSUMER, [s.value for s in _ENDED], InquiryState.CLOSED.value, [s.value for s in OPEN_STATES]],
    )
    (row,) = await connection.execute_query_dict(_UPCOMING)
    await timers.set_next(CHANGE_TIMER, _CHANGES, row["at"])


def _read(key: str, spec: Mapping[str, Any]) -> Policy:
    return specs.read(Policy, {**spec, "key": key})


async def _ensure_known(policy: Policy) -> None:
    rows = await ConfigVersion.filter(kind__in=[ConfigKind.CALENDAR, ConfigKind.ESCALATION_POLICY]).only("kind", "key")
    known = {(row.kind, row.key) for row in rows}
    if problems := list(_problems(policy, known)):
        raise ValidationFailed(problems)


def _problems(policy: Policy, known: set[tuple[ConfigKind, str]]) -> Iterator[FieldProblem]:
    for i, target in enumerate(policy.targets):
        at = ("spec", "targets", i)
        if target.metric not in set(Metric):
            yield FieldProblem((*at, "metric"), "UNKNOWN", f"There is no metric {target.metric!r}.")
        if target.calendar is not None and (ConfigKind.CALENDAR, target.calendar) not in known:
            yield FieldProblem((*at, "calendar"), "UNKNOWN", f"There is no calendar {target.calendar!r}.")
        for j, threshold in enumerate(target.thresholds):
            for k, action in enumerate(threshold.actions):
                here = (*at, "thresholds", j, "actions", k)
                try:
                    key = _Page.model_validate(action).page
                except ValidationError:
                    yield FieldProblem(here, "INVALID", 'Write {"page": policy} and, if you like, an "urgency".')
                    continue
                if (ConfigKind.ESCALATION_POLICY, key) not in known:
                    yield FieldProblem((*here, "page"), "UNKNOWN", f"There is no escalation policy {key!r}.")


async def _ensure_no_verdict_since(policy: Policy, effective_from: datetime) -> None:
    if effective_from >= await clock.now():
        return
    (row,) = await transaction.current().connection.execute_query_dict(
        _VERDICTS, [policy.kind.value, effective_from, orjson.dumps(list(_told_by_events(policy))).decode()]
    )
    if row["given"]:
        raise invalid(
            "effectiveFrom", "Verdicts were given since then. Give a later date, or none.", code="VERDICTS_GIVEN"
        )


def _told_by_events(policy: Policy) -> Iterator[dict[str, Any]]:
    """What some event must have told of a subject for the policy's scope to hold for it: where, and which values."""
    for name, match in policy.scope.subject:
        if not match.negated and None not in match.values and name not in ATTRIBUTE_OF.values():
            head, dot, rest = name.partition(".")
            yield {"place": [head, rest] if dot else [name], "allowed": match.values}
