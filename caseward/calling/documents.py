"""The document of a call: read, and refused where its answers would not tell a refusal from a success."""

from collections.abc import Iterator
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    parse,
)

from caseward.calling.errors import DocumentUnusable

Fragments = dict[str, FragmentDefinitionNode]


@dataclass(frozen=True, slots=True)
class Document:
    """A text with one operation chosen. ``variables`` are those it takes."""

    text: str
    operation: str | None
    mutates: bool
    variables: frozenset[str]


def read(text: str, operation: str | None = None) -> Document:
    """The document; refuses what is none, names no operation, or asks of a mutation nothing that tells a refusal."""
    try:
        parsed = parse(text)
    except GraphQLError as error:
        raise DocumentUnusable(f"The document cannot be read: {error.message}") from None
    chosen = _chosen(parsed, operation)
    if chosen.operation is OperationType.SUBSCRIPTION:
        raise DocumentUnusable("A subscription is followed, not called.")
    fragments = {each.name.value: each for each in parsed.definitions if isinstance(each, FragmentDefinitionNode)}
    mutates = chosen.operation is OperationType.MUTATION
    if mutates:
        _ensure_telling(chosen.selection_set, fragments)
    names = frozenset(each.variable.name.value for each in chosen.variable_definitions or ())
    return Document(text, chosen.name.value if chosen.name else None, mutates, names)


def _chosen(parsed: DocumentNode, operation: str | None) -> OperationDefinitionNode:
    found = [each for each in parsed.definitions if isinstance(each, OperationDefinitionNode)]
    if not found:
        raise DocumentUnusable("There is no operation.")
    named = {each.name.value: each for each in found if each.name is not None}
    if operation in named:
        return named[operation]
    if operation is None and len(found) == 1:
        return found[0]
    wanted = f"There is no operation {operation}. " if operation is not None else ""
    if not named:
        raise DocumentUnusable(f"{wanted}The document's only one has no name: leave --operation out.")
    raise DocumentUnusable(f"{wanted}Say which operation to run by --operation: {', '.join(named)}.")


def _ensure_telling(selected: SelectionSetNode, fragments: Fragments) -> None:
    for field in _fields(selected, fragments):
        below = field.selection_set
        names = {each.name.value for each in _fields(below, fragments) if each.alias is None} if below else set()
        if not names & {"__typename", "code"}:
            said = (
                f"{field.name.value} would not tell what was refused: ask for ... on Problem {{ code message path }}."
            )
            raise DocumentUnusable(said)


def _fields(selected: SelectionSetNode, fragments: Fragments) -> Iterator[FieldNode]:
    """The fields of a selection, those of its fragments included."""
    for each in selected.selections:
        match each:
            case FieldNode():
                yield each
            case InlineFragmentNode():
                yield from _fields(each.selection_set, fragments)
            case FragmentSpreadNode() if each.name.value in fragments:
                yield from _fields(fragments[each.name.value].selection_set, fragments)
            case _:
                raise DocumentUnusable("The document uses a fragment that it does not define.")
