"""The GraphQL contract. Translates, never decides.

A capability adds its `queries.py: XQueries`, `mutations.py: XMutations`, `subscriptions.py: XSubscriptions` to the
bases below, and the members of its unions and interfaces to MEMBERS; see `schema.mutations` for how a mutation reads.
"""

import strawberry
from graphql import build_schema, lexicographic_sort_schema, print_schema
from strawberry.schema.config import StrawberryConfig

from schema import reads
from schema.documents import Prepared
from schema.people.queries import PeopleQueries
from schema.scalars import SCALARS


@strawberry.type(description="What can be read.")
class Query(PeopleQueries):
    node: reads.Node | None = reads.root_node(description="Anything by its id or key.")
    nodes: list[reads.Node | None] = reads.root_nodes(description="Things by their ids or keys, in that order.")


MEMBERS: list[type] = []

schema = strawberry.Schema(
    query=Query,
    types=MEMBERS,
    execution_context_class=reads.Executor,
    extensions=[Prepared],
    config=StrawberryConfig(scalar_map=SCALARS),
)


def sdl() -> str:
    """The contract as text, sorted: what `schema.graphql` must hold."""
    return print_schema(lexicographic_sort_schema(build_schema(schema.as_str()))) + "\n"
