"""The read path: a GraphQL selection becomes one SQL statement that returns JSON. Knows no capability.

Types say where their fields' values come from (`entity`, `column`, `reference`, `connection`…), resolvers return reads
(`select`, `one`), the Executor compiles and runs them. See docs/reads.md.
"""

from schema.reads.declarations import Sort, entity, interface, part, sort
from schema.reads.execution import Context, Executor, encode, encode_text
from schema.reads.fields import column, computed, connection, expression, key, many, one_of, reference, same_row
from schema.reads.rehearsal import rehearse
from schema.reads.roots import Narrowing, narrowed_connection, root_connection, root_node, root_nodes, root_one
from schema.reads.selects import Read, Select, one, select
from schema.reads.sensitivity import Seen, Sensitive, sensitive
from schema.reads.summaries import average, count, maximum, minimum, percentile, spread, tally, total
from schema.reads.types import Connection, DurationSpread, Edge, Node, NumberSpread, PageInfo, Tally, TotalCount
from schema.reads.verification import verify
from schema.reads.watching import Charge, Told, Watch

__all__ = [
    "Charge",
    "Connection",
    "Context",
    "DurationSpread",
    "Edge",
    "Executor",
    "Narrowing",
    "Node",
    "NumberSpread",
    "PageInfo",
    "Read",
    "Seen",
    "Select",
    "Sensitive",
    "Sort",
    "Tally",
    "Told",
    "TotalCount",
    "Watch",
    "average",
    "column",
    "computed",
    "connection",
    "count",
    "encode",
    "encode_text",
    "entity",
    "expression",
    "interface",
    "key",
    "many",
    "maximum",
    "minimum",
    "narrowed_connection",
    "one",
    "one_of",
    "part",
    "percentile",
    "reference",
    "rehearse",
    "root_connection",
    "root_node",
    "root_nodes",
    "root_one",
    "same_row",
    "select",
    "sensitive",
    "sort",
    "spread",
    "tally",
    "total",
    "verify",
]
