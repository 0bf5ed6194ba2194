"""GraphQL documents that the builds of clients have registered, known by the SHA-256 of their text. They are only
ever added: a released client may send its own for as long as somebody runs it."""

from collections.abc import Sequence

from tortoise import connections

from domain.core import clock, events, transaction
from domain.core.actor import Actor
from domain.core.content import digest
from domain.core.events import DocumentsTrusted
from domain.core.ids import new_id
from domain.core.texts import ensure_short
from domain.core.transaction import Ref, atomic

LONGEST = 200_000
LONGEST_CLIENT = 127

_ADD = """
INSERT INTO trusted_document (id, digest, text, client, created_at)
SELECT t.id, t.digest, t.text, $4, $5 FROM unnest($1::uuid[], $2::text[], $3::text[]) AS t (id, digest, text)
ON CONFLICT (digest) DO NOTHING RETURNING digest
"""


@atomic
async def trust(texts: Sequence[str], *, by: Actor, client: str) -> int:
    """Registers documents of a client, in one statement however many they are; how many were unknown before."""
    by.ensure("config.publish")
    ensure_short(client, path=("client",), limit=LONGEST_CLIENT)
    found = {digest(ensure_short(text, path=("documents",), limit=LONGEST)): text for text in texts}
    added = await transaction.current().connection.execute_query_dict(
        _ADD, [[new_id() for _ in found], list(found), list(found.values()), client, await clock.now()]
    )
    if added:
        await events.append(Ref("client", new_id()), DocumentsTrusted(key=client, added=len(added)), by=by)
    return len(added)


async def text_of(mark: str) -> str | None:
    """The document with that SHA-256, in small hexadecimal digits; None where none is registered. One round trip."""
    rows = await connections.get("default").execute_query_dict(
        "SELECT text FROM trusted_document WHERE digest = $1", [mark]
    )
    return rows[0]["text"] if rows else None
