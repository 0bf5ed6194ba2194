"""What of a visibility predicate is answered before it is asked of a row: by the row above it, or by how the row was
found."""

from collections.abc import Iterable

from domain.core.predicates import (
    EVERYONE,
    NOBODY,
    AllOf,
    Always,
    AnyOf,
    Compare,
    Condition,
    Op,
    Quantifier,
    Related,
)


def remaining(asked: Condition, *, seen: Condition | None, on: str, known: Condition | None = None) -> Condition:
    """What is left to ask of rows of which ``known`` holds and that meet by ``on`` a `{parent}` of which ``seen`` does.

    A comment is visible where its case is: below a case that is visible, nothing is left to ask of its comments. A
    clock is visible where its case or its inquiry is: of the clocks of cases nobody asks about inquiries.
    """
    match asked:
        case Related(relation, Quantifier.THAT | Quantifier.SOME, of) if of is seen and relation.on == _turned(on):
            return EVERYONE
        case Compare(field, Op.EQ, str(operand)):
            match known:
                case Compare(found, Op.EQ, str(value)) if found == field:
                    return Always(operand == value)
        case AllOf(of):
            return _joined(AllOf, (remaining(part, seen=seen, on=on, known=known) for part in of))
        case AnyOf(of):
            return _joined(AnyOf, (remaining(part, seen=seen, on=on, known=known) for part in of))
    return asked


def _joined(form: type[AllOf] | type[AnyOf], parts: Iterable[Condition]) -> Condition:
    """The parts that can still decide; the verdict where one has."""
    decides, idle = (NOBODY, EVERYONE) if form is AllOf else (EVERYONE, NOBODY)
    left = tuple(part for part in parts if part != idle)
    if decides in left or not left:
        return decides if left else idle
    return left[0] if len(left) == 1 else form(left)


def _turned(on: str) -> str:
    """The same equality as the other end declares it: `{row}.a = {parent}.b` as `{row}.b = {parent}.a`."""
    left, _, right = on.partition(" = ")
    return f"{right.replace('{parent}', '{row}')} = {left.replace('{row}', '{parent}')}"
