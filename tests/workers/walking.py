"""A random walk over what can be done to cases, inquiries and enforcements, by several people; one seed, one walk."""

import random
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from domain.cases import actions as cases
from domain.cases.models import Case, CaseComment, Queue
from domain.cases.states import CaseKind, Priority, Severity
from domain.core.actor import Actor, Tool, system
from domain.core.erasure import erase
from domain.core.errors import Refusal
from domain.core.events import Source
from domain.core.transaction import Ref
from domain.escalation import actions as pages
from domain.escalation.models import Page
from domain.inquiries import actions as inquiries
from domain.inquiries.actions import From
from domain.inquiries.models import Inquiry
from domain.inquiries.states import InquiryKind
from domain.people.roles import Role
from domain.review import actions as review
from domain.review.models import Enforcement
from domain.review.states import DecisionKind, ReceiptState
from tests.builders import SYSTEM, a_person, a_queue, a_room, a_signal, a_team, an_account

PLATFORM = system(Tool.PLATFORM)


@dataclass(slots=True)
class Walk:
    """Who acts, on what, and how many of the steps were refused."""

    dice: random.Random
    people: list[Actor]
    intake: Actor
    done: dict[str, int] = field(default_factory=dict)
    refused: int = 0

    async def step(self) -> None:
        """One thing done by one person; a refusal is an answer like any other."""
        name = self.dice.choice([name for name in dir(self) if name.startswith("do_")])
        try:
            await getattr(self, name)(self.dice.choice(self.people))
        except Refusal:
            self.refused += 1
        else:
            self.done[name] = self.done.get(name, 0) + 1

    async def _one(self, model: Any) -> Any:
        found = await model.all().order_by("id")
        return self.dice.choice(found) if found else None

    async def _case(self) -> UUID:
        found: Case | None = await self._one(Case)
        return found.id if found else UUID(int=0)

    async def do_signal(self, _by: Actor) -> None:
        room = a_room(f"room-{self.dice.randrange(6)}", live=self.dice.random() < 0.7, reach=self.dice.randrange(900))
        await a_signal(self.intake, room=room, key=f"key-{self.dice.randrange(200)}")

    async def do_subject(self, _by: Actor) -> None:
        live = self.dice.random() < 0.5
        await cases.report_subject(a_room(f"room-{self.dice.randrange(6)}", live=live, reach=5), by=self.intake)

    async def do_open(self, by: Actor) -> None:
        kind = self.dice.choice([CaseKind.SERVICE, CaseKind.REACTIVE])
        await cases.open_case("Wrong room", by=by, kind=kind, details={"country": "NO", "tier": self.dice.randrange(3)})

    async def do_claim(self, by: Actor) -> None:
        await cases.claim(await self._case(), by=by, take_over=self.dice.random() < 0.3, reason="SHIFT_END")

    do_claim_more = do_claim

    async def do_release(self, by: Actor) -> None:
        await cases.release(await self._case(), by=by)

    async def do_hold(self, by: Actor) -> None:
        await cases.hold(await self._case(), by=by, reason="WAITING_FOR_PLATFORM")

    async def do_resume(self, by: Actor) -> None:
        await cases.resume(await self._case(), by=by)

    async def do_queue(self, by: Actor) -> None:
        queue: Queue = await self._one(Queue)
        await cases.queue(await self._case(), by=by, queue_id=queue.id)

    async def do_escalate(self, by: Actor) -> None:
        await cases.escalate(await self._case(), by=by, reason="Beyond me.")

    async def do_assign(self, by: Actor) -> None:
        await cases.assign(await self._case(), by=by, assignee_id=self.dice.choice([None, by.person_id]))

    async def do_prioritize(self, by: Actor) -> None:
        harm, order = self.dice.choice([*Severity]), self.dice.choice([None, *Priority])
        await cases.prioritize(await self._case(), by=by, severity=harm, priority=order)

    async def do_comment(self, by: Actor) -> None:
        source = Source(system="chat", event_id=str(self.dice.randrange(40))) if self.dice.random() < 0.4 else None
        await cases.comment(await self._case(), by=by, text="Seen before.", source=source)

    async def do_resolve(self, by: Actor) -> None:
        await cases.resolve(await self._case(), by=by, resolution="ANSWERED")

    async def do_close(self, _by: Actor) -> None:
        await cases.close(await self._case(), by=SYSTEM)

    async def do_reopen(self, by: Actor) -> None:
        await cases.reopen(await self._case(), by=by, reason="NEW_SIGNAL")

    async def do_cancel(self, by: Actor) -> None:
        if self.dice.random() < 0.2:
            await cases.cancel(await self._case(), by=by, reason="DUPLICATE")

    async def do_draft(self, by: Actor) -> None:
        await cases.save_draft(await self._case(), by=by, text="I think that…")

    async def do_decide(self, by: Actor) -> None:
        case_id = await self._case()
        lease = await cases.claim(case_id, by=by, take_over=True, reason="TO_DECIDE")
        kind = self.dice.choice([*DecisionKind, DecisionKind.VIOLATION, DecisionKind.VIOLATION])
        keys = ["live.scam"] if kind is DecisionKind.VIOLATION else []
        await review.decide(case_id, by=by, kind=kind, reasoning="As seen.", policy_keys=keys, token=lease.token)

    do_decide_more = do_decide

    async def do_dispatch(self, _by: Actor) -> None:
        if found := await self._one(Enforcement):
            await review.begin_dispatch(found.id, by=PLATFORM, key=found.key)

    async def do_receipt(self, _by: Actor) -> None:
        if found := await self._one(Enforcement):
            state = self.dice.choice([*ReceiptState])
            await review.record_receipt(found.id, by=PLATFORM, state=state, receipt="r-1", code="NO_SUCH_ROOM")

    async def do_operate(self, by: Actor) -> None:
        if found := await self._one(Enforcement):
            if self.dice.random() < 0.7:
                await review.retry_enforcement(found.id, by=by)
            else:
                await review.waive_enforcement(found.id, by=by, reason="Gone anyway.")

    async def do_inquire(self, _by: Actor) -> None:
        await inquiries.file(
            "My stream was ended",
            by=self.intake,
            kind=InquiryKind.COMPLAINT,
            channel="email",
            external_id=f"mail-{self.dice.randrange(30)}",
            text="I did nothing wrong.",
            requester=From(address="mia@example.org", name="Mia"),
        )

    async def do_converse(self, by: Actor) -> None:
        found: Inquiry | None = await self._one(Inquiry)
        if found is None:
            return
        match self.dice.randrange(7):
            case 0:
                await inquiries.reply(found.id, by=by, text="We look into it.")
            case 1:
                external_id = f"mail-{self.dice.randrange(99)}"
                await inquiries.receive_message(found.id, by=self.intake, text="Well?", external_id=external_id)
            case 2:
                await inquiries.note(found.id, by=by, text="Angry.")
            case 3:
                await inquiries.assign(found.id, by=by, assignee_id=by.person_id)
            case 4:
                await inquiries.link(found.id, by=by, case_id=await self._case())
            case 5:
                await inquiries.unlink(found.id, by=by, case_id=await self._case())
            case _:
                await inquiries.close(found.id, by=by)

    do_converse_more = do_converse

    async def do_convert(self, by: Actor) -> None:
        if found := await self._one(Inquiry):
            await inquiries.convert(found.id, by=by)

    async def do_page(self, _by: Actor) -> None:
        subject = Ref("case", await self._case())
        await pages.page("live", by=SYSTEM, subject=subject, dedup_key=f"p{self.dice.randrange(4)}", title="Look")

    async def do_answer_page(self, by: Actor) -> None:
        if found := await self._one(Page):
            if self.dice.random() < 0.6:
                await pages.acknowledge(found.id, by=by)
            else:
                await pages.resolve(found.id, by=by)

    async def do_erase(self, _by: Actor) -> None:
        comment = await CaseComment.all().order_by("-id").first().values("body_id")
        if comment and self.dice.random() < 0.4:
            await erase([comment["body_id"]], by=SYSTEM, reason="Asked for.")


async def a_walk(seed: int) -> Walk:
    """Two teams, two queues, four people, two policies, and nothing done yet."""
    live, night = await a_team("live"), await a_team("night")
    await a_queue("live", team=live.id)
    await a_queue("night", team=night.id, position=2)
    people = [
        await a_person("Ada", team=live.id),
        await a_person("Bo", Role.LEAD, team=live.id, lead=True),
        await a_person("Cy", Role.LEAD, team=night.id, lead=True),
        await a_person("Dee", Role.MANAGER, team=night.id, lead=True),
    ]
    return Walk(random.Random(seed), people, await an_account())
