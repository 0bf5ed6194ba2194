"""How people are written in what is configured: by e-mail address or by id; kept by id alone."""

import re
from collections.abc import Collection
from uuid import UUID

from domain.core.errors import invalid
from domain.core.ids import parse_public_id, public_id
from domain.people.models import Person

PREFIX = "person"
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")


def written(person_id: UUID) -> str:
    """The stored form: ``person_`` and 32 hexadecimal digits."""
    return public_id(PREFIX, person_id)


def person_of(text: str) -> UUID:
    """The person behind the stored form. ValueError where it is something else."""
    found = parse_public_id(PREFIX, text)
    if found is None:
        message = f"{text!r} names no person"
        raise ValueError(message)
    return found


async def stored(texts: Collection[str], *, path: str) -> dict[str, str]:
    """The stored form of each text. Refuses, naming it, one that is nobody."""
    addresses = {text: text.lower() for text in texts if _ADDRESS.fullmatch(text)}
    by_address = {row.email: row.id for row in await Person.filter(email__in=list(addresses.values()))}
    ids = {text: parse_public_id(PREFIX, text) for text in texts if text not in addresses}
    known = {row.id for row in await Person.filter(id__in=[found for found in ids.values() if found])}
    result: dict[str, str] = {}
    for text in texts:
        found = by_address.get(addresses[text]) if text in addresses else ids[text]
        if found is None or (text in ids and found not in known):
            raise invalid(path, f"{text!r} is nobody here. Give an e-mail address or a person's id.", code="NO_PERSON")
        result[text] = written(found)
    return result
