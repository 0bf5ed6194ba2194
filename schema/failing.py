"""What fails fails alone: a field that only an error makes null is null beside that error, and its neighbours keep
their answers. The directive tells it from what may be null without one, for clients that read it.
"""

from collections.abc import Iterator

from graphql import (
    DirectiveLocation,
    GraphQLArgument,
    GraphQLDirective,
    GraphQLField,
    GraphQLInt,
    GraphQLList,
    GraphQLObjectType,
    GraphQLSchema,
    ObjectTypeDefinitionNode,
    get_named_type,
    is_composite_type,
    is_non_null_type,
    parse,
)

SEMANTIC_NON_NULL = GraphQLDirective(
    "semanticNonNull",
    [DirectiveLocation.FIELD_DEFINITION],
    args={
        "levels": GraphQLArgument(
            GraphQLList(GraphQLInt), default_value=[0], description="Of the field itself, 0; of its items, 1."
        )
    },
    description="Null only where errors say why.",
)

_VIEWER = "viewer"
_ALONE = "caseward.alone"


def fail_alone(schema: GraphQLSchema) -> None:
    """Lets every field that promises a value and can fail by itself be null; once per schema."""
    for field in _failing(schema):
        if is_non_null_type(field.type):
            field.type = field.type.of_type
            field.extensions = {**field.extensions, _ALONE: True}
    schema.directives = (*schema.directives, SEMANTIC_NON_NULL)


def _failing(schema: GraphQLSchema) -> Iterator[GraphQLField]:
    """The root fields of queries and mutations. The viewer is known before anything is read, so there it is what is
    read for it."""
    for root in (schema.query_type, schema.mutation_type):
        yield from (field for name, field in root.fields.items() if name != _VIEWER) if root else ()
    viewer = get_named_type(schema.query_type.fields[_VIEWER].type) if schema.query_type else None
    if isinstance(viewer, GraphQLObjectType):
        yield from (field for field in viewer.fields.values() if is_composite_type(get_named_type(field.type)))


def said(sdl: str, schema: GraphQLSchema) -> str:
    """The text of the contract with the directive where it applies: what prints schemas leaves out applied ones."""
    ends = []
    for each in parse(sdl).definitions:
        if isinstance(each, ObjectTypeDefinitionNode):
            of = schema.type_map[each.name.value]
            assert isinstance(of, GraphQLObjectType)  # noqa: S101 - the text is the schema's own
            alone = [field.type.loc for field in each.fields or () if _ALONE in of.fields[field.name.value].extensions]
            ends += [loc.end for loc in alone if loc is not None]
    for end in sorted(ends, reverse=True):
        sdl = f"{sdl[:end]} @{SEMANTIC_NON_NULL.name}{sdl[end:]}"
    return sdl
