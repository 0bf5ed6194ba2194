"""A database of its own for the read path, with a few branches, members, books and notes."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import pytest
from graphql import GraphQLError

from caseward.stack import Stack
from tests.conftest import url_of
from tests.schema.reads.library import TABLES, Context, Reader, portable, schema

DAWN = datetime(2026, 1, 1, tzinfo=UTC)


def uid(kind: int, number: int) -> UUID:
    return UUID(int=(kind << 64) | number)


NORTH, SOUTH = uid(1, 1), uid(1, 2)
ANN, BEN = uid(2, 1), uid(2, 2)
NORTHERNER = Reader(id=uid(9, 1), person_id=ANN, teams=frozenset({NORTH}), permissions=frozenset({"book.lend"}))
STRANGER = Reader(id=uid(9, 2))
KEEPER = Reader(
    id=uid(9, 3), person_id=BEN, permissions=frozenset({"book.read_all", "note.read_hidden", "member.read_email"})
)


@pytest.fixture(scope="session")
async def pool(stack: Stack, maintenance: asyncpg.Connection, worker: int) -> AsyncIterator[asyncpg.Pool]:
    name = f"reads_{worker}"
    await maintenance.execute(f'CREATE DATABASE "{name}"')
    settings = {"timezone": "UTC", "jit": "off"}
    async with asyncpg.create_pool(url_of(stack, name), min_size=1, max_size=4, server_settings=settings) as found:
        await found.execute(TABLES)
        await fill(found)
        yield found
    await maintenance.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


async def fill(pool: asyncpg.Pool) -> None:
    """Thirty books (every fifth in the south, every seventh secret), a note or more on most."""
    await pool.executemany(
        "INSERT INTO member VALUES ($1, $2, $3, $4, $5)",
        [
            (ANN, "Ann", "ann@example.org", NORTH, DAWN),
            (BEN, 'Ben "B" \\ \n O\'Hara', None, SOUTH, DAWN + timedelta(days=1)),
        ],
    )
    books = []
    for n in range(1, 31):
        state = ("SHELF", "LENT", "LOST")[n % 3]
        title = None if n % 4 == 0 else f"Title {n:02}"
        due = None if n % 3 == 0 else DAWN + timedelta(days=n % 10)
        books.append(
            (
                uid(3, n),
                n,
                state,
                1 + n % 2,
                title,
                n % 7 == 0,
                SOUTH if n % 5 == 0 else NORTH,
                (ANN, BEN, None)[n % 3],
                DAWN + timedelta(hours=n // 2),
                due,
                n * 3,
                n * 1_500_000,
                n * 10,
                [f"l{n}", "é\n"],
                '{"a": [1, 2]}',
                n / 4,
            )
        )
    await pool.executemany(f"INSERT INTO book VALUES ({', '.join(f'${i}' for i in range(1, 17))})", books)
    notes = []
    for n in range(1, 31):
        for k in range(n % 4):
            written = DAWN + timedelta(days=n, minutes=k)
            notes.append((uid(4, n * 10 + k), uid(3, n), (ANN, None)[k % 2], f"note {n}.{k}", k == 2, written))
    await pool.executemany("INSERT INTO note VALUES ($1, $2, $3, $4, $5, $6)", notes)
    diary = [
        (uid(5, 1), uid(3, 1), "BOUGHT", DAWN, 12, None),
        (uid(5, 2), uid(3, 1), "BORROWED", DAWN + timedelta(days=1), None, ANN),
        (uid(5, 3), uid(3, 1), "BURNT", DAWN + timedelta(days=2), None, None),
    ]
    await pool.executemany("INSERT INTO diary VALUES ($1, $2, $3, $4, $5, $6)", diary)
    marks = [(uid(6, 1), "book", uid(3, 1), 1), (uid(6, 2), "note", uid(4, 10), 2), (uid(6, 3), "book", uid(3, 7), 3)]
    await pool.executemany("INSERT INTO bookmark VALUES ($1, $2, $3, $4)", marks)


class Ask:
    """Asks the schema; answers are read back from the bytes a client would get. What only reads is asked of the
    portable evaluator too, which has to say the same."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self.statements: list[str] = []
        self.text = b""

    async def __call__(self, document: str, viewer: Reader = NORTHERNER, **variables: object) -> dict:
        answer = await self.answer(document, viewer, **variables)
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    async def answer(
        self, document: str, viewer: Reader = NORTHERNER, *, seconds: float = 5.0, **variables: object
    ) -> dict:
        context = Context(viewer, self._pool, read_timeout=seconds)
        result = await schema.execute(document, variable_values=variables, context_value=context)
        self.statements = context.statements
        body = {"data": result.data}
        if result.errors:
            body["errors"] = [error.formatted for error in result.errors]
        self.text = orjson.dumps(body)
        timed_out = any(code == "READ_TIMED_OUT" for _, code in _codes(result.errors))
        if not document.startswith("mutation") and not timed_out:
            walked = await portable.execute(
                document, variable_values=variables, context_value=Context(viewer, self._pool, read_timeout=seconds)
            )
            assert orjson.dumps(walked.data) == orjson.dumps(orjson.loads(orjson.dumps(result.data)))
            assert _codes(walked.errors) == _codes(result.errors)
        return orjson.loads(self.text)

    async def code(
        self, document: str, viewer: Reader = NORTHERNER, *, seconds: float = 5.0, **variables: object
    ) -> str:
        """The code of the one error."""
        (error,) = (await self.answer(document, viewer, seconds=seconds, **variables))["errors"]
        return error["extensions"]["code"]


def _codes(errors: list[GraphQLError] | None) -> list[tuple[Any, Any]]:
    return [(error.path, (error.extensions or {}).get("code")) for error in errors or ()]


@pytest.fixture
def ask(pool: asyncpg.Pool) -> Ask:
    return Ask(pool)


Asking = Callable[..., dict]
