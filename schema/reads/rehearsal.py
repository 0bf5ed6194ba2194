"""A dry run: what an operation would cost and which statements it would run, without running any."""

from collections.abc import Mapping
from typing import Any

from graphql import DocumentNode, GraphQLError, GraphQLSchema, OperationType

from schema.reads.execution import Executor
from schema.reads.hooks import Details, is_async


class Rehearsing(Executor):
    """Meets the reads of a query without asking resolvers that would have to look something up first."""

    def execute_field(
        self, parent_type: Any, source: Any, field_details_list: Details, path: Any, position_context: Any
    ) -> Any:
        field = self.schema.get_field(parent_type, field_details_list[0].node.name.value)
        if field is not None and is_async(field):
            return None
        return super().execute_field(parent_type, source, field_details_list, path, position_context)


async def rehearse(
    schema: GraphQLSchema, document: DocumentNode, *, variables: Mapping[str, Any], name: str | None, context: Any
) -> list[GraphQLError]:
    """What would be wrong with it. Its cost, and the statements of a query, are in the context's watch afterwards.

    What a resolver decides only after looking something up has no statement here, nor has a mutation or subscription.
    """
    context.watch.dry = True
    made = Rehearsing.build(schema, document, raw_variable_values=variables, operation_name=name, context_value=context)
    if isinstance(made, list):
        return made
    if made.operation.operation is not OperationType.QUERY:
        return []
    found = made.execute_operation()
    answer = await found if made.is_awaitable(found) else found
    return list(answer.errors or ())
