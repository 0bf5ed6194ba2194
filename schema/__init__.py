"""The GraphQL contract. Translates, never decides.

A capability adds its `queries.py: XQueries`, `mutations.py: XMutations`, `subscriptions.py: XSubscriptions` to the
bases below, and the members of its unions and interfaces to MEMBERS; see `schema.mutations` for how a mutation reads.
"""

from collections.abc import Awaitable, Iterable
from functools import cache
from typing import Any, cast

import strawberry
from graphql import ExecutionResult as GraphQLResult
from graphql import GraphQLError, build_schema, lexicographic_sort_schema, print_schema
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext, ExecutionResult
from strawberry.types.graphql import OperationType

from schema import reads
from schema.asked import IDEMPOTENT
from schema.bulk.mutations import BulkMutations
from schema.bulk.queries import BulkQueries
from schema.bulk.subscriptions import BulkSubscriptions
from schema.cases.mutations import CaseMutations
from schema.cases.queries import CaseQueries
from schema.cases.subscriptions import CaseSubscriptions
from schema.cases.types import EVENTS as CASE_EVENTS
from schema.documents import Prepared
from schema.escalation.mutations import EscalationMutations
from schema.escalation.queries import EscalationQueries
from schema.escalation.subscriptions import EscalationSubscriptions
from schema.escalation.types import EVENTS as PAGE_EVENTS
from schema.failing import fail_alone, said
from schema.files.mutations import FileMutations
from schema.incremental import described
from schema.inquiries.mutations import InquiryMutations
from schema.inquiries.queries import InquiryQueries
from schema.mirror.mutations import MirrorMutations
from schema.mirror.queries import MirrorQueries
from schema.mirror.subscriptions import MirrorSubscriptions
from schema.notify.mutations import NotifyMutations
from schema.notify.queries import NotifyQueries
from schema.oncall.mutations import OncallMutations
from schema.oncall.queries import OncallQueries
from schema.people.mutations import PeopleMutations
from schema.people.queries import PeopleQueries
from schema.reads.hooks import core_schema, execute
from schema.reads.portable import Portable
from schema.review.mutations import ReviewMutations
from schema.review.queries import ReviewQueries
from schema.scalars import SCALARS
from schema.sla.mutations import SlaMutations
from schema.sla.queries import SlaQueries
from schema.sla.subscriptions import SlaSubscriptions
from schema.views.mutations import ViewMutations
from schema.views.queries import ViewQueries


@strawberry.type(description="What can be read.")
class Query(
    CaseQueries,
    BulkQueries,
    ViewQueries,
    ReviewQueries,
    InquiryQueries,
    EscalationQueries,
    MirrorQueries,
    NotifyQueries,
    OncallQueries,
    SlaQueries,
    PeopleQueries,
):
    node: reads.Node | None = reads.root_node(description="Anything by its id or key.")
    nodes: list[reads.Node | None] = reads.root_nodes(
        description="Things by their ids or keys, in that order. What is no id is null, and the error of its place."
    )


@strawberry.type(description="What can be done. Everything answers with a success or a Problem.")
class Mutation(
    CaseMutations,
    BulkMutations,
    ViewMutations,
    ReviewMutations,
    InquiryMutations,
    FileMutations,
    EscalationMutations,
    MirrorMutations,
    NotifyMutations,
    OncallMutations,
    SlaMutations,
    PeopleMutations,
):
    pass


@strawberry.type(description="What can be followed as it happens, without missing or repeating anything.")
class Subscription(
    CaseSubscriptions,
    BulkSubscriptions,
    EscalationSubscriptions,
    SlaSubscriptions,
    MirrorSubscriptions,
):
    pass


MEMBERS: list[type] = [*CASE_EVENTS, *PAGE_EVENTS]


class Contract(strawberry.Schema):
    """Errors are logged where they are answered, once, under the id the client is told."""

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        pass


class Compiled(Contract):
    """Answers without what Strawberry does around every operation: here documents come parsed and validated, and nobody
    stands around resolvers. Subscriptions are followed as Strawberry follows them.
    """

    async def execute(
        self,
        query: str | None,  # noqa: ARG002 - the context holds it, parsed
        variable_values: dict[str, Any] | None = None,
        context_value: Any | None = None,
        root_value: Any | None = None,
        operation_name: str | None = None,
        allowed_operation_types: Iterable[OperationType] | None = None,  # noqa: ARG002 - whoever prepared it has looked
        operation_extensions: dict[str, Any] | None = None,  # noqa: ARG002 - the endpoint's own
    ) -> ExecutionResult:
        """The answer of a query or a mutation; what GraphQL itself refuses are its errors."""
        assert context_value is not None  # noqa: S101 - every operation has one
        found = execute(
            self._schema,
            context_value.document,
            root_value,
            context_value,
            variable_values,
            operation_name,
            executor_class=self.execution_context_class,
        )
        result = found if isinstance(found, GraphQLResult) else await cast("Awaitable[GraphQLResult]", found)
        return ExecutionResult(result.data, result.errors)


def _contract(of: type[Contract], **executed: Any) -> Contract:
    made = of(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=MEMBERS,
        config=StrawberryConfig(scalar_map=SCALARS, enable_experimental_incremental_execution=True),
        **executed,
    )
    core = core_schema(made)
    core.directives = (*described(core.directives), IDEMPOTENT)
    fail_alone(core)
    return made


schema = _contract(Compiled, execution_context_class=reads.Executor, extensions=[Prepared])


@cache
def portable() -> Contract:
    """The same contract with reads answered by walking rows; made when it is first asked for."""
    return _contract(Contract, extensions=[Prepared, Portable])


def sdl() -> str:
    """The contract as text, sorted: what `schema.graphql` must hold."""
    sorted_ = print_schema(lexicographic_sort_schema(build_schema(schema.as_str())))
    return said(sorted_, core_schema(schema)) + "\n"
