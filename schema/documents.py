"""Documents parsed, limited and validated once, however often they come."""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import structlog
from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    NoDeprecatedCustomRule,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    StreamDirectiveOnListField,
    parse,
    specified_rules,
    validate,
)
from strawberry.extensions import SchemaExtension
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from schema.incremental import StreamedLists, inlined
from schema.limits import NothingSelected, oversized
from schema.texts import StorableLiterals

log = structlog.get_logger(__name__)

MAX_TOKENS = 4000
MAX_ROOT_FIELDS = 30
MAX_ERRORS = 20
CHARACTERS_KEPT = 3_000_000
"""Of all documents together: one parsed takes a hundred bytes a character."""
BESIDE = 1000
"""What a document takes beside its text, in characters."""
LONGEST_KEPT = 20_000

RULE_FAILED = (AttributeError, TypeError, LookupError, ValueError)
"""How a rule of a library fails over a document its author did not think of."""

# made once: a rule class per request would defeat every cache behind it
RULES: tuple[Any, ...] = (
    *(StreamedLists if rule is StreamDirectiveOnListField else rule for rule in specified_rules),
    MaybeNullValidationRule,
    OneOfInputValidationRule,
    StorableLiterals,
    NothingSelected,
)


@dataclass(frozen=True, slots=True)
class Document:
    """A text with what is wrong with it; ``parsed`` is None where it has a syntax error. ``deprecated``: the places of
    a valid one that use what will be gone, each with what to use instead."""

    parsed: DocumentNode | None
    errors: tuple[GraphQLError, ...]
    operations: tuple[OperationDefinitionNode, ...]
    deprecated: tuple[GraphQLError, ...] = ()

    def operation(self, name: str | None) -> OperationDefinitionNode | None:
        """The operation to run: the named one, or the only one; None where that says nothing."""
        if name is None:
            return self.operations[0] if len(self.operations) == 1 else None
        return next((each for each in self.operations if each.name and each.name.value == name), None)


class Documents:
    """Reads documents against one schema; the longest unused are forgotten. Holds no more than ``characters``."""

    def __init__(self, schema: GraphQLSchema, *, introspection: bool = True, characters: int = CHARACTERS_KEPT) -> None:
        self._schema = schema
        self._rules = RULES if introspection else (*RULES, NoSchemaIntrospectionCustomRule)
        self._kept: OrderedDict[str, Document] = OrderedDict()
        self._most = characters
        self.characters = 0

    def read(self, text: str) -> Document:
        """Parsed and validated; cheap on a repeat."""
        found = self._kept.get(text)
        if found is not None:
            self._kept.move_to_end(text)
            return found
        made = self._read(text)
        if len(text) <= LONGEST_KEPT:
            self._kept[text] = made
            self.characters += len(text) + BESIDE
            while self.characters > self._most:
                oldest, _ = self._kept.popitem(last=False)
                self.characters -= len(oldest) + BESIDE
        return made

    def _read(self, text: str) -> Document:
        try:
            parsed = parse(text, max_tokens=MAX_TOKENS)
        except GraphQLSyntaxError as error:
            return Document(None, (error,), ())
        errors = self._validated(parsed)
        errors = errors or [*oversized(parsed)]
        parsed = inlined(parsed)
        operations = tuple(d for d in parsed.definitions if isinstance(d, OperationDefinitionNode))
        crowded = [
            GraphQLError(f"At most {MAX_ROOT_FIELDS} fields at the top; send two requests.", [operation])
            for operation in operations
            if len(operation.selection_set.selections) > MAX_ROOT_FIELDS
        ]
        deprecated = () if errors else tuple(validate(self._schema, parsed, [NoDeprecatedCustomRule]))
        return Document(parsed, (*errors, *crowded), operations, deprecated)

    def _validated(self, parsed: DocumentNode) -> list[GraphQLError]:
        """What the rules find. A rule that fails itself does so over something it was not made for, such as a directive
        where none may stand: what the other rules say of that is the answer, and never that we have failed."""
        try:
            return validate(self._schema, parsed, self._rules, max_errors=MAX_ERRORS)
        except RULE_FAILED:
            return self._one_by_one(parsed)

    def _one_by_one(self, parsed: DocumentNode) -> list[GraphQLError]:
        found: list[GraphQLError] = []
        failed: list[BaseException] = []
        for rule in self._rules:
            try:
                found += validate(self._schema, parsed, [rule], max_errors=MAX_ERRORS)
            except RULE_FAILED as error:
                failed.append(error)
        if found:
            return found[:MAX_ERRORS]
        log.error("rule_failed", exc_info=failed[0])
        return [GraphQLError("Whether this document is valid cannot be told. Leave out what is unusual in it.")]


class Prepared(SchemaExtension):
    """Hands strawberry the document the endpoint has read: nothing is parsed or validated twice."""

    def on_parse(self) -> Iterator[None]:
        self.execution_context.graphql_document = self.execution_context.context.document
        yield

    def on_validate(self) -> Iterator[None]:
        self.execution_context.pre_execution_errors = []
        yield
