"""`@defer` and `@stream`: clients may say them, their rules are checked, and the answer comes whole.

GraphQL leaves it to the server whether it delivers in parts. One statement makes all of an answer, so no part of it
would come sooner by coming alone.
"""

from collections.abc import Iterable
from typing import Any, cast

from graphql import (
    REMOVE,
    DirectiveNode,
    DocumentNode,
    GraphQLArgument,
    GraphQLDeferDirective,
    GraphQLDirective,
    GraphQLError,
    GraphQLStreamDirective,
    StreamDirectiveOnListField,
    ValidationContext,
    Visitor,
    is_union_type,
    visit,
)

SAID: dict[str, tuple[str, dict[str, str]]] = {
    GraphQLDeferDirective.name: (
        "This fragment may come later. It never does: it is answered inline, with all the rest, in one answer.",
        {
            "if": "Whether it may. Where a client waits for a part that will not come, say false.",
            "label": "A name for it; unique in the document.",
        },
    ),
    GraphQLStreamDirective.name: (
        "The items of this list may come later. They never do: all are answered inline, in one answer.",
        {
            "if": "Whether they may. Where a client waits for items that will not come, say false.",
            "label": "A name for it; unique in the document.",
            "initialCount": "How many items are wanted at once. All of them come at once, whatever is said.",
        },
    ),
}


def described(directives: Iterable[GraphQLDirective]) -> tuple[GraphQLDirective, ...]:
    """The same directives; those of incremental delivery say what becomes of them here."""
    return tuple(_described(each) if each.name in SAID else each for each in directives)


def _described(directive: GraphQLDirective) -> GraphQLDirective:
    said, arguments = SAID[directive.name]
    kept = directive.to_kwargs()
    kept["description"] = said
    kept["args"] = {name: _argued(argument, arguments[name]) for name, argument in directive.args.items()}
    return GraphQLDirective(**kept)


def _argued(argument: GraphQLArgument, said: str) -> GraphQLArgument:
    kept = argument.to_kwargs()
    kept["description"] = said
    return GraphQLArgument(**kept)


class StreamedLists(StreamDirectiveOnListField):
    """The library's rule, which looks for the field among its parent's and forgets that a union has none."""

    def enter_directive(self, node: DirectiveNode, *given: Any) -> None:
        """Called by the validator."""
        if not is_union_type(cast("ValidationContext", self.context).get_parent_type()):
            super().enter_directive(node, *given)
        elif node.name.value == GraphQLStreamDirective.name:
            said = "Stream directive cannot be used on what is selected of a union: it has no lists of its own."
            self.report_error(GraphQLError(said, node))


def inlined(document: DocumentNode) -> DocumentNode:
    """A valid document without them: whoever runs it has nothing to deliver later."""
    return visit(document, _Inliner())  # type: ignore[no-any-return]


class _Inliner(Visitor):
    def enter_directive(self, node: DirectiveNode, *_: Any) -> Any:
        """Called by the visit."""
        return REMOVE if node.name.value in SAID else None
