"""JSON as text: PostgreSQL puts it together from pieces, which costs it half of what its constructors do.

``JSON_OBJECT`` and ``json_agg`` look up afresh, for every value, what type it has and how that is told; ``||`` and
``string_agg`` only copy. The SQL of a value is of type text or json, and null where there is none; whatever holds the
value says `null` there.
"""

import re
from collections.abc import Iterable, Sequence


def json_of(sql: str) -> str:
    """The JSON of a value of any type: quoted and escaped, or as it is."""
    return f"JSON_SCALAR({sql})"


def said(name: str) -> str:
    """The JSON of a name of ours."""
    return f"'\"{name}\"'"


def object_of(pairs: Iterable[tuple[str, str]]) -> str:
    """An object of (name, JSON); a name is written as it is, unless it is the placeholder that holds it."""
    parts: list[str] = []
    opening = "{"
    for name, value in pairs:
        parts += [f"'{opening}\"'", name, "'\":'"] if name.startswith("$") else [f"'{opening}\"{name}\":'"]
        parts.append(f"COALESCE(({value})::text, 'null')")
        opening = ","
    return _joined([*parts, "'}'"]) if parts else "'{}'"


def array_of(item: str, *, by: str = "", within: str = "") -> str:
    """An array of each row's ``item``, text in JSON, in the order of the rows or ``by`` another."""
    order = f" ORDER BY {by}" if by else ""
    return f"('[' || COALESCE(string_agg(COALESCE({item}, 'null'), ','{order}) {within}, '') || ']')"


def _joined(parts: Sequence[str]) -> str:
    """Half by half: a long text is copied a few times, not once for each of its parts, and nothing nests deeply."""
    if len(parts) == 1:
        return parts[0]
    half = len(parts) // 2
    return f"({_joined(parts[:half])} || {_joined(parts[half:])})"


def columns_of(told: str, row: str) -> list[str]:
    """The columns of ``row``, an alias that nothing else has, of which ``told`` is made; all where it takes it whole.

    PostgreSQL carries what is selected through every sort and limit, asked for or not.
    """
    if re.search(rf"\b{row}\b(?!\.)", told):
        return [f"{row}.*"]
    names = {quoted or plain for quoted, plain in re.findall(rf'\b{row}\.(?:"([^"]+)"|(\w+))', told)}
    return [f'{row}."{name}"' for name in sorted(names)]
