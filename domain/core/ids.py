"""Identity: primary keys, and the opaque readable ids clients see."""

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A UUIDv7: unique everywhere, increasing over time, so new rows lie together in every index."""
    return uuid7()


def public_id(prefix: str, id: UUID) -> str:  # noqa: A002 - the field's word
    """The id a client sees: ``case_0193…``, the type's prefix and 32 hexadecimal digits."""
    return f"{prefix}_{id.hex}"


def parse_public_id(prefix: str, text: str) -> UUID | None:
    """The primary key behind a public id of this prefix; None where the text is something else."""
    head, _, digits = text.rpartition("_")
    if head != prefix or len(digits) != 32:
        return None
    try:
        return UUID(hex=digits)
    except ValueError:
        return None
