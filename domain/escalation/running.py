"""A page's way through its policy: tells the next people there are, and says when it moves on by itself."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from domain.core import timers
from domain.core.actor import Actor
from domain.core.events import Event
from domain.escalation import rules
from domain.escalation.events import (
    PageExhausted,
    PageFellBack,
    PageHandedOver,
    PageLooped,
    PageReachedNobody,
    PageStepSkipped,
    PageStepTold,
)
from domain.escalation.models import Page, PageRun
from domain.escalation.policies import EscalationPolicy, EscalationStep
from domain.escalation.recipients import next_handoff, people_of, who_run_the_desk
from domain.escalation.record import HANDOFF, STEP_DUE, record, ref
from domain.escalation.rules import FALLBACK_WAIT, LOOP_FLOOR, Move
from domain.escalation.states import RunState, SkipReason
from domain.notify import actions as notify
from domain.notify.models import Notification
from domain.notify.queries import all_failed, reachable
from domain.notify.states import Urgency
from domain.oncall.references import person_of


def batch_of(run: PageRun) -> str:
    """Names what was sent at the run's present place."""
    return f"{run.id}/{run.loop}/{run.step}"


@dataclass(slots=True)
class Way:
    """One move of a run, under the page's lock. ``also`` are people told at its first step besides its targets."""

    page: Page
    run: PageRun
    policy: EscalationPolicy
    by: Actor
    now: datetime
    also: Sequence[UUID] = ()
    happened: list[Event] = field(default_factory=list)

    async def move_on(self) -> None:
        """Goes on until somebody is told, a wait begins or the policy is used up; empty steps take no time."""
        while not await self._go(await self._next()):
            pass
        self.run.version += 1
        await self.run.save(update_fields=["loop", "step", "loop_started_at", "due_at", "state", "version"])
        await timers.set_next(STEP_DUE, ref(self.page.id), self.run.due_at)
        await self._await_handoff()
        await record(self.page, *self.happened, by=self.by)

    async def hand_over(self) -> bool:
        """Tells those who came on call since the present step was told; says whether there are any."""
        step = self._present_step()
        people = await people_of(step.targets, self.now) if step else []
        batch = batch_of(self.run)
        known = {one.person_id for one in await Notification.filter(batch=batch).only("person_id")}
        told = await self._tell([person for person in people if person not in known], batch)
        await self._await_handoff()
        if told:
            await record(self.page, PageHandedOver(**self._place(), told=told), by=self.by)
        return bool(told)

    async def _await_handoff(self) -> None:
        step, due_at = self._present_step(), self.run.due_at
        at = await next_handoff(step.targets, self.now, due_at) if step and due_at else None
        await timers.set_next(HANDOFF, ref(self.page.id), at)

    def _present_step(self) -> EscalationStep | None:
        """The step told last; None before the first of a loop and at the fallback."""
        inside = 0 <= self.run.step < len(self.policy.steps)
        return self.policy.steps[self.run.step] if inside else None

    async def _next(self) -> Move:
        nothing = await all_failed(ref(self.page.id), batch=f"{self.run.id}/{self.run.loop}")
        return rules.next_move(self.policy, loop=self.run.loop, step=self.run.step, told=not nothing)

    async def _go(self, move: Move) -> bool:
        """Makes one move; says whether to stop there."""
        match move:
            case Move.STEP:
                return await self._step()
            case Move.FALLBACK:
                return await self._fall_back()
            case Move.LOOP:
                return self._loop()
            case Move.EXHAUST:
                return await self._exhaust()

    async def _step(self) -> bool:
        self.run.step += 1
        step = self.policy.steps[self.run.step]
        people = [*dict.fromkeys([*self.also, *await people_of(step.targets, self.now)])]
        self.also = ()
        told = await self._tell(people, batch_of(self.run))
        if told:
            unreachable = [person for person in people if person not in told]
            self.happened.append(PageStepTold(**self._place(), told=told, unreachable=unreachable))
            self._wait(timedelta(seconds=step.delay_s))
        else:
            reason = SkipReason.UNREACHABLE if people else SkipReason.NO_ONE_ON_CALL
            self.happened.append(PageStepSkipped(**self._place(), reason=reason))
        return bool(told)

    async def _fall_back(self) -> bool:
        self.run.step += 1
        named, wide = [person_of(key) for key in self.policy.fallback], False
        told = await self._tell(named, batch_of(self.run))
        if not told:
            told, wide = await self._tell(await who_run_the_desk(), batch_of(self.run)), True
        if told:
            self.happened.append(PageFellBack(run_id=self.run.id, loop=self.run.loop, told=told, wide=wide))
            self._wait(FALLBACK_WAIT)
        else:
            self.happened.append(PageReachedNobody(run_id=self.run.id, loop=self.run.loop))
        return bool(told)

    def _loop(self) -> bool:
        """Starts over: at once, or when the loop that ended early would have lasted long enough."""
        starts_at = max(self.now, self.run.loop_started_at + LOOP_FLOOR)
        self.run.loop, self.run.step, self.run.loop_started_at = self.run.loop + 1, -1, starts_at
        self.run.due_at = starts_at
        self.happened.append(PageLooped(run_id=self.run.id, loop=self.run.loop, starts_at=starts_at))
        return starts_at > self.now

    async def _exhaust(self) -> bool:
        self.run.state, self.run.due_at = RunState.EXHAUSTED, None
        told = await self._tell([person_of(key) for key in self.policy.fallback], f"{self.run.id}/exhausted")
        self.happened.append(PageExhausted(run_id=self.run.id, told=told))
        return True

    async def _tell(self, people: Collection[UUID], batch: str) -> list[UUID]:
        """Plans the messages and says who gets any: over all their contacts if HIGH, over the first if LOW."""
        contacts = await reachable(people)
        told = [person for person in people if person in contacts]
        for person in told:
            for contact in contacts[person][: None if self.page.urgency is Urgency.HIGH else 1]:
                await notify.tell(
                    contact,
                    by=self.by,
                    cause=ref(self.page.id),
                    batch=batch,
                    urgency=self.page.urgency,
                    reference=f"PAGE-{self.page.number}",
                    title_id=self.page.title_id,
                )
        return told

    def _wait(self, delay: timedelta) -> None:
        self.run.due_at = self.now + delay

    def _place(self) -> dict[str, UUID | int]:
        return {"run_id": self.run.id, "loop": self.run.loop, "step": self.run.step}
