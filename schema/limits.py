"""How deep a document is and how many aliases it has, written out: each fragment is counted once, however often it is
spread, since thirty fragments that spread each other twice are a billion fields.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    OperationDefinitionNode,
    SelectionSetNode,
    ValidationRule,
)

MAX_DEPTH = 14
MAX_ALIASES = 60


@dataclass(frozen=True, slots=True)
class Size:
    """``depth`` in fields that hold others; ``aliases`` with those of every fragment, each time it is spread."""

    depth: int = 0
    aliases: int = 0


class NothingSelected(ValidationRule):
    """Refuses braces with nothing in them, which the grammar has not and the parser lets pass."""

    def enter_selection_set(self, node: SelectionSetNode, *_: Any) -> None:
        """Called by the validator."""
        if not node.selections:
            self.report_error(GraphQLError("Select at least one field here.", [node]))


def oversized(document: DocumentNode) -> Iterator[GraphQLError]:
    """What of a valid document is over a limit: every fragment it spreads is there, and none spreads itself."""
    parts = document.definitions
    fragments = {part.name.value: part for part in parts if isinstance(part, FragmentDefinitionNode)}
    known: dict[str, Size] = {}
    sizes = [(part, _size(part.selection_set, fragments, known)) for part in parts if _is_operation(part)]
    for operation, size in sizes:
        if size.depth > MAX_DEPTH:
            yield GraphQLError(f"At most {MAX_DEPTH} levels; this has {size.depth}.", [operation])
    total = sum(size.aliases for _, size in sizes)
    if total > MAX_ALIASES:
        yield GraphQLError(f"At most {MAX_ALIASES} aliases; this has {min(total, 10**6):,}.")


def _is_operation(part: object) -> TypeGuard[OperationDefinitionNode]:
    return isinstance(part, OperationDefinitionNode)


def _size(
    selected: SelectionSetNode | None, fragments: Mapping[str, FragmentDefinitionNode], known: dict[str, Size]
) -> Size:
    depth = aliases = 0
    for each in selected.selections if selected else ():
        if isinstance(each, FragmentSpreadNode):
            name = each.name.value
            if name not in known:
                known[name] = _size(fragments[name].selection_set, fragments, known)
            found = known[name]
        else:
            found = _size(getattr(each, "selection_set", None), fragments, known)
        aliases += found.aliases
        if not isinstance(each, FieldNode):
            depth = max(depth, found.depth)
            continue
        aliases += each.alias is not None
        if each.selection_set and not each.name.value.startswith("__"):
            depth = max(depth, found.depth + 1)
    return Size(depth, aliases)
