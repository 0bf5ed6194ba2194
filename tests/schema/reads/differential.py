"""The compiler against the portable evaluator, operation after operation: python -m tests.schema.reads.differential."""

import argparse
import asyncio
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import orjson
from graphql import GraphQLSchema, parse
from tortoise import connections

from api.showing import shown
from caseward.stack import throwaway_stack
from domain.core.actor import Actor
from integrations import postgres
from schema import Contract, portable, reads, schema
from schema.context import Context
from schema.documents import Documents
from schema.incremental import inlined
from schema.reads import hooks
from schema.reads.catalog import catalog_of
from tests.schema.reads.operations import Known, Maker, Operation
from tests.schema.reads.populated import Desk, populate

SECRET = b"of the tests"
SECONDS = 30.0


class Quiet:
    """A bell nobody waits for."""

    async def wait(self) -> None:
        return


@dataclass(frozen=True, slots=True)
class Answer:
    """``data`` in normal form; ``errors`` as code and path, in one order; ``noted`` what is written down as shown.
    ``told`` is for whoever reads a failure."""

    data: bytes
    errors: tuple[tuple[str, str], ...]
    noted: frozenset[tuple[str, str]]
    told: Any

    @property
    def same(self) -> tuple[Any, ...]:
        # where one field's error left no answer, another may have been read by then: nothing of it is shown
        return self.data, self.errors, self.noted if self.data != b"null" else None


class Divergence(AssertionError):
    """The two answer differently, or one of them fails."""


@dataclass(slots=True)
class Differential:
    """Runs operations made from one seed."""

    desk: Desk
    seed: int
    known: Known = field(default_factory=Known)
    met: Counter[str] = field(default_factory=Counter)
    asked: set[str] = field(default_factory=set)
    told: int = 0

    async def run(self, operations: int) -> None:
        """Divergence at the first operation that the two answer differently, with all that is needed to repeat it."""
        core: GraphQLSchema = hooks.core_schema(schema)
        documents = Documents(core)
        chance = Random(self.seed)
        prefixes = {name: found.prefix for name, found in catalog_of(core).declarations.items()}
        self.known.ids = await identifiers()
        number = 0
        while number < operations:
            maker = Maker(core, self.known, chance, prefixes=prefixes)
            operation = maker.operation()
            if documents.read(operation.text).errors:
                self.met["invalid"] += 1
                continue
            number += 1
            self.asked |= maker.asked
            name = chance.choice(sorted(self.desk.viewers))
            await self._compare(operation, name, number)

    async def _compare(self, operation: Operation, name: str, number: int) -> None:
        viewer = self.desk.viewers[name]
        compiled = await answer(schema, operation, viewer)
        walked = await answer(portable(), operation, viewer)
        codes = {code for code, _ in (*compiled.errors, *walked.errors)}
        self.met.update(codes or {"answered"})
        seen = [text for text in self.desk.hidden.get(name, ()) if text.encode() in compiled.data]
        if compiled.same != walked.same or "INTERNAL" in codes or seen:
            raise Divergence(
                f"seed {self.seed}, operation {number}, as {name}; hidden and shown: {seen}\n{operation.text}\n"
                f"{orjson.dumps(dict(operation.variables)).decode()}\n"
                f"compiled: {compiled.told}\nportable: {walked.told}"
            )
        self.told += len(compiled.data)
        self.known.learn(operation, orjson.loads(compiled.data))


async def answer(contract: Contract, operation: Operation, viewer: Actor) -> Answer:
    """What a client would get."""

    async def renew() -> Actor:
        return viewer

    noted: set[tuple[str, str]] = set()

    async def note(seen: Sequence[reads.Seen], _document: str) -> None:
        noted.update((each.prefix, each.id.hex) for each in seen)

    document = inlined(parse(operation.text))
    about = Context(
        viewer=viewer, pool=postgres.pool(), cursor_secret=SECRET, document=document, bell=Quiet(),
        renew=renew, read_timeout=SECONDS, watch=reads.Watch(noted=note),
    )  # fmt: skip
    result = await contract.execute(operation.text, dict(operation.variables), about)
    said: Any = orjson.loads(reads.encode(shown(result.data, result.errors, {})))
    errors = sorted((each["extensions"]["code"], repr(each.get("path"))) for each in said.get("errors", ()))
    causes = [repr(error.original_error) for error in result.errors or ()]
    return Answer(
        orjson.dumps(normal(said.get("data"))),
        tuple(errors),
        frozenset(noted),
        {**said, "causes": causes, "noted": sorted(noted)},
    )


def normal(value: Any) -> Any:
    """The same value, whole numbers written as such: to JSON 33 and 33.0 are one number, as are 0 and -0."""
    if isinstance(value, list):
        return [normal(each) for each in value]
    if isinstance(value, dict):
        return {name: normal(each) for name, each in value.items()}
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 2**53 else value


async def same(text: str, viewer: Actor, /, **variables: Any) -> Any:
    """The data both give, errors or none; Divergence where they differ, or either fails."""
    operation = Operation(text, variables, {})
    compiled, walked = await answer(schema, operation, viewer), await answer(portable(), operation, viewer)
    if compiled.same != walked.same or any(code == "INTERNAL" for code, _ in compiled.errors):
        raise Divergence(f"{text}\n{variables}\ncompiled: {compiled.told}\nportable: {walked.told}")
    return orjson.loads(compiled.data)


async def identifiers() -> list[str]:
    """Public ids of rows of every kind, whoever may see them."""
    catalog = catalog_of(hooks.core_schema(schema))
    found = []
    for declaration in catalog.declarations.values():
        if declaration.prefix:
            rows = await connections.get("default").execute_query_dict(f"SELECT id FROM {declaration.table} LIMIT 40")
            found += [f"{declaration.prefix}_{str(row['id']).replace('-', '')}" for row in rows]
    return sorted(found)


async def main(operations: int, seed: int) -> None:
    """On a stack of its own."""
    with tempfile.TemporaryDirectory() as home, throwaway_stack(Path(home) / "stack") as stack:
        await postgres.migrate(stack.database_url)
        async with postgres.connected(stack.database_url):
            differential = Differential(await populate(Path(home)), seed)
            await differential.run(operations)
    print(f"{operations} operations of seed {seed} answered alike: {dict(differential.met)}")  # noqa: T201


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--operations", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=Random().randrange(10**6))
    given = parser.parse_args()
    asyncio.run(main(given.operations, given.seed))
