"""Everything we use of strawberry and graphql-core that they do not promise: each name has a contract test.

Both are pinned exactly. When an upgrade moves one of these, its test fails by name, and `probing.moved` names it at
start-up: reads are then served without the compiler.
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any, cast

import orjson
from graphql import GraphQLField, GraphQLObjectType, GraphQLSchema, get_argument_values
from graphql.language import DirectiveNode, OperationDefinitionNode, VariableNode, Visitor, visit
from graphql.pyutils import Path
from strawberry import Schema
from strawberry.types.base import StrawberryContainer
from strawberry.types.field import StrawberryField
from strawberry.types.lazy_type import LazyType

from schema.reads.gone import private
from schema.reads.types import Connection, Edge

if TYPE_CHECKING:
    from graphql.execution import collect_fields as collecting
    from graphql.execution import executor as executing
    from graphql.execution import experimental_execute_incrementally
    from graphql.execution.collect_fields import collect_fields, collect_subfields
    from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

    CoreContext = StrawberryGraphQLCoreExecutionContext
    CoreExecutor = executing.Executor
    execute = experimental_execute_incrementally
    FieldDetails = collecting.FieldDetails
else:
    CoreExecutor = private("graphql.execution.executor", "Executor")
    FieldDetails = private("graphql.execution.collect_fields", "FieldDetails")
    collect_fields = private("graphql.execution.collect_fields", "collect_fields")
    collect_subfields = private("graphql.execution.collect_fields", "collect_subfields")
    CoreContext = private("strawberry.schema.schema", "StrawberryGraphQLCoreExecutionContext")
    # the one that takes a schema with @defer; documents come without it, so it has nothing to deliver later
    execute = private("graphql.execution", "experimental_execute_incrementally")

Details = list[FieldDetails]
_BACKREF = "strawberry-definition"


def core_schema(schema: Schema) -> GraphQLSchema:
    """The graphql-core schema inside a strawberry schema."""
    return schema._schema  # noqa: SLF001 - it has no public name


def definition_of(graphql_type: Any) -> Any:
    """The strawberry definition a GraphQL type was made from; None for introspection's own."""
    return (graphql_type.extensions or {}).get(_BACKREF)


def field_of(field: GraphQLField) -> StrawberryField | None:
    """The strawberry field a GraphQL field was made from; None for introspection's own."""
    return cast("StrawberryField | None", (field.extensions or {}).get(_BACKREF))


def origin_of(graphql_type: Any) -> Any:
    """The Python class a GraphQL type was made from; for `CaseConnection` that is Connection."""
    definition = definition_of(graphql_type)
    generic = getattr(definition, "concrete_of", None)
    return getattr(generic or definition, "origin", None)


def is_connection(graphql_type: Any) -> bool:
    return origin_of(graphql_type) is Connection


def is_edge(graphql_type: Any) -> bool:
    return origin_of(graphql_type) is Edge


def listed_type(of: Any) -> Any:
    """The T of a `Connection[T]` annotation, whether optional or lazy."""
    while isinstance(of, StrawberryContainer | LazyType):
        of = of.resolve_type() if isinstance(of, LazyType) else of.of_type
    (listed,) = of.__strawberry_definition__.type_var_map.values()
    return listed.resolve_type() if isinstance(listed, LazyType) else listed


def root_fields(executor: CoreExecutor[Any], root: GraphQLObjectType) -> Mapping[str, Details]:
    """The fields selected at the top of the operation, merged, by response key; directives applied."""
    found = collect_fields(executor.schema, executor.fragments, executor.variable_values, root, executor.operation)
    return found.grouped_field_set


def document_id(executor: CoreExecutor[Any]) -> str:
    """`sha256:…` of the operation's text: what manifests of trusted documents and logs call it by."""
    loc = executor.operation.loc
    return f"sha256:{sha256((loc.source.body if loc else '').encode()).hexdigest()}"


def is_async(field: GraphQLField) -> bool:
    """Whether the field's resolver has to be awaited, so that it may ask for anything."""
    made_from = field_of(field)
    return made_from is not None and made_from.is_async


def subfields(executor: CoreExecutor[Any], of: GraphQLObjectType, details: Details) -> Mapping[str, Details]:
    """The fields selected below, merged, by response key, for one runtime type; directives applied, defer inlined."""
    found = collect_subfields(
        executor.schema, executor.fragments, executor.variable_values, executor.operation, of, details
    )
    return found.grouped_field_set


def has_middleware(executor: CoreExecutor[Any]) -> bool:
    """Whether an extension stands around every resolver, and so has to be asked."""
    return bool(executor.middleware_manager and executor.middleware_manager.middlewares)


def handed_over(
    executor: CoreExecutor[Any],
    parent: GraphQLObjectType,
    field: GraphQLField,
    details: Details,
    path: Path,
    value: Any,
) -> Any:
    """Completes a field with a value that is known without asking its resolver: no argument is coerced. To be awaited;
    what fails on the way is an error of that field.
    """
    info = executor.build_resolve_info(field, [detail.node for detail in details], parent, path)
    return executor.complete_awaitable_value(field.type, details, info, path, _known(value), None)


async def _known(value: Any) -> Any:
    return value


def arguments(executor: CoreExecutor[Any], field: GraphQLField, detail: FieldDetails) -> dict[str, Any]:
    """The coerced arguments of one selected field, keyed as clients name them."""
    return get_argument_values(field, detail.node, executor.variable_values, detail.fragment_variable_values)


def document_key(executor: CoreExecutor[Any]) -> Any:
    """What tells this operation's text from every other, in few bytes; the node itself where it keeps no source."""
    operation = executor.operation
    name = operation.name.value if operation.name else None
    return (sha256(operation.loc.source.body.encode()).digest() if operation.loc else operation, name)


def document_size(executor: CoreExecutor[Any]) -> int:
    """Characters of the document's text: whoever keeps one of its nodes keeps all of it."""
    loc = executor.operation.loc
    return len(loc.source.body) if loc else 0


def shaping_variables(executor: CoreExecutor[Any]) -> tuple[str, ...]:
    """The variables @include and @skip read anywhere in the document."""
    found: dict[str, None] = {}

    class Finder(Visitor):
        def enter_directive(self, node: DirectiveNode, *_: Any) -> None:
            if node.name.value in {"include", "skip"}:
                for argument in node.arguments or ():
                    if isinstance(argument.value, VariableNode):
                        found[argument.value.name.value] = None

    operation: OperationDefinitionNode = executor.operation
    for node in (operation, *executor.fragment_definitions.values()):
        visit(node, Finder())
    return tuple(found)


def variable(executor: CoreExecutor[Any], name: str) -> Any:
    return executor.variable_values.coerced.get(name)


def variables_of(executor: CoreExecutor[Any]) -> bytes | None:
    """The operation's variables as one key, telling absent from null; None where they cannot be one."""
    try:
        return orjson.dumps(executor.variable_values.coerced, default=repr, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:
        return None


def path_key(path: Path) -> tuple[tuple[str | None, str | int], ...]:
    """Response keys with the types they were selected on, list positions left out."""
    found = []
    at: Path | None = path
    while at is not None:
        if isinstance(at.key, str):
            found.append((at.typename, at.key))
        at = at.prev
    return tuple(found)
