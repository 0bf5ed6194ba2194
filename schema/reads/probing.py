"""Whether what the read path takes from the libraries without their promise still behaves: asked once, at start-up.

Each probe uses one hook of `hooks` the way the compiler does, on a small contract of its own.
"""

from collections.abc import Callable
from typing import Any

import strawberry
from graphql import GraphQLError, GraphQLSchema, parse
from graphql.pyutils import Path

from schema.reads import hooks
from schema.reads.types import Connection

TEXT = """query Probe($yes: Boolean!, $size: Int!) {
  a: thing { ... { name @include(if: $yes) } sized(size: $size) ...More @skip(if: $yes) } b: thing { name }
} fragment More on Thing { things { nodes { name } } }"""
GIVEN = {"yes": True, "size": 2}
BROKEN = (AttributeError, TypeError, LookupError, ValueError, RuntimeError, ImportError, GraphQLError)


def moved() -> list[str]:
    """The hooks that do not do any more what the compiler needs of them; empty where all is well."""
    probes: dict[str, Callable[[], bool]] = {
        "core_schema": _core_schema,
        "definition_of, origin_of": _origins,
        "field_of, is_async": _fields,
        "listed_type": _listed,
        "complete_value": _complete_value,
        "execute, execute_field, handed_over, has_middleware": _execute_field,
    } | {name: _of_executor(probe) for name, probe in _SELECTED.items()}
    return [name for name, probe in probes.items() if not _holds(probe)]


def _holds(probe: Callable[[], bool]) -> bool:
    try:
        return probe()
    except BROKEN:
        return False


class _Mark:
    """Stands for a read."""


@strawberry.type
class Thing:
    name: str = "told"

    @strawberry.field
    def sized(self, size: int) -> int:
        return size

    @strawberry.field
    def things(self) -> Connection["Thing"] | None:
        return None


@strawberry.type
class Query:
    @strawberry.field
    def thing(self) -> Thing:
        return _Mark()  # type: ignore[return-value]


def _made(**how: Any) -> strawberry.Schema:
    return strawberry.Schema(Query, **how)


def _core() -> GraphQLSchema:
    return hooks.core_schema(_made())


def _core_schema() -> bool:
    return isinstance(_core(), GraphQLSchema) and "Thing" in _core().type_map


def _origins() -> bool:
    types = _core().type_map
    own = hooks.definition_of(types["__Type"]) is None and hooks.definition_of(types["Thing"]) is not None
    return own and hooks.origin_of(types["Thing"]) is Thing and hooks.origin_of(types["ThingConnection"]) is Connection


def _fields() -> bool:
    of: Any = _core().type_map["Thing"]
    found = hooks.field_of(of.fields["sized"])
    return found is not None and found.python_name == "sized" and not hooks.is_async(of.fields["sized"])


def _listed() -> bool:
    of: Any = _core().type_map["Thing"]
    found = hooks.field_of(of.fields["things"])
    return found is not None and hooks.listed_type(found.type) is Thing


def _complete_value() -> bool:
    class Executor(hooks.CoreContext):
        def complete_value(
            self, return_type: Any, details: Any, info: Any, path: Any, result: Any, position: Any
        ) -> Any:
            if isinstance(result, _Mark):
                key = hooks.path_key(path)
                named = [hooks.document_key(self)[1], info.field_name, details[0].node.name.value]
                return {"told": [*named, key == (("Query", path.key),)]}
            return super().complete_value(return_type, details, info, path, result, position)

    answer = _made(execution_context_class=Executor).execute_sync(TEXT, GIVEN)
    told = {"told": ["Probe", "thing", "thing", True]}
    return not answer.errors and answer.data == {"a": told, "b": told}


def _execute_field() -> bool:
    class Executor(hooks.CoreContext):
        def execute_field(self, parent: Any, source: Any, details: Any, path: Path, position: Any) -> Any:
            field = parent.fields[details[0].node.name.value]
            if path.prev is not None or hooks.has_middleware(self):
                return super().execute_field(parent, source, details, path, position)
            return hooks.handed_over(self, parent, field, details, path, Thing(name="handed over"))

    found = hooks.execute(_core(), parse("{ a: thing { name } }"), executor_class=Executor)
    answer = _driven(found)
    return not answer.errors and answer.data == {"a": {"name": "handed over"}}


def _driven(found: Any) -> Any:
    """What it returns, where it waits for nothing outside."""
    try:
        found.send(None)
    except StopIteration as done:
        return done.value
    raise RuntimeError


def _of_executor(probe: Callable[[Any], bool]) -> Callable[[], bool]:
    def run() -> bool:
        return probe(hooks.CoreContext.build(_core(), parse(TEXT), raw_variable_values=GIVEN))

    return run


def _selected(executor: Any) -> Any:
    return hooks.root_fields(executor, executor.schema.query_type)


def _below(executor: Any) -> Any:
    return hooks.subfields(executor, executor.schema.type_map["Thing"], _selected(executor)["a"])


def _arguments(executor: Any) -> bool:
    field = executor.schema.type_map["Thing"].fields["sized"]
    return hooks.arguments(executor, field, _below(executor)["sized"][0]) == {"size": 2}


def _document(executor: Any) -> bool:
    other: Any = hooks.CoreContext.build(_core(), parse(TEXT + " "), raw_variable_values=GIVEN)
    key = hooks.document_key(executor)
    told = key[1] == "Probe" and key != hooks.document_key(other)
    return told and hooks.document_id(executor) != hooks.document_id(other)


_SELECTED: dict[str, Callable[[Any], bool]] = {
    "root_fields": lambda executor: list(_selected(executor)) == ["a", "b"],
    "subfields": lambda executor: list(_below(executor)) == ["name", "sized"],
    "arguments": _arguments,
    "document_key, document_id": _document,
    "shaping_variables": lambda executor: hooks.shaping_variables(executor) == ("yes",),
    "variable": lambda executor: hooks.variable(executor, "yes") is True,
}
