"""A small world of its own for the read path: a library with branches, members, loans, notes and a diary."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum, StrEnum
from typing import Annotated, Any
from uuid import UUID

import strawberry
from strawberry.schema.config import StrawberryConfig

from domain.core import predicates as p
from domain.core.errors import Refused
from schema import reads
from schema.reads.portable import Portable
from schema.scalars import SCALARS, Long

TABLES = """
CREATE TABLE member (
    id uuid PRIMARY KEY, name text NOT NULL, email text, branch_id uuid NOT NULL, joined_at timestamptz NOT NULL
);
CREATE TABLE book (
    id uuid PRIMARY KEY, number bigint NOT NULL UNIQUE, state varchar(20) NOT NULL, level smallint NOT NULL, title text,
    secret boolean NOT NULL DEFAULT FALSE, branch_id uuid NOT NULL, holder_id uuid, created_at timestamptz NOT NULL,
    due_at timestamptz, price numeric(10, 2), length bigint, pages bigint, labels text[], extra jsonb,
    weight double precision
);
CREATE TABLE note (
    id uuid PRIMARY KEY, book_id uuid NOT NULL, author_id uuid, body text NOT NULL, hidden boolean NOT NULL,
    written_at timestamptz NOT NULL
);
CREATE TABLE diary (
    id uuid PRIMARY KEY, book_id uuid NOT NULL, kind text NOT NULL, at timestamptz NOT NULL, amount bigint, who uuid
);
CREATE TABLE bookmark (
    id uuid PRIMARY KEY, subject_type text NOT NULL, subject_id uuid NOT NULL, place bigint NOT NULL
);
CREATE FUNCTION app_clock() RETURNS timestamptz LANGUAGE sql STABLE AS 'SELECT statement_timestamp()';
CREATE INDEX ON book (created_at, id);
CREATE INDEX ON note (book_id);
"""


@strawberry.enum
class BookState(StrEnum):
    SHELF = "SHELF"
    LENT = "LENT"
    LOST = "LOST"


@strawberry.enum
class Level(Enum):
    EASY = 1
    HARD = 2


@dataclass(frozen=True, kw_only=True)
class Reader:
    """Who asks: what the read path needs of an actor."""

    id: UUID
    person_id: UUID | None = None
    teams: frozenset[UUID] = frozenset()
    permissions: frozenset[str] = frozenset()


MEMBER = p.Entity(
    "member",
    table="member",
    fields=[
        p.ident("id", prefix="member"),
        p.text("name", search=True),
        p.text("email", nullable=True),
        p.moment("joined_at"),
    ],
)
NOTE = p.Entity(
    "note",
    table="note",
    fields=[p.ident("id", prefix="note"), p.text("body", search=True), p.flag("hidden"), p.moment("written_at")],
    relations=[
        p.to_one("book", lambda: BOOK, column="book_id"),
        p.to_one("author", lambda: MEMBER, column="author_id"),
    ],
)
BOOK = p.Entity(
    "book",
    table="book",
    fields=[
        p.ident("id", prefix="book"),
        p.choice("state", BookState),
        p.choice("level", Level),
        p.text("title", nullable=True, search=True),
        p.flag("secret"),
        p.ident("branch_id"),
        p.ident("holder_id", prefix="member", nullable=True),
        p.moment("created_at"),
        p.moment("due_at", nullable=True),
        p.decimal("price", nullable=True),
        p.duration("length", nullable=True),
        p.integer("pages", nullable=True),
        p.number("weight", nullable=True),
    ],
    relations=[
        p.to_one("holder", lambda: MEMBER, column="holder_id"),
        p.to_many("notes", lambda: NOTE, column="book_id"),
    ],
)
DIARY = p.Entity("diary", table="diary", fields=[p.ident("id", prefix="diary"), p.moment("at"), p.text("kind")])

BOOK_VISIBLE = (BOOK["secret"].eq(False) & BOOK["branch_id"].is_in(p.viewer("teams"))) | p.holds("book.read_all")
NOTE_VISIBLE = (NOTE["hidden"].eq(False) | p.holds("note.read_hidden")) & NOTE.related("book").that(BOOK_VISIBLE)
EMAIL_SHOWN = MEMBER["id"].eq(p.viewer("person_id")) | p.holds("member.read_email")


@reads.entity("member", prefix="member", filters=MEMBER, visible=p.EVERYONE, sorts=("name", "joined_at"), order="name")
class Member(reads.Node):
    """Somebody who borrows."""

    name: str = reads.column(description="Their name.")
    email: str | None = reads.column(shown_if=EMAIL_SHOWN, description="Their address.")
    joined_at: datetime = reads.column(description="Since when.")
    books: reads.Connection[Annotated["Book", strawberry.lazy("tests.schema.reads.library")]] = reads.connection(
        "holder_id", order="-created_at", description="What they hold."
    )
    held: int = reads.count(lambda: Book, "holder_id", description="How many books they hold.")
    thinnest: Long | None = reads.minimum(lambda: Book, "pages", "holder_id", description="The fewest pages.")
    last_due: datetime | None = reads.maximum(lambda: Book, "due_at", "holder_id", description="Until when at most.")
    all_pages: Long = reads.total(lambda: Book, "pages", "holder_id", description="Pages in all.")
    worth: Decimal = reads.total(lambda: Book, "{row}.price + 1", "holder_id", description="With a fee for each.")
    mean_weight: float | None = reads.average(
        lambda: Book, "weight", "holder_id", where=BOOK["state"].eq(BookState.LOST), description="Of lost ones."
    )
    upper_length: timedelta | None = reads.percentile(
        0.75, lambda: Book, "length", "holder_id", description="Three in four are shorter."
    )
    lengths: reads.DurationSpread = reads.spread(lambda: Book, "length", "holder_id", description="How long.")
    by_state: list[reads.Tally[BookState]] = reads.tally(lambda: Book, "state", "holder_id", description="Where.")
    by_level: list[reads.Tally[Level]] = reads.tally(lambda: Book, "level", "holder_id", description="How hard.")


@reads.entity(
    "note", prefix="note", filters=NOTE, visible=NOTE_VISIBLE, sorts=("written_at", "body"), order="written_at"
)
class Note(reads.Node):
    """A remark on a book."""

    body: str = reads.column(description="What it says.")
    author: Member | None = reads.reference("author_id", description="Who wrote it.")
    book: Annotated["Book", strawberry.lazy("tests.schema.reads.library")] | None = reads.reference(
        "book_id", description="On what."
    )


@reads.part(kind="SHELF")
class OnShelf:
    """It stands there."""

    since: datetime = reads.column("created_at", description="Since when.")


@reads.part(kind="LENT")
class Lent:
    """Somebody has it."""

    due: datetime | None = reads.column("due_at", description="Until when.")
    holder: Member | None = reads.reference("holder_id", description="Who has it.")


@reads.part(kind="LOST")
class Lost:
    """It is gone."""

    price: Decimal | None = reads.column(description="What it costs.")


Whereabouts = Annotated[OnShelf | Lent | Lost, strawberry.union("Whereabouts", description="Where a book is.")]


@strawberry.type(description="Whether something may be done.")
class Ability:
    action: str
    allowed: bool
    asked_at: datetime | None = None


class BookIsCursed(Refused):
    """Nothing may be said of it."""

    code = "BOOK_IS_CURSED"


def abilities(row: Any, viewer: Any) -> list[Ability]:
    if row["title"] == "cursed":
        raise BookIsCursed("This book is cursed.")
    may = row["state"] is BookState.SHELF and "book.lend" in viewer.permissions
    return [Ability(action="lend", allowed=may, asked_at=row["created_at"])]


@reads.entity(
    "book",
    prefix="book",
    key="BOOK",
    filters=BOOK,
    visible=BOOK_VISIBLE,
    sorts=("created_at", "due_at", "title", "pages", "level"),
    order="-created_at",
)
class Book(reads.Node):
    """Something to read."""

    key: str = reads.key(description="BOOK-12.")
    old_key: str = reads.expression(
        "'B' || {row}.number", description="As it was once said.", deprecation_reason="Use key."
    )
    state: BookState = reads.column(description="Where it is.")
    level: Level = reads.column(description="How hard it is.")
    title: str | None = reads.column(description="Its name.")
    shout: str | None = reads.expression("upper({row}.title)", description="Its name, loudly.")
    start: str | None = reads.expression(
        "left({row}.title, {argument.letters}::int)", arguments={"letters": int}, description="How its name begins."
    )
    mine: bool = reads.expression(
        "COALESCE({row}.holder_id = {viewer.person_id}, FALSE)", description="Whether you hold it."
    )
    spine: str = reads.expression("nullif({row}.labels[1], 'bare')", description="What stands on it.")
    sleepy: bool = reads.expression("pg_sleep({row}.level) IS NULL", description="Takes seconds.")
    created_at: datetime = reads.column(description="Since when.")
    due_at: datetime | None = reads.column(description="Until when.")
    price: Decimal | None = reads.column(description="What it costs.")
    length: timedelta | None = reads.column(description="How long it plays.")
    pages: Long | None = reads.column(description="How many pages.")
    weight: float | None = reads.column(description="In kilograms.")
    labels: list[str] = reads.column(description="Words on it.")
    extra: strawberry.scalars.JSON | None = reads.column(description="Anything else.")
    holder_id: strawberry.ID | None = reads.column(prefix="member", description="Who has it.")
    holder: Member | None = reads.reference("holder_id", description="Who has it.")
    recent: list[Note] = reads.many("book_id", order="-written_at", limit=3, description="The last three notes.")
    notes: reads.Connection[Note] = reads.connection("book_id", description="All notes.")
    note_count: int = reads.count(Note, "book_id", description="How many notes.")
    whereabouts: Whereabouts = reads.same_row(kind="{row}.state", description="Where it is, in detail.")
    shelf: OnShelf = reads.same_row(description="As if it stood there.")
    diary: reads.Connection["Happening"] = reads.connection("book_id", description="What happened.")
    viewer_can: list[Ability] = reads.computed(
        needs=("state", "created_at", "title"), compute=abilities, description="What you may do."
    )


@reads.interface(
    "diary", prefix="diary", kind="{row}.kind", filters=DIARY, visible=p.EVERYONE, sorts=("at",), order="at"
)
class Happening(reads.Node):
    """Something that happened to a book."""

    at: datetime = reads.column(description="When.")


@reads.part(kind="BOUGHT")
class Bought(Happening):
    """It was bought."""

    amount: int | None = reads.column(description="For how much.")


@reads.part(kind="BORROWED")
class Borrowed(Happening):
    """Somebody took it."""

    who: Member | None = reads.reference("who", description="Who took it.")
    notable: list[Ability] = reads.computed(
        needs=("at",), compute=lambda row, _: [Ability(action="praise", allowed=row["at"].year > 2000)], description="…"
    )


Marked = Annotated[Book | Note, strawberry.union("Marked", description="What a bookmark is in.")]


@reads.entity("bookmark", prefix="mark", visible=p.EVERYONE)
class Bookmark(reads.Node):
    """A place in something."""

    place: int = reads.column(description="Where.")
    subject: Marked | None = reads.one_of(
        {"book": Book, "note": Note}, kind="subject_type", id="subject_id", description="In what."
    )


@strawberry.type(description="It worked.")
class LendSuccess:
    book: Book
    token: str


@strawberry.type(description="It did not.")
class LendRefused:
    code: str
    book: Book | None


LendResult = Annotated[LendSuccess | LendRefused, strawberry.union("LendResult")]


@strawberry.type
class Query:
    book: Book | None = reads.root_one(Book, description="One book.")
    books: reads.Connection[Book] = reads.root_connection(Book, description="All books.")
    lost: reads.Connection[Book] = reads.root_connection(
        Book, where=BOOK["state"].eq(BookState.LOST), description="Lost books."
    )
    members: reads.Connection[Member] = reads.root_connection(Member, description="All members.")
    happenings: reads.Connection[Happening] = reads.root_connection(Happening, description="The diary.")
    node: reads.Node | None = reads.root_node(description="Anything.")
    nodes: list[reads.Node | None] = reads.root_nodes(description="Any things.")

    @strawberry.field
    def marks(self) -> list[Bookmark]:
        return reads.select(Bookmark).order("place").list()

    @strawberry.field
    async def mine(self, info: strawberry.Info) -> list[Book]:
        return (
            reads.select(Book).where(BOOK["holder_id"].eq(info.context.viewer.person_id)).order("title").list(limit=5)
        )

    @strawberry.field
    def oldest(self) -> Book | None:
        return reads.select(Book).order("created_at").first()

    @strawberry.field
    def surely(self, id: strawberry.ID) -> Book:  # noqa: A002
        return reads.one(Book, id)

    @strawberry.field
    def plain(self) -> str:
        return "plain"


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def lend(self, info: strawberry.Info, id: strawberry.ID, ok: bool = True) -> LendResult:  # noqa: A002
        await info.context.pool.execute("UPDATE book SET state = 'LENT' WHERE number = 1")
        if ok:
            return LendSuccess(book=reads.one(Book, id), token="t")
        return LendRefused(code="NO", book=reads.one(Book, id))


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def lent(self, keys: list[str]) -> Any:
        for key in keys:
            yield reads.one(Book, key)


Subscription.__strawberry_definition__.fields[0].type_annotation = strawberry.annotation.StrawberryAnnotation(
    Book | None
)

schema = strawberry.Schema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=[Bought, Borrowed],
    execution_context_class=reads.Executor,
    config=StrawberryConfig(scalar_map=SCALARS),
)
portable = strawberry.Schema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=[Bought, Borrowed],
    extensions=[Portable],
    config=StrawberryConfig(scalar_map=SCALARS),
)
"""The same, walked."""


@dataclass
class Context:
    viewer: Any
    pool: Any
    cursor_secret: bytes = b"secret"
    read_timeout: float = 5.0
    statements: list[str] = field(default_factory=list)
    watch: reads.Watch = field(default_factory=reads.Watch)
