"""Where a page goes next, without a database."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.core.actor import Actor, ActorKind
from domain.core.errors import Forbidden
from domain.core.ids import new_id
from domain.escalation.errors import AlreadyEscalated, PageIsResolved, PageNotWaiting
from domain.escalation.policies import EscalationPolicy
from domain.escalation.rules import Move, ensure_can_acknowledge, ensure_can_escalate, next_move
from domain.escalation.states import PageStatus


def a_policy(*, steps: int = 2, repeat: int = 0, delay_s: int = 60) -> EscalationPolicy:
    target = {"kind": "SCHEDULE", "key": "live"}
    return EscalationPolicy.model_validate(
        {
            "repeat": repeat,
            "fallback": ["person_0"],
            "steps": [{"delay_s": delay_s, "targets": [target]} for _ in range(steps)],
        }
    )


def a_responder(*permissions: str, person: bool = True) -> Actor:
    return Actor(
        id=new_id(),
        kind=ActorKind.HUMAN,
        name="Ada",
        person_id=new_id() if person else None,
        permissions=frozenset(permissions),
    )


def walk(policy: EscalationPolicy, told: list[bool]) -> list[tuple[Move, int, int]]:
    """The moves of a run whose loop n tells somebody where told[n]; the last answer holds for all later ones."""
    loop, step, moves = 0, -1, []
    while not moves or moves[-1][0] is not Move.EXHAUST:
        move = next_move(policy, loop=loop, step=step, told=told[min(loop, len(told) - 1)])
        loop, step = (loop + 1, -1) if move is Move.LOOP else (loop, step + 1)
        moves.append((move, loop, step))
    return moves


@given(steps=st.integers(1, 5), repeat=st.integers(0, 9), told=st.lists(st.booleans(), max_size=12))
def test_a_run_visits_each_place_once_and_ends_only_after_a_loop_that_told_somebody(
    steps: int, repeat: int, told: list[bool]
) -> None:
    told = [*told, True]

    moves = walk(a_policy(steps=steps, repeat=repeat), told)

    visits = [(loop, step) for move, loop, step in moves if move in {Move.STEP, Move.FALLBACK}]
    assert len(visits) == len(set(visits))
    last = moves[-1][1]
    assert told[min(last, len(told) - 1)]
    assert last >= repeat
    for loop in range(last + 1):
        assert [s for n, s in visits if n == loop and s < steps] == list(range(steps))
        assert ((loop, steps) in visits) is not told[min(loop, len(told) - 1)]


def test_a_page_that_has_told_nobody_is_never_given_up() -> None:
    policy = a_policy(steps=1)

    assert next_move(policy, loop=99, step=1, told=False) is Move.LOOP
    assert next_move(policy, loop=0, step=1, told=True) is Move.EXHAUST


@pytest.mark.parametrize(("repeat", "delay_s", "fine"), [(1, 29, False), (1, 30, True), (0, 0, True), (10, 60, False)])
def test_a_policy_that_repeats_takes_a_minute_a_loop_and_none_repeats_for_ever(
    repeat: int, delay_s: int, fine: bool
) -> None:
    if fine:
        assert a_policy(repeat=repeat, delay_s=delay_s).repeat == repeat
    else:
        with pytest.raises(ValidationError):
            a_policy(repeat=repeat, delay_s=delay_s)


def test_anybody_with_the_right_acknowledges_as_a_person_until_the_page_is_resolved() -> None:
    ada = a_responder("page.acknowledge")

    assert ensure_can_acknowledge(PageStatus.TRIGGERED, ada) == ada.person_id
    assert ensure_can_acknowledge(PageStatus.EXHAUSTED, ada) == ada.person_id
    with pytest.raises(PageIsResolved):
        ensure_can_acknowledge(PageStatus.RESOLVED, ada)
    with pytest.raises(Forbidden):
        ensure_can_acknowledge(PageStatus.TRIGGERED, a_responder())
    with pytest.raises(Forbidden):
        ensure_can_acknowledge(PageStatus.TRIGGERED, a_responder("page.acknowledge", person=False))


def test_a_stale_or_needless_escalation_is_refused() -> None:
    ada = a_responder("page.acknowledge")

    ensure_can_escalate(PageStatus.TRIGGERED, ada, step=1, seen=1)
    with pytest.raises(AlreadyEscalated):
        ensure_can_escalate(PageStatus.TRIGGERED, ada, step=2, seen=1)
    with pytest.raises(PageNotWaiting):
        ensure_can_escalate(PageStatus.ACKNOWLEDGED, ada, step=1, seen=1)
