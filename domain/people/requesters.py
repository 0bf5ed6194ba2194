"""People outside: known again by their address, which is kept as content."""

from domain.core import clock, content, transaction
from domain.core.actor import Actor
from domain.core.content import Retention, digest
from domain.core.errors import FieldProblem, ValidationFailed
from domain.core.ids import new_id
from domain.core.transaction import atomic
from domain.people.models import Requester


@atomic
async def recognize(
    channel: str, address: str, *, by: Actor, name: str | None = None, locale: str = "en"
) -> Requester:  # fmt: skip
    """The requester with that address on that channel, added where unknown. Two first letters at once make one."""
    by.ensure("inquiry.file")
    plain = address.strip()
    if not plain or len(plain) > 320:
        raise ValidationFailed(
            [FieldProblem(("requester", "address"), "INVALID", "Give an address of 1 to 320 characters.")]
        )
    mark = digest(plain.lower())
    await transaction.current().connection.execute_query(
        "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", [f"requester/{channel}/{mark}"]
    )
    known = await Requester.filter(channel=channel, address_digest=mark).first()
    if known is not None:
        return known
    kept = await content.store(plain, path="requester.address", retention=Retention.INQUIRY)
    named = await content.store(name, path="requester.name", retention=Retention.INQUIRY, limit=200) if name else None
    return await Requester.create(
        id=new_id(),
        name_id=named.id if named else None,
        address_id=kept.id,
        channel=channel,
        address_digest=mark,
        locale=locale,
        created_at=await clock.now(),
    )
