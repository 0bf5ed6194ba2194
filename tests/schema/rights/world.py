"""A desk with one of everything, and for every mutation a situation in which whoever has the right succeeds.

A situation is written from the rules: what must be there first, what is sent, and where a role's own nature (a program
holds no lease) asks for another outcome. It is made inside the transaction in which the mutation runs.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from domain.cases import actions as cases
from domain.cases.models import Case
from domain.cases.senders import origins_of
from domain.cases.states import CaseKind, EvidenceKind, Sensitivity
from domain.core import clock
from domain.core.actor import Actor
from domain.core.ids import new_id
from domain.core.transaction import Ref
from domain.escalation import actions as pages
from domain.escalation.models import PageRun
from domain.files import actions as files
from domain.inquiries import actions as inquiries
from domain.inquiries.states import InquiryKind
from domain.mirror import actions as mirror
from domain.notify import actions as notify
from domain.notify.states import ContactKind
from domain.oncall import actions as oncall
from domain.oncall.states import OverrideKind
from domain.people import actions as people
from domain.people.queries import actor_of_principal
from domain.people.roles import Role
from domain.review import actions as review
from integrations import postgres
from tests.builders import SYSTEM, a_person, a_queue, a_signal, a_team, an_account
from tests.domain.promises import promise
from tests.files import a_file

PROGRAMS = frozenset({Role.FLAGGER, Role.INTAKE, Role.DETECTOR, Role.AUTOMATION, Role.TRACKER})
WEEKLY = {"layers": [{"key": "first", "period": "WEEK", "anchor": "2026-03-02T09:00:00", "participants": []}]}
SUBJECT = {"kind": "LIVE_SESSION", "externalRef": "room-new"}


@dataclass(kw_only=True)
class World:
    """Who and what there is. ``free`` lies in the queue, ``held`` is under Ada's review, ``over`` is cancelled,
    ``hidden`` is for those with a clearance, ``service`` has no decision to wait for."""

    actors: dict[str, Actor] = field(default_factory=dict)
    pool: Any
    ada: Actor
    queue: str
    second: str
    free: Case
    held: Case
    over: Case
    hidden: Case
    service: Case
    inquiry: str
    page: str
    policy: str
    other: str
    connection: str
    override: str


async def a_world() -> World:
    team = await a_team()
    queue = await a_queue(team=team.id)
    second = await a_queue("second", team=team.id, position=2)
    ada = await a_person("Ada", Role.ADMIN, team=team.id)
    sender = await an_account("sender")
    free, held, over = [(await a_signal(sender)).case for _ in range(3)]
    await cases.claim(held.id, by=ada)
    await cases.cancel(over.id, by=SYSTEM, reason="SPAM")
    hidden = await cases.open_case(
        "Hidden", by=SYSTEM, kind=CaseKind.REACTIVE, sensitivity=Sensitivity.SENSITIVE, reason_code="X"
    )
    service = await cases.open_case("Service", by=SYSTEM, kind=CaseKind.SERVICE)
    await cases.queue(service.id, by=SYSTEM, queue_id=queue.id)
    inquiry = await inquiries.file(
        "Why?", by=SYSTEM, text="Why?", kind=InquiryKind.QUESTION, channel="api", external_id="i-1", team_id=team.id
    )
    steps = {
        "steps": [{"delay_s": 0, "targets": [{"kind": "PERSON", "key": "ada@example.org"}]}],
        "fallback": ["ada@example.org"],
    }
    await pages.publish_policy("desk", by=SYSTEM, spec=steps, note="first")
    page = await pages.page("desk", by=SYSTEM, subject=Ref("desk", new_id()), title="Look", dedup_key="d-1")
    await review.publish_policy("live.scam", by=SYSTEM, body={"title": "Scams", "allowed_actions": ["WARN"]}, note="1")
    await oncall.publish_schedule("live", by=SYSTEM, spec={"tz": "UTC"} | WEEKLY, note="first")
    connection = await mirror.connect("jira", by=SYSTEM, kind="jira", base_url="https://tracker.example")
    now = await clock.now()
    assert ada.person_id is not None
    override = await oncall.add_override(
        "live", by=SYSTEM, kind=OverrideKind.ADD, starts_at=now + timedelta(days=9), ends_at=now + timedelta(days=10),
        added_id=ada.person_id,
    )  # fmt: skip
    world = World(
        pool=postgres.pool(),
        ada=ada,
        queue=f"queue_{queue.id.hex}",
        second=f"queue_{second.id.hex}",
        free=free,
        held=held,
        over=over,
        hidden=hidden,
        service=service,
        inquiry=f"inquiry_{inquiry.inquiry.id.hex}",
        page=f"page_{page.id.hex}",
        policy="desk",
        other=f"principal_{sender.id.hex}",
        connection=f"tracker_{connection.id.hex}",
        override=f"override_{override.id.hex}",
    )
    world.actors = await _actors(team.id)
    return world


async def _actors(team: Any) -> dict[str, Actor]:
    """One actor of every role, programs where programs have it; one of none, and one whose token has no scope."""
    found: dict[str, Actor] = {}
    for role in Role:
        if role in PROGRAMS:
            found[role.value] = await an_account(role.value.lower(), role)
        else:
            found[role.value] = await a_person(role.value.title(), role, team=team, lead=role is Role.LEAD)
    nobody = await people.add_person("Nobody", by=SYSTEM, email="nobody@example.org")
    found["nobody"] = await actor_of_principal(nobody.id, tool=SYSTEM.tool)
    found["narrowed"] = await actor_of_principal(found["ADMIN"].id, tool=SYSTEM.tool, scopes=frozenset())
    return found


Given = Mapping[str, Any]
Make = Callable[[World, Actor], Awaitable[Given]]


@dataclass(frozen=True, kw_only=True)
class Situation:
    """``make`` prepares and gives the input; ``code`` is the outcome for whoever has the right, ``programs`` that for
    accounts of no person."""

    make: Make
    code: str = "SUCCESS"
    programs: str | None = None

    def expected(self, by: Actor) -> str:
        return self.programs if self.programs is not None and by.person_id is None else self.code


def on(case: str, **more: Any) -> Make:
    """The input of a mutation about one of the world's cases."""

    async def make(world: World, _: Actor) -> Given:
        found: Case = getattr(world, case)
        return {"id": f"case_{found.id.hex}", "expectedVersion": None} | more

    return make


def reviewed(**more: Any) -> Make:
    """A case under the actor's own review; under Ada's for a program, which can hold none."""

    async def make(world: World, by: Actor) -> Given:
        if by.person_id is None or not by.may("case.claim"):
            return await on("held", **more)(world, by)
        await cases.claim(world.free.id, by=by)
        return await on("free", **more)(world, by)

    return make


def plain(**given: Any) -> Make:
    """Input that takes what it names from the world: ``"@page"`` is its page."""

    async def make(world: World, _: Actor) -> Given:
        return {
            name: getattr(world, value[1:]) if isinstance(value, str) and value.startswith("@") else value
            for name, value in given.items()
        }

    return make


async def _extended(world: World, by: Actor) -> Given:
    if by.person_id is None:
        return {"id": f"case_{world.held.id.hex}", "leaseToken": str(new_id())}
    lease = await cases.claim(world.free.id, by=by)
    return {"id": f"case_{world.free.id.hex}", "leaseToken": str(lease.token)}


async def _drafted(world: World, by: Actor) -> Given:
    found = await reviewed(text="So far")(world, by)
    return {name: value for name, value in found.items() if name != "expectedVersion"}


async def _signalled(_: World, by: Actor) -> Given:
    origin = min(origins_of(by), default="MODEL")
    return {"subject": SUBJECT, "origin": origin, "reasonCode": "SCAM", "dedupeKey": "new"}


async def _resumed(world: World, by: Actor) -> Given:
    await cases.hold(world.free.id, by=SYSTEM, reason="WAIT")
    return await on("free")(world, by)


async def _written(world: World, by: Actor) -> Given:
    """In the desk's inquiry, or in one of their own where that is all they see."""
    if by.may("inquiry.read"):
        return {"id": world.inquiry, "text": "More"}
    own = await inquiries.file("Q", by=by, text="Q?", kind=InquiryKind.QUESTION, channel="api", external_id="i-1")
    return {"id": f"inquiry_{own.inquiry.id.hex}", "text": "More"}


async def _linked(world: World, _: Actor) -> Given:
    return {"id": world.inquiry, "caseId": f"case_{world.free.id.hex}"}


async def _unlinked(world: World, by: Actor) -> Given:
    found = await _linked(world, by)
    await inquiries.link(id_of(world.inquiry), by=SYSTEM, case_id=world.free.id)
    return found


async def _own_contact(_: World, by: Actor) -> Given:
    assert by.person_id is not None
    found = await notify.add_contact(
        by.person_id, by=SYSTEM, kind=ContactKind.EMAIL, address="more@example.org", position=3
    )
    return {"id": f"contact_{found.id.hex}"}


async def _others_contact(world: World, _: Actor) -> Given:
    return await _own_contact(world, world.ada)


async def _token(world: World, _: Actor) -> Given:
    found, _secret = await people.issue_token(world.ada.id, by=SYSTEM, name="x")
    return {"id": f"token_{found.id.hex}"}


async def _capped(world: World, by: Actor) -> Given:
    return {**await _token(world, by), "rowsPerHour": 5}


async def _resumed_mirror(world: World, _: Actor) -> Given:
    await mirror.pause(id_of(world.connection), by=SYSTEM)
    return {"id": world.connection}


async def _seen(world: World, _: Actor) -> Given:
    run = await PageRun.filter(page_id=id_of(world.page)).order_by("-id").first()
    assert run is not None
    return {"id": world.page, "seenStep": run.step}


async def _captured(_: World, by: Actor) -> Given:
    return {"fileIds": [f"file_{(await a_file(by)).id.hex}"], "kind": "OTHER", "capturedAt": "2026-01-01T00:00:00Z"}


async def _evidence(world: World, by: Actor) -> Given:
    return await on("free", **await _captured(world, by))(world, by)


async def _attached(world: World, by: Actor) -> Given:
    """To a remark of one's own; for who takes inquiries in, to what the requester wrote."""
    files = [f"file_{(await a_file(by)).id.hex}"]
    if by.may("case.comment"):
        remark = await cases.comment(world.free.id, by=by, text="Look")
        return {"to": {"commentId": f"comment_{remark.id.hex}"}, "fileIds": files}
    inquiry = id_of(str((await _written(world, by))["id"]))
    message = await inquiries.receive_message(inquiry, by=by, text="More")
    return {"to": {"messageId": f"message_{message.id.hex}"}, "fileIds": files}


async def _kept_file(world: World, _: Actor) -> Given:
    file = await a_file(world.ada)
    await files.add_evidence(
        world.free.id, by=world.ada, file_ids=[file.id], kind=EvidenceKind.OTHER, captured_at=file.created_at
    )
    return {"id": f"file_{file.id.hex}", "reason": "A matter"}


def id_of(text: str) -> UUID:
    return UUID(hex=text.partition("_")[2])


INQUIRY = {"id": "@inquiry", "expectedVersion": None}
PAGE = {"id": "@page", "expectedVersion": None}
SPEC = {
    "steps": [{"delay_s": 0, "targets": [{"kind": "PERSON", "key": "ada@example.org"}]}],
    "fallback": ["ada@example.org"],
}
SPAN = {"startsAt": "2031-01-01T00:00:00Z", "endsAt": "2031-01-02T00:00:00Z"}

ORDINARY: Mapping[str, Situation] = {
    "reportSubject": Situation(make=plain(subject=SUBJECT)),
    "fileSignal": Situation(make=_signalled),
    "createUpload": Situation(make=plain(fileName="a.png", contentType="image/png", size=1, sha256="0" * 64)),
    "addEvidence": Situation(make=_evidence),
    "attachFiles": Situation(make=_attached),
    "holdFile": Situation(make=_kept_file),
    "releaseFile": Situation(make=_kept_file),
    "eraseFile": Situation(make=_kept_file),
    "openCase": Situation(make=plain(title="New", kind="REACTIVE")),
    "claimCase": Situation(make=on("free"), programs="FORBIDDEN"),
    "extendLease": Situation(make=_extended, programs="LEASE_HELD"),
    "releaseCase": Situation(make=reviewed(), programs="LEASE_HELD"),
    "assignCase": Situation(make=on("free", assigneeId=None)),
    "prioritizeCase": Situation(make=on("free", priority="P1")),
    "holdCase": Situation(make=on("free", reason="WAIT")),
    "resumeCase": Situation(make=_resumed),
    "escalateCase": Situation(make=on("free", reason="Hard")),
    "queueCase": Situation(make=lambda world, by: on("free", queueId=world.second)(world, by)),
    "commentOnCase": Situation(make=lambda world, _: plain(id=f"case_{world.free.id.hex}", text="So")(world, _)),
    "resolveCase": Situation(make=on("service", resolution="ANSWERED")),
    "cancelCase": Situation(make=on("free", reason="SPAM")),
    "saveDraft": Situation(make=_drafted, programs="LEASE_HELD"),
    "raisePage": Situation(make=plain(policyKey="@policy", title="T", dedupeKey="new")),
    "acknowledgePage": Situation(make=plain(**PAGE), programs="FORBIDDEN"),
    "resolvePage": Situation(make=plain(**PAGE)),
    "escalatePage": Situation(make=_seen),
    "publishEscalationPolicy": Situation(make=plain(key="new", spec=SPEC, note="n")),
    "fileInquiry": Situation(make=plain(title="Q", text="Q?", kind="QUESTION", channel="api", externalId="new")),
    "receiveMessage": Situation(make=_written),
    "replyToInquiry": Situation(make=plain(**INQUIRY, text="So")),
    "noteOnInquiry": Situation(make=plain(id="@inquiry", text="So")),
    "assignInquiry": Situation(make=plain(**INQUIRY, assigneeId=None)),
    "linkInquiry": Situation(make=_linked),
    "unlinkInquiry": Situation(make=_unlinked),
    "convertInquiry": Situation(make=plain(**INQUIRY)),
    "closeInquiry": Situation(make=plain(**INQUIRY)),
    "pauseMirror": Situation(make=plain(id="@connection")),
    "resumeMirror": Situation(make=_resumed_mirror),
    "verifyContactMethod": Situation(make=_others_contact),
    "publishSchedule": Situation(make=plain(key="new", spec={"tz": "UTC"} | WEEKLY, note="n")),
    "createOverride": Situation(
        make=lambda world, _: plain(
            scheduleKey="live", kind="ADD", addedId=f"person_{world.ada.id.hex}", reason="r", **SPAN
        )(world, _)
    ),
    "withdrawOverride": Situation(make=plain(id="@override")),
    "decideCase": Situation(make=reviewed(kind="NO_VIOLATION", reasoning="Fine"), programs="LEASE_HELD"),
    "publishContentPolicy": Situation(make=plain(key="new", title="New", note="n")),
    "publishSlaPolicy": Situation(make=plain(key="new", spec={"targets": [promise()]}, note="n")),
    "publishCalendar": Situation(make=plain(key="new", spec={"tz": "UTC", "24x7": True}, note="n")),
    "saveView": Situation(make=plain(of="CASE", name="Mine", filter={}, expectedVersion=None), programs="FORBIDDEN"),
    "issueToken": Situation(make=plain(accountId="@other", name="n")),
    "rotateToken": Situation(make=_token),
    "revokeToken": Situation(make=_token),
    "capToken": Situation(make=_capped),
    "limitDocuments": Situation(make=plain(accountId="@other", mode="REQUIRED")),
    "addAccount": Situation(make=plain(name="new", roles=["INTAKE"])),
    "grantRole": Situation(make=plain(accountId="@other", role="VIEWER")),
    "withdrawRole": Situation(make=plain(accountId="@other", role="INTAKE")),
}
