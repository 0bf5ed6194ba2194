"""A desk with a little of everything, for operations that nobody wrote: made through the actions, then left alone."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from tortoise import connections

from caseward.demo import history, organisation
from caseward.wiring import wire
from domain.bulk import actions as bulk
from domain.bulk.choosing import Choice
from domain.bulk.states import BulkErrorPolicy
from domain.cases import actions as cases
from domain.cases import steps
from domain.cases.models import Case, CaseComment
from domain.cases.states import CaseKind, EvidenceKind, Priority, Sensitivity, Severity, SignalOrigin
from domain.core import clock
from domain.core.actor import Actor, ActorKind, Tool, system
from domain.core.erasure import erase
from domain.core.ids import new_id
from domain.core.transaction import Ref, transaction
from domain.escalation import actions as escalation
from domain.files import actions as files
from domain.files.models import Evidence
from domain.inquiries import actions as inquiries
from domain.inquiries.models import InquiryMessage
from domain.inquiries.states import InquiryKind
from domain.mirror import actions as mirror
from domain.mirror import projection
from domain.mirror.models import MirrorConflict, MirrorLink, MirrorOperation
from domain.mirror.states import MirrorConflictState, MirrorOperationState
from domain.oncall import actions as oncall
from domain.oncall.states import OverrideKind
from domain.people import actions as people
from domain.people.queries import actor_of_principal
from domain.people.roles import Role
from domain.review import actions as review
from domain.review.states import DecisionKind
from domain.sla.models import SlaClock, SlaFiring
from domain.views import actions as views
from domain.views.states import ViewOf
from integrations import connect
from integrations.jira.emulator.mapping import emulator_mapping
from integrations.jira.trackers import mirror_mapping
from integrations.settings import Settings
from tests.builders import SYSTEM, a_person, a_room, a_signal, an_account
from tests.desk import settle
from tests.files import a_file

ODD = 'It\'s "odd" \\ %_ \n\t{row} $1 é 直播 \U0001f600'


@dataclass(frozen=True, slots=True)
class Desk:
    """Who may ask, by what they are; and what of the restricted cases some of them may never be told."""

    viewers: Mapping[str, Actor]
    hidden: Mapping[str, frozenset[str]]


async def populate(home: Path) -> Desk:
    """Fills the connected, migrated database, and stops its clock."""
    wire()
    staff = (await organisation.load(Settings(home=home))).people
    weeks_ago = await clock.now() - timedelta(days=history.DAYS)
    for past in itertools.islice(history._weeks(), 16):
        await history._bring_in(past, start=weeks_ago, reviewer=list(staff.values())[past.number % 4])
    actors = {address: await actor_of_principal(one.id, tool=Tool.GRAPHQL) for address, one in staff.items()}
    ada, bo, dana = actors["ada@desk.example"], actors["bo@desk.example"], actors["dana@desk.example"]
    cleared = await a_person("Cleo", Role.LEAD, clearances=("RESTRICTED",))
    flagger = await an_account("watchers", Role.FLAGGER)
    found = await _cases(ada, flagger)
    await _reviewed(found, ada, bo)
    await _inquiries(ada, found)
    await _brought(ada, found)
    await _paged(found, cleared)
    await _mirrored(found)
    await oncall.add_override(
        "live-desk", by=bo, kind=OverrideKind.ADD, added_id=staff["ada@desk.example"].id,
        starts_at=await clock.now() + timedelta(days=1),
        ends_at=await clock.now() + timedelta(days=2), reason=ODD,
    )  # fmt: skip
    await _batched(found, bo)
    await _viewed(found, bo)
    await settle(connect(Settings(home=home)))
    await _fired()
    await _stop_clock()
    viewers = {
        "system": system(Tool.GRAPHQL),
        "admin": actors["root@desk.example"],
        "cleared": cleared,
        "reviewer": ada,
        "viewer": await a_person("Vic", Role.VIEWER),
        "rater": await a_person("Ray", Role.RATER),
        "flagger": flagger,
        "narrow": replace(dana, permissions=frozenset({"case.read"})),
        "tracker": await an_account("tracker", Role.TRACKER, kind=ActorKind.SERVICE),
        "nobody": Actor(id=new_id(), kind=ActorKind.SERVICE, name="Nobody"),
    }
    secrets = await _secrets()
    return Desk(viewers, {name: secrets for name in viewers if name not in {"system", "admin", "cleared"}})


async def _batched(found: list[Case], bo: Actor) -> None:
    named = Choice(ids=[found[0].id, found[9].id, new_id()], unknown=["CASE-9999"])
    for dry in (True, False):
        await bulk.start(
            steps.Comment(text=ODD), by=bo, choice=named, error_policy=BulkErrorPolicy.SKIP_FAILED, validate_only=dry
        )


async def _viewed(found: list[Case], bo: Actor) -> None:
    """A view of one's own and a team's; and that somebody was shown what not everybody may see."""
    (team, *_) = bo.teams
    kept = {"state": {"in": ["QUEUED", "IN_REVIEW"]}}
    await views.save(f"Mine {ODD}", by=bo, of=ViewOf.CASE, filter=kept, order=["-opened_at"])
    await views.save("Ours", by=bo, of=ViewOf.INQUIRY, filter={}, team_id=team)
    shown = [("case", case.id) for case in found[8:11]]
    await people.note_reads(shown, by=SYSTEM, document="sha256:0", request_id="r-1")


async def _fired() -> None:
    """Thresholds that were acted on, one of them of a promise that was made anew since."""
    now = await clock.now()
    for n, each in enumerate(await SlaClock.all().order_by("id").limit(8)):
        await SlaFiring.create(
            id=new_id(), subject_type=each.subject_type, subject_id=each.subject_id, clock_id=each.id,
            threshold=(-1, 75)[n % 2], revision=each.revision, at=now, fired_at=now, event_id=n,
            voided_at=now if n % 3 == 0 else None,
        )  # fmt: skip


async def _secrets() -> frozenset[str]:
    """Ids and keys of restricted cases and of what belongs to them, and words of their texts."""
    restricted = await Case.filter(sensitivity=Sensitivity.RESTRICTED)
    ids = [case.id for case in restricted]
    comments = await CaseComment.filter(case_id__in=ids)
    clocks = await SlaClock.filter(subject_id__in=ids)
    pieces = await Evidence.filter(case_id__in=ids)
    named = [f"case_{one.hex}" for one in ids] + [f'"CASE-{case.number}"' for case in restricted]
    below = [f"comment_{one.id.hex}" for one in comments] + [f"slaclock_{one.id.hex}" for one in clocks]
    below += [f"evidence_{one.id.hex}" for one in pieces] + [f"file_{one.file_id.hex}" for one in pieces]
    return frozenset([*named, *below, "Restricted 0", "Restricted 1", "Hidden 0", "Hidden 1"])


async def _stop_clock() -> None:
    """What depends on the time of the statement is the same for whoever asks."""
    now = (await clock.now()).isoformat()
    await connections.get("default").execute_script(
        "CREATE OR REPLACE FUNCTION app_clock() RETURNS timestamptz LANGUAGE sql STABLE AS"
        f" $$ SELECT '{now}'::timestamptz $$"
    )


async def _cases(ada: Actor, flagger: Actor) -> list[Case]:
    """Live cases in many states, some of them restricted, with odd texts and an erased one."""
    system_intake = await an_account("filers")
    found = [
        (await a_signal(system_intake, room=a_room(f"room-{n}", reach=n * 100), key=f"s-{n}")).case for n in range(8)
    ]
    for n in range(3):
        await a_signal(flagger, room=a_room(f"room-{n}"), key=f"f-{n}")
    for n in range(6):
        secret = await cases.open_case(
            f"Restricted {n} {ODD}", by=SYSTEM, kind=CaseKind.SERVICE, severity=list(Severity)[n % 5],
            sensitivity=Sensitivity.RESTRICTED, report=a_room(f"room-s{n % 2}") if n % 3 else None, region="BR",
        )  # fmt: skip
        found.append(secret)
        await cases.comment(secret.id, by=SYSTEM, text=f"Hidden {n}")
    await cases.file_signal(
        a_room("room-s0"), by=SYSTEM, origin=SignalOrigin.LEGAL, reason_code="SCAM", dedupe_key="x-1", detail=ODD,
        confidence=0.1, sensitivity=Sensitivity.RESTRICTED,
    )  # fmt: skip
    for n, case in enumerate(found[:6]):
        await cases.claim(case.id, by=ada)
        for k in range(n):
            await cases.comment(case.id, by=(ada, SYSTEM)[k % 2], text=f"{ODD} {k}")
    await cases.save_draft(found[0].id, by=ada, text=ODD)
    await cases.hold(found[1].id, by=ada, reason="WAITING", until=await clock.now() + timedelta(hours=2))
    await cases.escalate(found[2].id, by=ada, reason=ODD)
    await cases.prioritize(found[3].id, by=ada, priority=Priority.P1)
    await cases.cancel(found[7].id, by=SYSTEM, reason="DUPLICATE")
    await erase([found[6].title_id], by=SYSTEM, reason="Asked for")
    return found


async def _reviewed(found: list[Case], ada: Actor, bo: Actor) -> None:
    for case, kind in ((found[3], DecisionKind.VIOLATION), (found[4], DecisionKind.NO_VIOLATION)):
        await review.decide(
            case.id, by=ada, kind=kind, reasoning=ODD, private_note="Between us",
            policy_keys=["live.scam"] if kind is DecisionKind.VIOLATION else [],
        )  # fmt: skip
    await cases.reopen(found[4].id, by=ada, reason="NEW_SIGNAL")
    await cases.assign(found[5].id, by=bo, assignee_id=bo.person_id)


async def _inquiries(ada: Actor, found: list[Case]) -> None:
    for n in range(5):
        filed = await inquiries.file(
            f"Inquiry {n} {ODD}", by=SYSTEM, kind=list(InquiryKind)[n % 4], channel="web", external_id=f"i-{n}",
            text=ODD, requester=inquiries.From(address=f"mia{n % 2}@example.org", name="Mia"),
        )  # fmt: skip
        if n:
            await inquiries.reply(filed.inquiry.id, by=ada, text="We look into it.")
        if n > 1:
            await inquiries.note(filed.inquiry.id, by=ada, text=ODD)
            await inquiries.link(filed.inquiry.id, by=SYSTEM, case_id=found[n + 6].id)
    await inquiries.convert(filed.inquiry.id, by=ada)


async def _brought(ada: Actor, found: list[Case]) -> None:
    """Evidence of many cases, some of them restricted, one of it erased and one held; a file added to a remark, one to
    a message, and one that belongs to nothing."""
    at = await clock.now()
    for n, case in enumerate([*found[:4], *found[8:11]]):
        kept = [await a_file(SYSTEM, content=bytes([n, k]), name=f"{n} é 直播 '{k}'.png") for k in range(1 + n % 2)]
        await files.add_evidence(
            case.id, by=SYSTEM, file_ids=[each.id for each in kept], kind=list(EvidenceKind)[n % 5],
            captured_at=at - timedelta(hours=n % 3), note=ODD if n % 2 else None, source=ODD if n % 3 else None,
            starts_at=timedelta(minutes=n) if n % 2 else None,
        )  # fmt: skip
        if n == 1:
            await files.erase(kept[0].id, by=SYSTEM, reason="Asked for")
        if n == 2:
            await files.hold(kept[0].id, by=SYSTEM, reason="A matter")
    said = await CaseComment.filter(author_id=ada.id).order_by("id").first()
    written = await InquiryMessage.filter(author_id=ada.id).order_by("id").first()
    assert said is not None
    assert written is not None
    await files.attach_to_comment(said.id, by=ada, file_ids=[(await a_file(ada)).id])
    await files.attach_to_message(written.id, by=ada, file_ids=[(await a_file(ada)).id])
    await a_file(ada)


async def _paged(found: list[Case], cleared: Actor) -> None:
    """By whom restricted cases are seen, whoever is on call at the hour of the run."""
    pages = [
        await escalation.page("live-desk", by=SYSTEM, subject=Ref("case", found[n].id), dedup_key=f"p-{n}", title=ODD)
        for n in (0, 3, 9, 10)
    ]
    await escalation.page("live-desk", by=SYSTEM, subject=Ref("case", found[0].id), dedup_key="p-0", title=ODD)
    await escalation.acknowledge(pages[1].id, by=cleared)
    await escalation.acknowledge(pages[2].id, by=cleared)
    await escalation.resolve(pages[2].id, by=cleared)


async def _mirrored(found: list[Case]) -> None:
    connection = await mirror.connect("jira", by=SYSTEM, kind="jira", base_url="https://example.atlassian.net")
    body: dict[str, Any] = mirror_mapping(emulator_mapping()).model_dump(mode="json")
    await mirror.publish_mapping("jira", body=body, by=SYSTEM)
    for case in found[:3] + found[8:11]:
        async with transaction():
            await projection.recompute(Ref("case", case.id))
    now = await clock.now()
    for n, link in enumerate(await MirrorLink.filter(connection_id=connection.id).order_by("id")):
        await MirrorConflict.create(
            link_id=link.id, field="summary", before=None, ours=ODD, theirs="x", state=MirrorConflictState.OPEN,
            reason="BOTH_CHANGED", created_at=now, last_at=now,
        )  # fmt: skip
        await MirrorOperation.filter(link_id=link.id).update(
            state=list(MirrorOperationState)[n % len(MirrorOperationState)], error=ODD if n % 2 else None
        )
