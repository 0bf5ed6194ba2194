"""Which moves a case may make. One table, one function; an import may move between any two states."""

from domain.cases.errors import AlreadyThere, CaseIsOver, DecisionNeeded, IllegalMove, LeaseNeeded, NothingToReopen
from domain.cases.states import CaseKind, CaseState

S = CaseState

_OPEN_MOVES: dict[CaseState, frozenset[CaseState]] = {
    S.NEW: frozenset({S.TRIAGED, S.QUEUED, S.IN_REVIEW}),
    S.TRIAGED: frozenset({S.QUEUED, S.IN_REVIEW}),
    S.QUEUED: frozenset({S.IN_REVIEW, S.ON_HOLD, S.ESCALATED}),
    S.IN_REVIEW: frozenset({S.QUEUED, S.ON_HOLD, S.ESCALATED, S.PENDING_APPROVAL, S.DECIDED}),
    S.ON_HOLD: frozenset({S.IN_REVIEW, S.QUEUED, S.ESCALATED}),
    S.ESCALATED: frozenset({S.IN_REVIEW, S.QUEUED, S.ON_HOLD}),
    S.PENDING_APPROVAL: frozenset({S.DECIDED, S.IN_REVIEW}),
    S.DECIDED: frozenset({S.ENFORCING, S.RESOLVED}),
    S.ENFORCING: frozenset({S.RESOLVED}),
}
_ENDS = frozenset({S.MERGED, S.CANCELLED})
_REVIEW_ONLY = frozenset({S.PENDING_APPROVAL, S.DECIDED, S.ENFORCING})
_AFTER: dict[CaseState, frozenset[CaseState]] = {
    S.RESOLVED: frozenset({S.CLOSED, S.QUEUED}),
    S.CLOSED: frozenset({S.QUEUED}),
    S.MERGED: frozenset(),
    S.CANCELLED: frozenset(),
}

REVIEW = {state: moves | _ENDS for state, moves in _OPEN_MOVES.items()} | _AFTER
SERVICE = {
    state: (moves - _REVIEW_ONLY) | _ENDS | {S.RESOLVED}
    for state, moves in _OPEN_MOVES.items()
    if state not in _REVIEW_ONLY
} | _AFTER
WORKFLOWS = {"review": REVIEW, "service": SERVICE}

_REVIEWED = frozenset({CaseKind.PROACTIVE, CaseKind.REACTIVE, CaseKind.APPEAL})


def workflow_of(kind: CaseKind) -> str:
    """``review`` cases are resolved by a decision, ``service`` cases by a resolution code."""
    return "review" if kind in _REVIEWED else "service"


def moves(workflow: str, origin: CaseState) -> frozenset[CaseState]:
    """Every state reachable in one move."""
    return WORKFLOWS[workflow].get(origin, frozenset())


def ensure_move(workflow: str, origin: CaseState, target: CaseState) -> None:
    """Refuses what the workflow does not know, naming what is possible or to be done first instead."""
    possible = moves(workflow, origin)
    if target in possible:
        return
    if target is origin:
        raise AlreadyThere(origin)
    if origin in _AFTER:
        raise CaseIsOver(origin)
    if workflow == "review" and target is S.RESOLVED and origin not in {S.DECIDED, S.ENFORCING}:
        raise DecisionNeeded
    if S.IN_REVIEW in possible and target in moves(workflow, S.IN_REVIEW):
        raise LeaseNeeded
    raise IllegalMove(origin, target, sorted(possible))


def ensure_open(state: CaseState) -> None:
    """Refuses to work on what is finished: it is reopened first."""
    if state in _AFTER:
        raise CaseIsOver(state)


def ensure_not_gone(state: CaseState) -> None:
    """Refuses what is over for good; what is finished may be added to."""
    if state in _ENDS:
        raise CaseIsOver(state)


def ensure_finished(state: CaseState) -> None:
    """Refuses to reopen what is not finished, or is over for good."""
    if state not in _AFTER:
        raise NothingToReopen(state)
    if not _AFTER[state]:
        raise CaseIsOver(state)
