"""What of a visibility predicate the row above has answered already, so that it is asked once and not for every row."""

from domain.core.predicates import EVERYONE, AllOf, AnyOf, Condition, Quantifier, Related


def remaining(asked: Condition, seen: Condition, on: str) -> Condition:
    """What is left to ask of rows that meet, by ``on``, a `{parent}` of which ``seen`` holds.

    A comment is visible where its case is: below a case that is visible, nothing is left to ask of its comments.
    """
    match asked:
        case Related(relation, Quantifier.THAT | Quantifier.SOME, of) if of is seen and relation.on == _turned(on):
            return EVERYONE
        case AllOf(of):
            return AllOf(tuple(remaining(part, seen, on) for part in of))
        case AnyOf(of):
            return AnyOf(tuple(remaining(part, seen, on) for part in of))
    return asked


def _turned(on: str) -> str:
    """The same equality as the other end declares it: `{row}.a = {parent}.b` as `{row}.b = {parent}.a`."""
    left, _, right = on.partition(" = ")
    return f"{right.replace('{parent}', '{row}')} = {left.replace('{row}', '{parent}')}"
