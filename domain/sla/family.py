"""The clocks of one metric under one kind of policy: which cycle a moment starts, stops, pauses or takes away."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from domain.calendars.zones import utc
from domain.sla.book import Terms
from domain.sla.clocks import Clock
from domain.sla.conditions import Condition
from domain.sla.policies import Hold, PolicyKind, Reopen, Target
from domain.sla.tally import CancelOrigin, Tally
from domain.sla.timeline import ClockEvent, Moment

HELD_ELSEWHERE = "HELD_ELSEWHERE"
PASSING_CANCELLATIONS = (CancelOrigin.STATE, CancelOrigin.SCOPE)


class Family:
    """Holds at most one open clock per holder at any moment."""

    def __init__(self, kind: PolicyKind, metric: str) -> None:
        """Knows nothing yet; `known` tells whether a target ever applied."""
        self.kind = kind
        self.metric = metric
        self.known = False
        self._tallies: dict[str | None, list[Tally]] = {}
        self._pauses: dict[tuple[int, object], str] = {}
        self._live = False

    def clocks(self, as_of: datetime | None) -> list[Clock]:
        """Every cycle of every holder, in order."""
        found = [tally for cycles in self._tallies.values() for tally in cycles if not tally.hidden]
        if as_of is not None:
            for tally in found:
                tally.observe(as_of)
        return [tally.clock() for tally in found]

    def attach(self, earlier: Iterable[Moment], terms: Terms, moment: Moment) -> None:
        """Counts what began before the target applied; clocks already closed by then are none of its promises."""
        for past in earlier:
            self.step(past, terms)
        for tally in (tally for cycles in self._tallies.values() for tally in cycles):
            tally.hidden = not tally.is_open
            if tally.is_open:
                tally.attach(moment.at, terms, moment.seq)
        self.step(moment, terms)

    def step(self, moment: Moment, terms: Terms | None) -> None:
        """One moment: stops, then cancellation and change of promise, then pauses, then starts, then late stops.

        Where events share an instant, a stop closes what was open before it; a start that an equally old but later
        stop already answered starts nothing, and neither does one that leaves the subject in a state that stops. An
        event that is itself named as a stop starts a clock of no length.
        """
        self.known = self.known or terms is not None
        latest = self._latest()
        stopped = None
        if latest:
            for tally in latest:
                tally.observe(moment.at)
            stopped = self._stop(latest, moment)
            for tally in latest:
                self._keep(tally, moment, terms)
        if terms is not None:
            self._pause(moment, terms.target)
            self._start(moment, terms, stopped)
        for tally in self._latest():
            if tally.is_open:
                self._hold(tally, moment)

    def _latest(self) -> list[Tally]:
        return [cycles[-1] for cycles in self._tallies.values() if cycles]

    def _stop(self, latest: list[Tally], moment: Moment) -> int | None:
        """Ends open clocks; the seq of the last event that ended one."""
        ended = None
        for tally in latest:
            stops = moment.matches(tally.terms.target.stop)
            if stops:
                self._live = False
                if tally.is_open:
                    tally.stop(moment.at, stops[0].kind, stops[0].seq)
                    ended = stops[-1].seq
                elif tally.origin in PASSING_CANCELLATIONS:
                    tally.origin = CancelOrigin.EVENT
            if tally.is_open and not _is_due_to_run(tally, moment):
                tally.stop(moment.at, "HANDED_OVER", moment.seq)
            if tally.terms.target.void:
                self._void(tally, moment)
        return ended

    def _void(self, tally: Tally, moment: Moment) -> None:
        for event in moment.matches(tally.terms.target.void):
            named = event.facts.get("metric", self.metric), event.facts.get("cycle", tally.cycle)
            if tally.breached_at is not None and named == (self.metric, tally.cycle):
                reason = _text(event.facts.get("reason")) or event.kind
                tally.cancel(moment.at, f"VOIDED: {reason}", CancelOrigin.VOID, event.seq)

    def _keep(self, tally: Tally, moment: Moment, terms: Terms | None) -> None:
        """Cancels, brings back, and changes the promise of the latest clock of a holder."""
        if terms is None or (terms.target.per is None) != (tally.terms.target.per is None):
            if tally.is_open:
                reason = "OUT_OF_SCOPE" if moment.happenings else "POLICY_CHANGED"
                tally.cancel(moment.at, reason, CancelOrigin.SCOPE, moment.seq)
            return
        cancelled = _cancelled(terms.target, moment)
        if tally.is_open and cancelled is not None:
            tally.cancel(moment.at, *cancelled)
        elif cancelled is None and tally.origin in PASSING_CANCELLATIONS and _is_due_to_run(tally, moment):
            tally.reopen(moment.at, _team(moment), moment.seq)
        if tally.is_open:
            self._aim(tally, moment, terms)

    def _aim(self, tally: Tally, moment: Moment, terms: Terms) -> None:
        if terms.changes(tally.terms):
            tally.retarget(moment.at, terms, moment.seq)
        tally.terms = terms
        # Most targets name neither: not asking is felt.
        for event in moment.matches(terms.target.reset) if terms.target.reset else ():
            tally.reset(moment.at, event.seq)
        for event in moment.matches(terms.target.inherit) if terms.target.inherit else ():
            since = _instant(event.facts.get("since"))
            if since is not None:
                tally.inherit(since, moment.at, event.seq)

    def _pause(self, moment: Moment, target: Target) -> None:
        for number, condition in enumerate(target.pause):
            if condition.is_state:
                if condition.holds(moment.subject):
                    self._pauses[number, None] = _reason(condition, moment)
                else:
                    self._pauses.pop((number, None), None)
            else:
                for event in moment.matches((condition,)):
                    cause = event.facts.get("cause")
                    self._pauses[number, cause or event.kind] = (
                        _text(event.facts.get("reason")) or _text(cause) or event.kind
                    )
        for event in moment.matches(target.resume) if target.resume else ():
            ended = event.facts.get("cause")
            for key in [key for key in self._pauses if key[1] is not None and ended in (None, key[1])]:
                del self._pauses[key]

    def _start(self, moment: Moment, terms: Terms, stopped: int | None) -> None:
        target = terms.target
        starts = moment.matches(target.start)
        if stopped is not None:
            starts = [event for event in starts if event.seq >= stopped]
        self._live = self._live or bool(starts)
        holder = _text(moment.subject.get(target.per.attribute)) if target.per else None
        if target.per and (holder is None or not self._live):
            return
        taken_over = target.per is not None and not _held_before(target, moment)
        if not (starts or taken_over) or _cancelled(target, moment) is not None:
            return
        seq = starts[0].seq if starts else moment.seq or 0
        late = [event for event in moment.matches(target.stop) if event.seq > seq] or _answered(starts, moment, target)
        if not late and any(condition.is_state and condition.holds(moment.subject) for condition in target.stop):
            return
        if self._begin(moment, terms, holder, seq) and late:
            self._live = False
            self._tallies[holder][-1].stop(moment.at, late[0].kind, late[0].seq)

    def _begin(self, moment: Moment, terms: Terms, holder: str | None, seq: int) -> bool:
        """Opens a clock as the target's `reopen` says; whether one was opened or left its verdict."""
        cycles = self._tallies.setdefault(holder, [])
        last = cycles[-1] if cycles else None
        if last is not None and last.is_open:
            return False
        target = terms.target
        afresh = target.reopen is Reopen.NEW_CYCLE or (target.per is not None and target.per.hold is Hold.ASSIGNMENT)
        if last is None or afresh:
            cycle = 1 if last is None else last.cycle + 1
            cycles.append(Tally(terms, cycle=cycle, holder=holder, at=moment.at, team=_team(moment), seq=seq))
            return True
        if last.origin is CancelOrigin.VOID or (target.reopen is Reopen.FIRST_ONLY and last.stopped_at is not None):
            return False
        last.reopen(moment.at, _team(moment), seq)
        if terms.changes(last.terms):
            last.retarget(moment.at, terms, seq)
        last.terms = terms
        return True

    def _hold(self, tally: Tally, moment: Moment) -> None:
        reason = HELD_ELSEWHERE if tally.holder is not None and not _holds(tally, moment) else None
        if reason is None and self._pauses:
            reason = min(self._pauses.items(), key=lambda pause: (pause[0][0], str(pause[0][1])))[1]
        tally.hold(moment.at, reason, _team(moment), moment.seq)


def _holds(tally: Tally, moment: Moment) -> bool:
    per = tally.terms.target.per
    return per is None or _text(moment.subject.get(per.attribute)) == tally.holder


def _is_due_to_run(tally: Tally, moment: Moment) -> bool:
    """Not so where the clock is of one assignment and another holder has the subject."""
    per = tally.terms.target.per
    return per is None or per.hold is Hold.CUMULATIVE or _holds(tally, moment)


def _held_before(target: Target, moment: Moment) -> bool:
    """Whether the holder of this moment held the subject before it."""
    if target.per is None or moment.before is None:
        return False
    return bool(moment.before.get(target.per.attribute) == moment.subject.get(target.per.attribute))


def _answered(starts: list[ClockEvent], moment: Moment, target: Target) -> list[ClockEvent]:
    """The start itself, where a stop names its kind and it meets it: a case opened as resolved, if one asks for it."""
    return [
        event
        for event in starts[:1]
        if any(stop.met_by(event.kind, event.facts, moment.subject) for stop in target.stop)
    ]


def _cancelled(target: Target, moment: Moment) -> tuple[str, CancelOrigin, int | None] | None:
    for condition in target.cancel:
        if condition.is_state and condition.holds(moment.subject):
            return _reason(condition, moment), CancelOrigin.STATE, moment.seq
        events: list[ClockEvent] = [] if condition.is_state else moment.matches((condition,))
        if events:
            return _text(events[0].facts.get("reason")) or events[0].kind, CancelOrigin.EVENT, events[0].seq
    return None


def _reason(condition: Condition, moment: Moment) -> str:
    """What a state is called: the reason for a hold where there is one, else the value it names."""
    held = _text(moment.subject.get("hold_reason"))
    named = next((_text(moment.subject.get(name)) for name, _ in condition.subject), None)
    return (held if named == "ON_HOLD" else None) or named or "STATE"


def _team(moment: Moment) -> str | None:
    return _text(moment.subject.get("team"))


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _instant(value: Any) -> datetime | None:
    """An instant as events carry it: a datetime, or its ISO text."""
    return utc(datetime.fromisoformat(value) if isinstance(value, str) else value) if value is not None else None
